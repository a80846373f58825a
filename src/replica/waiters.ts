/**
 * Who waits for which request: a list per (holder, request key), each waiter answered exactly once.
 *
 * 1. A waiter that was proposed is answered when this replica's ledger applied its entry, whoever proposed that (R3).
 * 2. At its deadline it is told "nothing was proposed" only if every copy it sent was refused; else the
 *    outcome is unknown.
 */
import type { Command } from '../ledger/command.js';
import type { Answer } from '../ledger/result.js';
import { Failure } from './failure.js';
import type { ProposalRefusal } from './frame.js';
import type { Submission } from './mesh.js';

export class Waiter {
  /** Copies that may be in a log or on their way to one. */
  copiesOut = 0;
  /** How often it was proposed beyond the first time. */
  proposedAgain = 0;
  /** Refusals in a row, for the back-off. */
  refusedInARow = 0;
  /** When it may be proposed (again), in real monotonic milliseconds. */
  nextTryAtMs = 0;
  lastRefusal: ProposalRefusal | null = null;
  /** `notAfterMs` of the newest copy, 0 before the first one: only its lateness decides that nothing happened. */
  notAfterMs = 0;
  /** When the first copy was sent, in ledger time as it was known here. */
  firstSentAtMs = 0;
  /** Ids of this waiter's forwarded copies that were not refused. */
  readonly proposalIds = new Set<number>();
  private settled = false;

  constructor(
    readonly submission: Submission,
    readonly deadlineMs: number,
    private readonly resolve: (answer: Answer) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  get isSettled(): boolean {
    return this.settled;
  }

  answer(answer: Answer): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve(answer);
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(error);
  }

  /** What a caller is told when its time is over. */
  timeoutFailure(): Failure {
    if (this.copiesOut > 0) {
      return new Failure(
        'DEADLINE_EXCEEDED',
        'proposed, but not yet decided: the outcome is unknown, ask again with this key',
        this.submission.requestKey,
      );
    }
    if (this.lastRefusal === 'busy' || this.lastRefusal === 'disk-reserve') {
      return new Failure('RESOURCE_EXHAUSTED', `the leader takes no proposals (${this.lastRefusal})`);
    }
    return new Failure('UNAVAILABLE', 'no leader or no quorum: nothing was proposed');
  }
}

export class Waiters {
  private readonly byKey = new Map<string, Waiter[]>();
  private count = 0;

  /** `countMax`: more than this many at a time are turned away. */
  constructor(private readonly countMax: number) {}

  get isFull(): boolean {
    return this.count >= this.countMax;
  }

  get size(): number {
    return this.count;
  }

  add(waiter: Waiter): void {
    const key = keyOf(waiter.submission.holder, waiter.submission.requestKey);
    const list = this.byKey.get(key);
    if (list) list.push(waiter);
    else this.byKey.set(key, [waiter]);
    this.count += 1;
  }

  /** Those that wait under this key; empty when nobody does. */
  under(holder: string, requestKey: string): readonly Waiter[] {
    return this.byKey.get(keyOf(holder, requestKey)) ?? [];
  }

  remove(waiter: Waiter): void {
    const key = keyOf(waiter.submission.holder, waiter.submission.requestKey);
    const list = this.byKey.get(key);
    const at = list?.indexOf(waiter) ?? -1;
    if (!list || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.byKey.delete(key);
    this.count -= 1;
  }

  *[Symbol.iterator](): Iterator<Waiter> {
    for (const list of this.byKey.values()) yield* list;
  }
}

/** Whether the entry that carried `command` is the one that `waiter` asked for (and not another under its key). */
export function isAnswerFor(
  waiter: Waiter,
  command: Command,
  fingerprint: (operation: Command['operation']) => string,
): boolean {
  return (
    // A node's key is made for one request; a client that learned of it may use it for another.
    (waiter.submission.keyKind === 'node' && command.keyKind === 'node') ||
    fingerprint(waiter.submission.operation) === fingerprint(command.operation)
  );
}

function keyOf(holder: string, requestKey: string): string {
  return `${holder}\n${requestKey}`;
}
