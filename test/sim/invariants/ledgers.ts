/**
 * What the ledgers make of the committed entries.
 *
 * 1. Everybody gives the same answer to the same entry, and has the same digest after it.
 * 2. A command takes effect once per (holder, request key) while its answer is kept, and never after `notAfterMs`.
 * 3. A repeat gets the first one's answer. Ledger time never goes back.
 * 4. It is the answer that the rules of reservations give (`rules.ts`).
 */
import type { LedgerEntry } from '../../../src/ledger/command.js';
import type { LedgerEvent } from '../../../src/ledger/event.js';
import { fingerprint } from '../../../src/ledger/fingerprint.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Answer, RefusalReason } from '../../../src/ledger/result.js';
import type { LedgerMeta } from '../../../src/ledger/state.js';
import type { Coverage } from '../coverage.js';
import { countDecision } from '../coverage-of-decisions.js';
import type { SimNode } from '../node.js';
import type { Bookings } from './bookings.js';
import type { Commits } from './commits.js';
import { Rules } from './rules.js';
import { isSame } from './same.js';
import { demand } from './violation.js';

/** What a ledger did with an entry. */
export interface Application {
  readonly answer: Answer;
  readonly repeated: boolean;
  readonly events: readonly LedgerEvent[];
  /** The one that did it, and nothing since. */
  readonly ledger: Ledger;
}

interface Outcome {
  readonly answer: Answer;
  readonly repeated: boolean;
  readonly digest: string;
  readonly text: string;
}

/** An answer that is kept under its key, and how long at least. */
interface Kept {
  readonly answer: Answer;
  readonly fingerprint: string;
  readonly untilMs: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Refusals of a command as such, which are kept under no key. */
const NOT_KEPT: ReadonlySet<RefusalReason> = new Set([
  'KEY_REUSED',
  'TOO_MANY_KEYS',
  'TOO_LATE',
  'VERSION_NOT_RAISED',
]);

export class Ledgers {
  private readonly outcomes = new Map<number, Outcome>();
  private readonly kept = new Map<string, Kept>();
  private readonly rules = new Rules();
  private nowMs = 0;

  constructor(
    private readonly commits: Commits,
    private readonly bookings: Bookings,
    private readonly coverage: Coverage,
  ) {}

  /** What the first ledger that came so far answered to the entry at `index`. */
  outcomeAt(index: number): Outcome | undefined {
    return this.outcomes.get(index);
  }

  /** `node` applied the command at `index`. */
  applied(node: SimNode, index: number, application: Application): void {
    const first = this.outcomes.get(index);
    const { answer, repeated, ledger } = application;
    const { digest } = ledger.meta();
    if (first === undefined) {
      const text = JSON.stringify(answer);
      this.outcomes.set(index, { answer, repeated, digest, text });
      const content = this.commits.at(index)?.content;
      demand(content != null, 'applied means committed', () => `${node.name} applies ${index}`);
      this.judge(content, application, text);
      return;
    }
    demand(
      isSame(first.answer, answer) && first.repeated === repeated,
      'equal answers everywhere',
      () => `${node.name} answers ${JSON.stringify(answer)} to ${index}, others ${first.text}`,
    );
    demand(
      first.digest === digest,
      'equal digests at an equal index',
      () => `${node.name} has ${digest} after ${index}, others ${first.digest}`,
    );
  }

  /** `node` has a ledger that it did not apply itself: from its disk, or from another node. */
  restored(node: SimNode, { appliedIndex, digest }: LedgerMeta): void {
    for (let index = appliedIndex; index > 0; index -= 1) {
      const outcome = this.outcomes.get(index);
      // Entries of consensus itself change nothing.
      if (outcome === undefined) continue;
      demand(
        outcome.digest === digest,
        'equal digests at an equal index',
        () => `${node.name} restores ${digest} at ${appliedIndex}, others have ${outcome.digest}`,
      );
      return;
    }
  }

  private judge(content: LedgerEntry, application: Application, text: string): void {
    const { index, command } = content;
    const { answer, repeated, events, ledger } = application;
    const print = fingerprint(command.operation);
    const key = `${command.holder}\n${command.requestKey}`;
    const kept = command.requestKey === '' ? undefined : this.kept.get(key);
    if (repeated) {
      this.coverage.count('command answered again under its key');
      demand(
        isSame(kept?.answer, answer) && kept?.fingerprint === print,
        'equal answers for equal keys',
        () => `entry ${index} repeats ${text}, kept is ${JSON.stringify(kept?.answer)}`,
      );
      this.rules.decided(content, answer, application);
      return;
    }
    demand(answer.index === index, 'an answer names its entry', () => `${text} at ${index}`);
    demand(
      answer.atMs >= this.nowMs,
      'ledger time never goes back',
      () => `${answer.atMs} after ${this.nowMs}`,
    );
    this.nowMs = answer.atMs;
    const { result } = answer;
    if (result.kind === 'version-raised') this.coverage.count('version raised');
    if (result.kind === 'refused' && NOT_KEPT.has(result.reason)) {
      if (result.reason === 'KEY_REUSED') this.coverage.count('key used for another command');
      if (result.reason === 'TOO_LATE') this.coverage.count('command too late');
      this.rules.decided(content, answer, application);
      return;
    }
    demand(
      answer.atMs <= command.notAfterMs,
      'nothing takes effect too late',
      () => `entry ${index} at ${answer.atMs}, not after ${command.notAfterMs}`,
    );
    if (command.requestKey !== '') {
      demand(
        kept === undefined || kept.untilMs <= answer.atMs,
        'once per request key',
        () =>
          `entry ${index} takes effect after ${JSON.stringify(kept?.answer)} did, under ${JSON.stringify(key)}`,
      );
      const keptMs = command.keyKind === 'client' ? answer.atMs + DAY_MS : command.notAfterMs + MINUTE_MS;
      this.kept.set(key, { answer, fingerprint: print, untilMs: Math.max(keptMs, command.notAfterMs + 1) });
    }
    this.bookings.decided(content, answer, events, ledger);
    this.rules.decided(content, answer, application);
    countDecision(this.coverage, command, result, events);
  }
}
