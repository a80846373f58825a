/**
 * The leader's side of a proposal (steps 2 and 3 of the way of one reservation): stamp ledger time, append,
 * or refuse with a reason. A refusal is a promise: that copy is in no log.
 */
import type { Command } from '../ledger/command.js';
import type { Ledger } from '../ledger/ledger.js';
import { versionNeeded } from '../ledger/operations/registry.js';
import { LEDGER_VERSION, versionOf } from '../ledger/version.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { ProposalRefusal } from './frame.js';
import type { Codec, DiskGauge } from './ports.js';
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

/** What the leader proposes by itself, in the order in which it is appended. */
const CHORES = ['expire', 'prune'] as const;
type Chore = (typeof CHORES)[number];

export interface ProposerOptions {
  readonly core: RaftCore;
  readonly ledger: Ledger;
  readonly codec: Codec;
  readonly time: Timekeeper;
  readonly disk: DiskGauge;
  readonly company: string;
}

export class Proposer {
  /** Set while this node hands leadership on. */
  draining = false;
  /** The newest entry of each chore that was appended here. */
  private readonly underWay = new Map<Chore, { readonly index: number; readonly term: number }>();

  constructor(private readonly options: ProposerOptions) {}

  /** Appends the candidates in order, in one step; each that is not appended is refused. For leaders. */
  propose(candidates: readonly Candidate[]): void {
    const { core, codec, disk, time } = this.options;
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
    const chores = CHORES.filter((chore) => this.isDue(chore, stampMs));
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
      this.underWay.set(chore, { index: index + at, term });
    });
  }

  /** Whether time has something to do at `nowMs` and no entry of this term that does it is on its way. */
  isChoreDue(nowMs: number): boolean {
    return CHORES.some((chore) => this.isDue(chore, nowMs));
  }

  private isDue(chore: Chore, nowMs: number): boolean {
    const { ledger, core } = this.options;
    const dueMs = chore === 'expire' ? ledger.nextDeadlineMs() : ledger.nextPruneMs();
    if (dueMs === null || dueMs > nowMs) return false;
    const entry = this.underWay.get(chore);
    return entry === undefined || entry.term !== core.status().term || entry.index <= ledger.appliedIndex;
  }

  private isUnderstood(bytes: Uint8Array): boolean {
    if (bytes.length > COMMAND_BYTES_MAX) return false;
    try {
      const { ledgerVersion, operation } = this.options.codec.decodeCommand(bytes);
      // A raise beyond what this replica understands would end it and all like it.
      if (operation.kind === 'raise-version') return operation.ledgerVersion <= LEDGER_VERSION;
      // A command of a version that the mesh does not run yet may be one that a follower cannot even read.
      return Math.max(ledgerVersion, versionNeeded(operation)) <= this.options.ledger.ledgerVersion;
    } catch {
      return false;
    }
  }

  private commandOf(chore: Chore): Command {
    const operation = { kind: chore };
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
