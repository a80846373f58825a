/**
 * The leader's side of a proposal (steps 2 and 3 of the way of one reservation): stamp ledger time, append,
 * or refuse with a reason. A refusal is a promise: that copy is in no log.
 */
import type { Command, OperationOf } from '../ledger/command.js';
import type { Ledger } from '../ledger/ledger.js';
import { versionOf } from '../ledger/version.js';
import type { Logger } from '../observe/logger.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { ProposalRefusal } from './frame.js';
import type { Codec, DiskGauge } from './ports.js';
import { Raising, type RaisingOptions } from './raising.js';
import type { Timekeeper } from './timekeeper.js';

/** Larger than any command a door can build, and small beside a message between peers. */
const COMMAND_BYTES_MAX = 256 * 1024;

const NO_TRACE = '0'.repeat(32);

/** An encoded command that wants to be appended. */
export interface Candidate {
  readonly command: Uint8Array;
  readonly notAfterMs: number;
  readonly refuse: (reason: ProposalRefusal) => void;
}

/** What the leader proposes by itself. */
type Chore = OperationOf<'expire' | 'prune' | 'raise-version'>;

export interface ProposerOptions extends Pick<RaisingOptions, 'versions' | 'membersChange'> {
  readonly core: RaftCore;
  readonly ledger: Ledger;
  readonly codec: Codec;
  readonly time: Timekeeper;
  readonly disk: DiskGauge;
  readonly company: string;
  readonly logger: Logger;
}

export class Proposer {
  /** Set while this node hands leadership on. */
  draining = false;
  /** The newest entry of each chore that was appended here. */
  private readonly underWay = new Map<Chore['kind'], { readonly index: number; readonly term: number }>();

  /** By the newest raise that was appended here. */
  private raisedTo = 0;

  private readonly raising: Raising;

  constructor(private readonly options: ProposerOptions) {
    const { time } = options;
    this.raising = new Raising({ ...options, realMs: () => time.realMs() });
  }

  /** Appends the candidates in order, in one step; each that is not appended is refused. For leaders. */
  propose(candidates: readonly Candidate[]): void {
    const { core, codec, disk, time, logger } = this.options;
    const stampMs = time.stamp();
    if (this.draining || disk.belowReserve() || stampMs === null) {
      refuseAll(candidates, this.draining ? 'transferring' : stampMs === null ? 'clock' : 'disk-reserve');
      return;
    }

    const taken: Candidate[] = [];
    for (const candidate of candidates) {
      if (candidate.notAfterMs < stampMs) candidate.refuse('too-late');
      else if (!this.isUnderstood(candidate.command)) candidate.refuse('invalid');
      else taken.push(candidate);
    }
    // What is due expires first: a hold that ends now must not turn away the request behind it.
    const chores = this.choresDue(stampMs);
    const own = chores.map((chore) => codec.encodeCommand(this.commandOf(chore)));
    const commands = [...own, ...taken.map((candidate) => candidate.command)];
    if (commands.length === 0) return;
    const outcome = core.propose(commands.map((command) => codec.stamp(command, stampMs)));
    if (outcome.kind === 'refused') {
      refuseAll(taken, outcome.reason);
      return;
    }
    const { index, term } = outcome;
    chores.forEach((chore, at) => {
      this.underWay.set(chore.kind, { index: index + at, term });
      if (chore.kind === 'raise-version') {
        const { ledgerVersion } = chore;
        this.raisedTo = ledgerVersion;
        logger.info({ ledgerVersion, index: index + at }, 'raising the ledger version of the mesh');
      }
    });
  }

  /** Whether time has something to do at `nowMs` and no entry of this term that does it is on its way. */
  isChoreDue(nowMs: number): boolean {
    return this.choresDue(nowMs).length > 0;
  }

  /** In the order in which they are appended. */
  private choresDue(nowMs: number): readonly Chore[] {
    const { ledger } = this.options;
    const chores: Chore[] = [];
    const isOver = (dueMs: number | null): boolean => dueMs !== null && dueMs <= nowMs;
    if (isOver(ledger.nextDeadlineMs())) chores.push({ kind: 'expire' });
    if (isOver(ledger.nextPruneMs())) chores.push({ kind: 'prune' });
    const ledgerVersion = this.raising.target();
    if (ledgerVersion !== null) chores.push({ kind: 'raise-version', ledgerVersion });
    return chores.filter(({ kind }) => !this.isUnderWay(kind));
  }

  /** The ledger version that the mesh runs, or that a raise which was appended here leads to. */
  get ledgerVersion(): number {
    const { ledger } = this.options;
    return this.isUnderWay('raise-version')
      ? Math.max(ledger.ledgerVersion, this.raisedTo)
      : ledger.ledgerVersion;
  }

  private isUnderWay(chore: Chore['kind']): boolean {
    const { ledger, core } = this.options;
    const entry = this.underWay.get(chore);
    return entry !== undefined && entry.term === core.status().term && entry.index > ledger.appliedIndex;
  }

  private isUnderstood(bytes: Uint8Array): boolean {
    if (bytes.length > COMMAND_BYTES_MAX) return false;
    try {
      const { ledgerVersion, operation } = this.options.codec.decodeCommand(bytes);
      // A raise beyond what this replica understands would end it and all like it.
      if (operation.kind === 'raise-version') return operation.ledgerVersion <= this.options.versions.own;
      // A command of a version that the mesh does not run yet may be one that a follower cannot even read.
      return Math.max(ledgerVersion, versionOf(operation)) <= this.options.ledger.ledgerVersion;
    } catch {
      return false;
    }
  }

  private commandOf(operation: Chore): Command {
    return {
      ledgerVersion: versionOf(operation),
      requestKey: '',
      keyKind: 'node',
      holder: '',
      door: 'node',
      originCompany: this.options.company,
      traceId: NO_TRACE,
      notAfterMs: Number.MAX_SAFE_INTEGER,
      operation,
    };
  }
}

function refuseAll(candidates: readonly Candidate[], reason: ProposalRefusal): void {
  for (const candidate of candidates) candidate.refuse(reason);
}
