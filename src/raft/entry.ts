/**
 * The replicated log's unit and the names of replicas. Plain data: consensus never looks into a command.
 */

/** A replica's id: 64 random bits as 16 lower-case hex digits, so that text order is numeric order. */
export type ReplicaId = string & { readonly brand: 'ReplicaId' };

/** "Nobody": no leader known, no vote given. */
export const NOBODY = '' as ReplicaId;

const REPLICA_ID = /^[0-9a-f]{16}$/;

/** Checks and brands a replica id. Throws a TypeError when `text` is not 16 lower-case hex digits. */
export function replicaId(text: string): ReplicaId {
  if (!REPLICA_ID.test(text)) throw new TypeError(`not a replica id: ${JSON.stringify(text)}`);
  return text as ReplicaId;
}

/** Which members one change adds, demotes or removes. */
export interface MemberChange {
  readonly kind: 'add-voter' | 'add-learner' | 'remove' | 'update';
  readonly id: ReplicaId;
}

/** A change of membership, applied when its entry is applied (Raft §6, joint consensus). */
export interface ConfigChange {
  readonly changes: readonly MemberChange[];
  /**
   * `auto`: joint only where there is more than one change, and then left by itself, as after `joint-implicit`.
   * `joint-explicit` waits for an empty `auto` change, which leaves it.
   */
  readonly transition: 'auto' | 'joint-implicit' | 'joint-explicit';
  /** Opaque to consensus: who the replicas are. */
  readonly context: Uint8Array;
}

export type Payload =
  | { readonly kind: 'no-op' }
  | { readonly kind: 'command'; readonly data: Uint8Array }
  | { readonly kind: 'config'; readonly change: ConfigChange };

/** One slot of the log. `index` counts from 1, `term` is the term of the leader that appended it. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly payload: Payload;
}

/** What a replica must never forget (Raft figure 2, persistent state); `commit` is only a help at start. */
export interface HardState {
  readonly term: number;
  /** Whom this replica voted for in `term`, or NOBODY. */
  readonly vote: ReplicaId;
  readonly commit: number;
}

export const EMPTY_HARD_STATE: HardState = { term: 0, vote: NOBODY, commit: 0 };

/** Who votes and who only learns, as of one index. Every list is sorted and without repeats. */
export interface ConfigState {
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
  /** The outgoing half of a joint configuration; empty when it is not joint. */
  readonly votersOutgoing: readonly ReplicaId[];
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly ReplicaId[];
  readonly autoLeave: boolean;
}

/** The state at an index, by name only; its content travels outside of consensus. */
export interface SnapshotMeta {
  readonly index: number;
  readonly term: number;
  readonly config: ConfigState;
}
