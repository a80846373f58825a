/**
 * Reads by lease (C17; thesis §6.4.1), an option that is off unless configured: a leader answers a read without asking
 * anybody while a quorum has promised to elect nobody else.
 *
 * 1. A voter that answers a heartbeat promises: for `electionTicks` ticks of its own it neither votes nor stands, whatever
 *    it hears. It says for how long that is by its own clock. One that starts keeps the promise it may have given before.
 * 2. To the leader a promise runs from the moment its heartbeat *left*, for a fraction of that time: clocks may differ in
 *    how fast they run by up to LEASE_CLOCK_RATIO. Wall clocks are not looked at.
 * 3. A transfer of leadership breaks promises. So it ends the lease for the rest of the term, also when it fails: the word
 *    to campaign may be on its way for long.
 * 4. The clock is looked at after the index was taken. Whatever stands still between these two, or later, makes an answer
 *    late, never stale: the read was asked before, and what is written meanwhile is concurrent with it.
 */
import type { ReplicaId } from './entry.js';
import type { LeasePromise } from './message.js';
import { quorumAcknowledged, type VoterSets } from './quorum.js';

export interface LeaseConfig {
  /** Monotonic milliseconds, whole, of this process. */
  readonly nowMs: () => number;
  /** How long `electionTicks` ticks of this replica take at least, milliseconds by its own clock. */
  readonly promiseMs: number;
}

/** One clock may run so many times as fast as another: twice as fast as it should, and the other half as fast. */
export const LEASE_CLOCK_RATIO = 4;

/** Later answers than to so many rounds ago count for nothing. */
const ROUNDS_MAX = 64;

/** The leader's side. */
export class Lease {
  private lastRound = 0;
  private readonly leftAtMs = new Map<number, number>();
  private readonly untilMs = new Map<ReplicaId, number>();
  private broken = false;

  constructor(private readonly config: LeaseConfig) {}

  /** Another term, or role: nothing that was promised counts any more. */
  restart(): void {
    this.leftAtMs.clear();
    this.untilMs.clear();
    this.broken = false;
  }

  /** A round of heartbeats leaves now. Returns its name. */
  beginRound(): number {
    this.lastRound++;
    this.leftAtMs.set(this.lastRound, this.config.nowMs());
    this.leftAtMs.delete(this.lastRound - ROUNDS_MAX);
    return this.lastRound;
  }

  promised(id: ReplicaId, { round, durationMs }: LeasePromise): void {
    const leftAtMs = this.leftAtMs.get(round);
    if (leftAtMs === undefined) return;
    const untilMs = leftAtMs + Math.floor(durationMs / LEASE_CLOCK_RATIO);
    this.untilMs.set(id, Math.max(untilMs, this.untilMs.get(id) ?? 0));
  }

  /** A transfer begins. */
  break(): void {
    this.broken = true;
  }

  /** Whether, now, no other than `self` can have been elected by a quorum of `voters`. */
  holds(self: ReplicaId, voters: VoterSets): boolean {
    if (this.broken) return false;
    const untilMs = quorumAcknowledged(voters, (id) =>
      id === self ? Number.POSITIVE_INFINITY : this.untilMs.get(id),
    );
    return this.config.nowMs() < untilMs;
  }
}
