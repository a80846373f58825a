/**
 * What replicas say to each other. A closed union, one shape a message, named as in the Raft paper;
 * `term` 0 in `read-index` and `read-index-reply` means "outside of terms", as for etcd/raft's local kinds.
 */
import type { Entry, ReplicaId, SnapshotMeta } from './entry.js';
import type { LogPosition } from './raft-log.js';

export interface Envelope {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly term: number;
}

export type Append = Envelope & {
  readonly kind: 'append';
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
};

export type AppendReply = Envelope & {
  readonly kind: 'append-reply';
  /** The last index known to match; of a rejection, the `prevIndex` that was rejected. */
  readonly index: number;
  /** Of a rejection: the largest index (and its term) at which the follower's log may match. */
  readonly rejected: { readonly hintIndex: number; readonly hintTerm: number } | null;
};

export type Heartbeat = Envelope & {
  readonly kind: 'heartbeat';
  readonly commit: number;
  /** Newest read waiting for this round; 0 for none. Leader-made, so that no late reply counts twice. */
  readonly readSequence: number;
  /** Names the round where the leader reads by lease, and asks for a promise; see lease.ts. */
  readonly leaseRound?: number;
};

/** To elect nobody else for so long, counted from the receipt of that round. */
export interface LeasePromise {
  readonly round: number;
  /** Milliseconds by the clock of who promises. */
  readonly durationMs: number;
}

export type HeartbeatReply = Envelope & {
  readonly kind: 'heartbeat-reply';
  readonly readSequence: number;
  readonly promise?: LeasePromise;
};

/**
 * What the sender of a ballot knows to be committed: `committed.index` and the term of the entry there. Left out of a
 * granted one, and by older programs.
 */
export interface CommitHint {
  readonly committed?: LogPosition;
}

export type Vote = Envelope & {
  readonly kind: 'vote' | 'pre-vote';
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** A campaign the leader asked for: voters need not wait out their lease (thesis §4.2.3). */
  readonly transfer: boolean;
} & CommitHint;

export type VoteReply = Envelope & {
  readonly kind: 'vote-reply' | 'pre-vote-reply';
  readonly granted: boolean;
} & CommitHint;

export type SnapshotOffer = Envelope & { readonly kind: 'snapshot'; readonly snapshot: SnapshotMeta };

export type TimeoutNow = Envelope & { readonly kind: 'timeout-now' };

/** A follower's question: from which index on may a read at my replica be served? */
export type ReadIndex = Envelope & { readonly kind: 'read-index'; readonly requestId: number };

export type ReadIndexReply = Envelope & {
  readonly kind: 'read-index-reply';
  readonly requestId: number;
  readonly index: number;
};

export type Message =
  | Append
  | AppendReply
  | Heartbeat
  | HeartbeatReply
  | Vote
  | VoteReply
  | SnapshotOffer
  | TimeoutNow
  | ReadIndex
  | ReadIndexReply;
