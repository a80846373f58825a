/**
 * The way of one reservation, steps 2 and 7: from `submit` to the answer, over as many leaders as it takes.
 *
 * 1. A submission is proposed again, with the same request key, when the leader changes and every election
 *    time-out, at most `retryMax` times; the ledger answers every copy but the first with the first's answer.
 * 2. A refusal by the leader is final for that copy: it is not in any log. The next copy waits out a back-off.
 */
import type { Command, Operation } from '../ledger/command.js';
import { expiryOf } from '../ledger/keys.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Answer } from '../ledger/result.js';
import { Failure } from './failure.js';
import type { ProposalRefusal } from './frame.js';
import type { Submission } from './mesh.js';
import { firstIdOfProcess } from './process-ids.js';
import { isAnswerFor, Waiter, Waiters } from './waiters.js';

export interface SubmissionOptions {
  readonly waitersMax: number;
  readonly electionMs: number;
  readonly retryMax: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** An integer in [0, bound). */
  readonly random: (bound: number) => number;
  readonly fingerprint: (operation: Operation) => string;
}

export class Submissions {
  private readonly waiters: Waiters;
  private readonly byProposal = new Map<number, Waiter>();
  private fresh: Waiter[] = [];
  private nextProposalId: number;

  constructor(private readonly options: SubmissionOptions) {
    this.waiters = new Waiters(options.waitersMax);
    this.nextProposalId = firstIdOfProcess(options.random);
  }

  get waiting(): number {
    return this.waiters.size;
  }

