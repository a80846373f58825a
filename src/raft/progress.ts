/**
 * What a leader knows of one member, and how it may send to it.
 *
 * 1. `matchIndex < nextIndex`, and everything between them is in flight or unknown.
 * 2. `probe`: one append at a time, until the leader knows where the logs match. `replicate`: appends are
 *    pipelined within the window. `snapshot`: no appends until the member has what was compacted away.
 */
import type { ReplicaId } from './entry.js';
import { Inflights } from './inflights.js';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** How much may be in flight to one member. */
export interface WindowLimits {
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
}

export class Progress {
  /** The last index known to match the leader's log. */
  matchIndex = 0;
  /** The next index to send. */
  nextIndex: number;
  state: ProgressState = 'probe';
  /** Whether the member was heard since the last check of the quorum. */
  active = false;
  learner: boolean;
  /** While in `snapshot`: the index of the snapshot offered, else 0. */
  pendingSnapshotIndex = 0;
  /** No append until the member answers one or a heartbeat. */
  paused = false;
  /** The newest read round this member has answered in this term (see read-index.ts). */
  readSequence = 0;
  readonly inflights: Inflights;
  /** The highest commit index sent, as far as it can have had an effect. */
  private sentCommit = 0;

  constructor(
    readonly id: ReplicaId,
    nextIndex: number,
    learner: boolean,
    limits: WindowLimits,
  ) {
    this.nextIndex = nextIndex;
    this.learner = learner;
    this.inflights = new Inflights(limits.inflightMessagesMax, limits.inflightBytesMax);
  }

  /** Forgets what an earlier term knew. */
  reset(matchIndex: number, nextIndex: number): void {
    this.enter('probe');
    this.matchIndex = matchIndex;
    this.nextIndex = nextIndex;
    this.sentCommit = 0;
    this.active = false;
    this.readSequence = 0;
  }

  /** Starts looking for where the logs match; after a snapshot that arrived, from behind it. */
  becomeProbe(): void {
    const afterSnapshot = this.state === 'snapshot' ? this.pendingSnapshotIndex + 1 : 0;
    this.enter('probe');
    this.nextIndex = Math.max(this.matchIndex + 1, afterSnapshot);
    this.sentCommit = Math.min(this.sentCommit, this.nextIndex - 1);
  }

  becomeReplicate(): void {
    this.enter('replicate');
    this.nextIndex = this.matchIndex + 1;
  }

  becomeSnapshot(snapshotIndex: number): void {
    this.enter('snapshot');
    this.pendingSnapshotIndex = snapshotIndex;
    this.nextIndex = snapshotIndex + 1;
    this.sentCommit = snapshotIndex;
  }

  /** Whether appends must wait. In `replicate` an empty append may pass a full window once, as a probe. */
  get blocked(): boolean {
    return this.state === 'snapshot' || this.paused;
  }

  /** Records an append of `count` entries that left for this member. */
  sentEntries(count: number, bytes: number): void {
    if (this.state === 'replicate') {
      if (count > 0) {
        this.nextIndex += count;
        this.inflights.add(this.nextIndex - 1, bytes);
      }
      this.paused = this.inflights.full;
    } else if (count > 0) {
      this.paused = true;
    }
  }

  /** Records the commit index that a message to this member carried. */
  sentCommitIndex(commit: number): void {
    this.sentCommit = commit;
  }

  /** Whether sending `commit` could still advance the member's own commit index. */
  canAdvanceCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.nextIndex - 1;
  }

  /** Takes an acknowledgement up to `index`. False when it says nothing new. */
  acknowledged(index: number): boolean {
    if (index <= this.matchIndex) return false;
    this.matchIndex = index;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    this.paused = false;
    return true;
  }

  /**
   * Takes the rejection of an append that followed on `rejectedIndex`; the logs may match at `hintIndex`.
   * False when it is out of date and nothing changed.
   */
  rejected(rejectedIndex: number, hintIndex: number): boolean {
    if (this.state === 'replicate') {
      if (rejectedIndex <= this.matchIndex) return false;
      this.nextIndex = this.matchIndex + 1;
      this.sentCommit = Math.min(this.sentCommit, this.nextIndex - 1);
      return true;
    }
    // A member that is probed has one append under way: any other index is an older answer.
    if (this.nextIndex - 1 !== rejectedIndex) return false;
    // A member that rejects what it once acknowledged has lost it (a damaged disk, R5). Believing it is safe,
    // matchIndex only ever counts towards a commit, and is the only way it can be sent the entries again.
    if (rejectedIndex === this.matchIndex) this.matchIndex = Math.min(this.matchIndex, hintIndex);
    this.nextIndex = Math.max(Math.min(rejectedIndex, hintIndex + 1), this.matchIndex + 1);
    this.sentCommit = Math.min(this.sentCommit, this.nextIndex - 1);
    this.paused = false;
    return true;
  }

  private enter(state: ProgressState): void {
    this.state = state;
    this.paused = false;
    this.pendingSnapshotIndex = 0;
    this.inflights.clear();
  }
}
