/**
 * How old a stale read may be: the time since a leader's message whose commit index is applied here.
 * A leader's own age is the time since a quorum last spoke to it.
 *
 * The commit index is the one that the leader's batches tell. What its heartbeats carry is only so much of it as their
 * receiver is known to hold, for who waits to be sent the state that is long behind.
 */
import type { ReplicaId } from '../raft/entry.js';

export class Freshness {
  private freshAtMs: number;
  private waiting: { readonly commit: number; readonly atMs: number } | null = null;
  private readonly heardAtMs = new Map<ReplicaId, number>();

  /** `freshAtMs`: monotonic time, possibly before the process began, of which the state on disk is. */
  constructor(freshAtMs: number) {
    this.freshAtMs = freshAtMs;
  }

  /** A batch of the leader of this term said that everything up to `commit` is committed; 0: it does not lead any more. */
  leaderSaid(commit: number, appliedIndex: number, nowMs: number): void {
    if (this.waiting !== null || commit === 0) return;
    if (commit > appliedIndex) this.waiting = { commit, atMs: nowMs };
    else this.freshAtMs = Math.max(this.freshAtMs, nowMs);
  }

  /** Once a tick while this replica leads: everything up to `commit` is committed. */
  leads(commit: number, appliedIndex: number, nowMs: number): void {
    if (this.waiting === null && commit > appliedIndex) this.waiting = { commit, atMs: nowMs };
  }

  applied(index: number): void {
    if (this.waiting !== null && this.waiting.commit <= index) {
      this.freshAtMs = Math.max(this.freshAtMs, this.waiting.atMs);
      this.waiting = null;
    }
  }

  /** A leader of that age becomes a follower. */
  stopsLeading(ageMs: number, nowMs: number): void {
    this.freshAtMs = Math.max(this.freshAtMs, nowMs - ageMs);
  }

  heard(peer: ReplicaId, nowMs: number): void {
    this.heardAtMs.set(peer, nowMs);
  }

  /** Whether `peer` was heard at `sinceMs` or later. */
  heardSince(peer: ReplicaId, sinceMs: number): boolean {
    return (this.heardAtMs.get(peer) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  /** Milliseconds of age at a follower. */
  followerAgeMs(nowMs: number): number {
    return nowMs - this.freshAtMs;
  }

  /**
   * Milliseconds since a quorum of `voters` (this replica counts as heard now) last spoke to a leader, or since
   * something was committed that it could not apply yet: the others may, while its own disk is slow.
   */
  leaderAgeMs(self: ReplicaId, voters: readonly ReplicaId[], nowMs: number): number {
    const ages = voters
      .map((voter) => (voter === self ? 0 : nowMs - (this.heardAtMs.get(voter) ?? Number.NEGATIVE_INFINITY)))
      .sort((a, b) => a - b);
    const age = ages[Math.floor(ages.length / 2)] ?? 0;
    const waitsMs = this.waiting === null ? 0 : nowMs - this.waiting.atMs;
    return Math.max(Number.isFinite(age) ? age : nowMs, waitsMs);
  }
}
