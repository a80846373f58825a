/**
 * The core's output, as in etcd/raft: what to save, send, apply and answer after a turn.
 *
 * 1. `messages` may leave at once, `save.messagesAfter` only once that save and all earlier ones are on
 *    disk: they carry the promises (votes, append acknowledgements) that the save makes good.
 * 2. At most one save is outstanding; `ready({ maySave: false })` leaves the next one gathering.
 * 3. `committed` holds only entries that are saved here.
 */
import type { Entry, HardState, ReplicaId, SnapshotMeta } from './entry.js';
import type { Message } from './message.js';

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/**
 * Names a save, the term in which it was issued, and the end of the log that is on disk once it and all earlier saves are.
 * One of an older term proves nothing about entries (C6).
 */
export interface SaveToken {
  readonly term: number;
  /** Last unsaved entry, of this save or of an earlier one under way, and its term; 0 and 0 when there is none. */
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Index of the snapshot that the save carried; 0 for none. */
  readonly snapshotIndex: number;
}

export interface Save {
  readonly hardState: HardState | null;
  /** In order; the first replaces whatever the log holds at its index and beyond. */
  readonly entries: readonly Entry[];
  /** Empties the log, which from then on begins behind it; `entries` of the same save follow on it. */
  readonly snapshot: SnapshotMeta | null;
  readonly messagesAfter: readonly Message[];
  readonly token: SaveToken;
  /** False when nothing of it must reach the disk now (only `commit` moved, or only messages wait). */
  readonly mustSync: boolean;
}

/** A read of this replica may be served once everything up to `index` is applied here. */
export interface ReadState {
  readonly requestId: number;
  readonly index: number;
}

export interface SoftState {
  readonly role: Role;
  /** NOBODY when none is known. */
  readonly leader: ReplicaId;
  readonly term: number;
}

export interface Ready {
  readonly save: Save | null;
  readonly messages: readonly Message[];
  readonly committed: readonly Entry[];
  readonly reads: readonly ReadState[];
  /** Set when role, leader or term changed since the last `Ready`. */
  readonly softState: SoftState | null;
}
