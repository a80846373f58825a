/**
 * How old a stale read may be: the time since a leader's message whose commit index is applied here.
 * A leader's own age is the time since a quorum last spoke to it.
 */
import type { ReplicaId } from '../raft/entry.js';

export class Freshness {
  private freshAtMs: number;
  private waiting: { readonly commit: number; readonly atMs: number } | null = null;
  private readonly heardAtMs = new Map<ReplicaId, number>();

  /** `startMs`: monotonic time at which the replica began to listen. */
  constructor(startMs: number) {
    this.freshAtMs = startMs;
  }

  /** A leader's message said that everything up to `commit` is committed. */
  leaderSaid(commit: number, appliedIndex: number, nowMs: number): void {
    if (commit <= appliedIndex) this.freshAtMs = nowMs;
    else if (this.waiting === null) this.waiting = { commit, atMs: nowMs };
  }

  applied(index: number): void {
    if (this.waiting !== null && this.waiting.commit <= index) {
      this.freshAtMs = Math.max(this.freshAtMs, this.waiting.atMs);
      this.waiting = null;
    }
  }

  heard(peer: ReplicaId, nowMs: number): void {
    this.heardAtMs.set(peer, nowMs);
  }

  /** Milliseconds of age at a follower. */
  followerAgeMs(nowMs: number): number {
    return nowMs - this.freshAtMs;
  }

  /** Milliseconds since a quorum of `voters` (this replica counts as heard now) last spoke to a leader. */
  leaderAgeMs(self: ReplicaId, voters: readonly ReplicaId[], nowMs: number): number {
    const ages = voters
      .map((voter) => (voter === self ? 0 : nowMs - (this.heardAtMs.get(voter) ?? Number.NEGATIVE_INFINITY)))
      .sort((a, b) => a - b);
    const age = ages[Math.floor(ages.length / 2)] ?? 0;
    return Number.isFinite(age) ? age : nowMs;
  }
}
