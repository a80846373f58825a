/**
 * A replica's consensus as others may look at it: a copy, true at the moment of asking.
 */
import type { CoreState, Eligibility } from './core-state.js';
import type { ConfigState, ReplicaId } from './entry.js';
import type { Progress, ProgressState } from './progress.js';
import type { Role } from './ready.js';

/** What a leader knows of one member, itself included. */
export interface PeerProgress {
  readonly id: ReplicaId;
  readonly matchIndex: number;
  readonly nextIndex: number;
  readonly state: ProgressState;
  readonly learner: boolean;
  /** Heard since the quorum was last checked. */
  readonly active: boolean;
  /** No append may be sent for now. */
  readonly paused: boolean;
  /** Appends sent and not acknowledged. */
  readonly inflight: number;
  readonly inflightFull: boolean;
  /** Index of the snapshot offered and not acknowledged; 0 for none. */
  readonly pendingSnapshotIndex: number;
}

export interface RaftStatus {
  readonly id: ReplicaId;
  readonly role: Role;
  readonly term: number;
  readonly vote: ReplicaId;
  /** NOBODY when none is known. */
  readonly leader: ReplicaId;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  readonly config: ConfigState;
  /** Whether the commit index is of the current term: a leader's reads and proposals can be decided. */
  readonly committedInTerm: boolean;
  /** NOBODY unless a leader hands over. */
  readonly transferee: ReplicaId;
  /** Sorted by id; empty unless this replica leads. */
  readonly peers: readonly PeerProgress[];
  readonly electionElapsedTicks: number;
  /** Of a leader: whether a quorum was heard since the last check. */
  readonly quorumActive: boolean;
  /** Of a leader: reads not answered yet. */
  readonly pendingReads: number;
  readonly uncommittedBytes: number;
  readonly eligibility: Eligibility;
}

/** Copies what there is to see. */
export function statusOf(core: CoreState): RaftStatus {
  const leading = core.role === 'leader';
  return {
    id: core.id,
    role: core.role,
    term: core.term,
    vote: core.vote,
    leader: core.leader,
    commitIndex: core.log.committed,
    appliedIndex: core.log.applied,
    lastIndex: core.log.lastIndex(),
    config: core.tracker.config,
    committedInTerm: core.committedInTerm,
    transferee: core.transferee,
    peers: leading ? core.tracker.members.map(peerProgress) : [],
    electionElapsedTicks: core.electionElapsedTicks,
    quorumActive: leading && core.tracker.quorumActive(),
    pendingReads: core.reads.pending,
    uncommittedBytes: core.uncommittedBytes,
    eligibility: core.eligibility,
  };
}

/** Copies what is known of one member. */
export function peerProgress(progress: Progress): PeerProgress {
  return {
    id: progress.id,
    matchIndex: progress.matchIndex,
    nextIndex: progress.nextIndex,
    state: progress.state,
    learner: progress.learner,
    active: progress.active,
    paused: progress.blocked,
    inflight: progress.inflights.count,
    inflightFull: progress.inflights.full,
    pendingSnapshotIndex: progress.pendingSnapshotIndex,
  };
}