  /** Registers a waiter; it is due at once. `nowMs` and `timeoutMs` in real monotonic milliseconds. */
  submit(submission: Submission, timeoutMs: number, nowMs: number): Promise<Answer> {
    if (this.waiters.isFull) {
      return Promise.reject(new Failure('RESOURCE_EXHAUSTED', 'too many requests are waiting'));
    }
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(submission, nowMs + timeoutMs, resolve, reject);
      this.waiters.add(waiter);
      this.fresh.push(waiter);
    });
  }

  /** New submissions not proposed yet; a full scan for old ones is left to `takeDue`. */
  takeFresh(): readonly Waiter[] {
    if (this.fresh.length === 0) return [];
    // Who was answered before its turn came, perhaps with "nothing was proposed", must never be proposed.
    const fresh = this.fresh.filter((waiter) => !waiter.isSettled);
    this.fresh = [];
    return fresh;
  }

  /** Waiters whose time for another try has come. */
  takeDue(nowMs: number): readonly Waiter[] {
    const due = new Set(this.takeFresh());
    for (const waiter of this.waiters) if (waiter.nextTryAtMs <= nowMs) due.add(waiter);
    return [...due];
  }

  /**
   * Notes that a copy is on its way into the leader's log, at ledger time `ledgerMs` as it is known here; returns
   * the id under which it may be refused.
   */
  sent(waiter: Waiter, notAfterMs: number, nowMs: number, ledgerMs: number): number {
    if (waiter.notAfterMs === 0) waiter.firstSentAtMs = ledgerMs;
    if (waiter.copiesOut > 0) waiter.proposedAgain += 1;
    waiter.copiesOut += 1;
    waiter.refusedInARow = 0;
    waiter.notAfterMs = Math.max(waiter.notAfterMs, notAfterMs);
    waiter.nextTryAtMs =
      waiter.proposedAgain >= this.options.retryMax
        ? Number.POSITIVE_INFINITY
        : nowMs + this.options.electionMs;
    const proposalId = this.nextProposalId++;
    waiter.proposalIds.add(proposalId);
    this.byProposal.set(proposalId, waiter);
    return proposalId;
  }

  /** The copy with this id is in no log and will be in none. */
  refused(proposalId: number, reason: ProposalRefusal, nowMs: number): void {
    const waiter = this.byProposal.get(proposalId);
    if (!waiter) return;
    this.byProposal.delete(proposalId);
    waiter.proposalIds.delete(proposalId);
    waiter.copiesOut -= 1;
    this.notTaken(waiter, reason, nowMs);
  }

  /** A copy could not even be sent. */
  notTaken(waiter: Waiter, reason: ProposalRefusal, nowMs: number): void {
    waiter.lastRefusal = reason;
    if (reason === 'invalid' && waiter.copiesOut === 0) {
      this.settle(waiter, () =>
        waiter.fail(
          new Failure('UNAVAILABLE', 'the leader does not understand this command: versions differ'),
        ),
      );
      return;
    }
    const { retryBaseMs, retryCapMs, random } = this.options;
    const backoffMs = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(waiter.refusedInARow, 20));
    waiter.refusedInARow += 1;
    waiter.nextTryAtMs = nowMs + backoffMs / 2 + random(Math.max(1, Math.floor(backoffMs / 2)));
  }

  /** A door's bug: the command cannot even be written down. Its caller hears of it, nobody else. */
  broken(waiter: Waiter, error: Error): void {
    this.settle(waiter, () => waiter.fail(error));
  }

  /** No leader is known: try again as soon as one is. */
  postpone(waiter: Waiter): void {
    waiter.nextTryAtMs = 0;
  }

  /** Copies sent to the old leader may be lost: everything is due again. */
  leaderChanged(): void {
    for (const waiter of this.waiters) {
      if (waiter.proposedAgain < this.options.retryMax) waiter.nextTryAtMs = 0;
    }
  }

  /** The ledger here applied an entry: answers those who asked for it. */
  applied(command: Command, answer: Answer): void {
    for (const waiter of [...this.waiters.under(command.holder, command.requestKey)]) {
      if (!isAnswerFor(waiter, command, this.options.fingerprint)) continue;
      // Who replays an old log meets answers that the ledger has forgotten by now; a copy of its own tells.
      const wasSent = waiter.notAfterMs > 0;
      if (!wasSent || expiryOf(command, answer.atMs) <= waiter.firstSentAtMs) continue;
      // The ledger keeps no such refusal: a newer copy may fare better.
      if (isUnkept(answer) && command.notAfterMs < waiter.notAfterMs) continue;
      this.settle(waiter, () => waiter.answer(answer));
    }
  }

  /**
   * A snapshot took the place of entries that this replica never applied: what the ledger keeps under the key of
   * a waiter is its answer, by the rules of `applied`. Who is not answered so is proposed again.
   */
  restored(ledger: Pick<Ledger, 'answerFor'>): void {
    for (const waiter of [...this.waiters]) {
      const { holder, requestKey, keyKind, operation } = waiter.submission;
      const record = ledger.answerFor(holder, requestKey);
      const wasSent = waiter.notAfterMs > 0;
      if (record === undefined || !wasSent || record.expiresAtMs <= waiter.firstSentAtMs) continue;
      if (keyKind === 'client' && this.options.fingerprint(operation) !== record.fingerprint) continue;
      this.settle(waiter, () => waiter.answer(record.answer));
    }
  }

  /** Tells those whose time is over what is known: nothing proposed, or outcome unknown. */
  expire(nowMs: number): void {
    const over = [...this.waiters].filter((waiter) => waiter.deadlineMs <= nowMs);
    for (const waiter of over) this.settle(waiter, () => waiter.fail(waiter.timeoutFailure()));
  }

  /** The replica ends: everybody is told what is known. */
  close(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }

  private settle(waiter: Waiter, tell: () => void): void {
    this.waiters.remove(waiter);
    for (const proposalId of waiter.proposalIds) this.byProposal.delete(proposalId);
    tell();
  }
}

/** Refusals at the ledger's gates, which are kept under no key (ledger/admission.ts). */
function isUnkept({ result }: Answer): boolean {
  if (result.kind !== 'refused') return false;
  switch (result.reason) {
    case 'TOO_LATE':
    case 'KEY_REUSED':
    case 'TOO_MANY_KEYS':
    case 'VERSION_NOT_RAISED':
      return true;
    default:
      return false;
  }
}
