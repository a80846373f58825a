/**
 * The world as the replica sees it. Each port has an implementation for production and an in-memory twin,
 * and one contract suite (test/contracts) that both pass.
 */
import type { AuditRecord } from '../ledger/audit.js';
import type { Command, LedgerEntry } from '../ledger/command.js';
import type { LedgerMeta, RowChange, StoredRow } from '../ledger/state.js';
import type { ConfigState, Entry, HardState, ReplicaId, SnapshotMeta } from '../raft/entry.js';
import type { LogView } from '../raft/log-view.js';
import type { Batch, Member } from './frame.js';

/** Time, handed in. Both clocks run `speed` times faster than real time (1 outside of demos and simulations). */
export interface Clock {
  /** Milliseconds since 1970; may jump. */
  wallMs(): number;
  /** Milliseconds since some start; never jumps, never goes back. */
  monotonicMs(): number;
  readonly speed: number;
}

/** What one save carries; see raft/ready.ts. */
export interface LogSave {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  readonly snapshot: SnapshotMeta | null;
  readonly mustSync: boolean;
}

/** The durable log and hard state. One caller, one save at a time. */
export interface LogStore extends LogView {
  /**
   * Makes a save durable: all of it or, after a crash, nothing of it. Entries replace whatever the log held
   * at the first one's index and beyond. Resolves once it is on disk; a rejection leaves the outcome
   * unknown and the store unusable: the process must end (R4).
   */
  save(save: LogSave): Promise<void>;
  close(): Promise<void>;
}

/** The single facts of a state: the ledger's, and who votes and learns as of its applied index. */
export interface StateMeta extends LedgerMeta {
  readonly config: ConfigState;
  /**
   * Who runs the replicas of `config`, sorted by id. Empty in a state of the time before members could change: it
   * stands for the founders.
   */
  readonly members: readonly Member[];
}

/** One row of the ledger as text, and as the bytes of that where a store has them at hand. */
export type StateRow = StoredRow;

/** In the place of a page, what is wrong with its rows. */
export interface RowsDamaged {
  readonly damage: Error;
}

/** The state as it was at one moment, whatever is written meanwhile. */
export interface StateSnapshot {
  readonly meta: StateMeta;
  /** The rows behind the key `after`, or all, in key order, in pages that one step of the event loop can take. */
  pages(after?: string): AsyncIterable<readonly StateRow[]>;
  /** Must be called, or the store keeps what it stands for. */
  close(): Promise<void>;
}

/** A state that comes from elsewhere, put down beside the one in use until it is complete. */
export interface StateStage {
  write(rows: readonly StateRow[]): Promise<void>;
  /** Nothing is missing. On disk, with all rows, when it resolves; from then on the store's `staged` tells of it. */
  seal(meta: StateMeta): Promise<void>;
  /** It is not wanted any more. */
  discard(): Promise<void>;
}

/** The ledger's rows and meta on disk: behind the log by design, replayed from it at start (R8). */
export interface StateStore {
  /** What was found when the store was opened; null when it is empty or was damaged and cleared. */
  meta(): StateMeta | null;
  /**
   * All rows, in key order, in pages that one step of the event loop can take. Valid until the first `write`. Ends with the
   * damage at a row that is not what was written: what came before it means nothing then.
   */
  rows(): AsyncIterable<readonly StateRow[] | RowsDamaged>;
  /** One atomic batch, not synced: either all of it survives a crash or nothing, in order of the calls. */
  write(changes: readonly RowChange[], meta: StateMeta): Promise<void>;
  /** Resolves when everything written before the call is on disk. */
  sync(): Promise<void>;
  /** What is written now, for as long as it is kept open; null while there is nothing. */
  snapshot(): Promise<StateSnapshot | null>;
  /** Begins to put down another state; whatever was staged before is gone. One stage at a time. */
  stage(): Promise<StateStage>;
  /** The staged state, when it is complete, also one that was found at open; else null. */
  staged(): StateMeta | null;
  /** Puts the staged state in the place of the other one: after a crash it is there or still staged. */
  adoptStaged(): Promise<void>;
  dropStaged(): Promise<void>;
  /** Forgets everything but what is staged, so that the state is replayed from the log. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Sends batches to peers; loses them when a link is down or full, never blocks, never reorders on one link, and
 * never delivers one twice: a proposal that arrived twice could be appended and then refused.
 */
export interface Transport {
  /** Fire and forget. False when the batch was dropped here (no link, or its buffer is full). */
  send(batch: Batch): boolean;
  /** Sets who takes what arrives. Called once, before the first batch can arrive. */
  receive(handler: (batch: Batch) => void): void;
  /**
   * Sets who is told that the process of a peer is gone: it broke off the connection without a word, and an immediate
   * connect was refused. Only a hint, told once a break: a peer that is stopped, cut off, slow or shut down in order is
   * none, and one that ended may be back already. Called once, before the first batch can arrive.
   */
  onGone(handler: (peer: ReplicaId) => void): void;
}

/** A place among the rows of a state, which are in key order: behind so many of them, that came in so many chunks. */
export interface SnapshotPlace {
  readonly chunks: number;
  readonly rows: number;
  /** 32 hex digits that stand for all rows up to here, in their order; see snapshot-place.ts. */
  readonly chain: string;
}

/** Rows that travel together, and the place behind them. */
export interface SnapshotChunk {
  readonly rows: readonly StateRow[];
  readonly place: SnapshotPlace;
}

/** Whose state a stream carries, as of when, and from where on. */
export interface SnapshotHeader {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** The sender's term when consensus offered the snapshot. */
  readonly term: number;
  readonly meta: StateMeta;
  /** The sender's number for this cut of its state, at least 1: of two cuts in one term the later has the higher one. */
  readonly cut: number;
  /** Where the stream begins: what is before that came by earlier streams of the same cut. */
  readonly after: SnapshotPlace;
}

/** Takes the states that peers send. */
export interface SnapshotTaker {
  /**
   * Up to where the state of `header`, the very same cut, is put down here; the beginning when nothing of it is. What is
   * left of an earlier stream of it ends before this resolves. Rejects when that cannot be told now.
   */
  placeOf(header: SnapshotHeader): Promise<SnapshotPlace>;
  /** Resolves when the state is installed here or found needless; rejects when it is not. */
  take(header: SnapshotHeader, chunks: AsyncIterable<SnapshotChunk>): Promise<void>;
}

/** Carries whole states from one replica to another, beside the batches: neither waits for the other. */
export interface SnapshotTransport {
  /**
   * Asks `header.to` up to where it has put down that cut (`SnapshotTaker.placeOf`). Null when it does not say: it is out
   * of reach, silent for long, does not know yet, or `signal` aborted. Never rejects.
   */
  ask(header: SnapshotHeader, signal: AbortSignal): Promise<SnapshotPlace | null>;
  /**
   * Sends the chunks behind `header.after` to `header.to`; true once its taker resolved. False, as soon as that is
   * known, when it did not, when the way broke, when nothing moved for long, or when `signal` aborted. Never rejects
   * for a fault of the way; what `chunks` throws is passed on.
   */
  send(header: SnapshotHeader, chunks: AsyncIterable<SnapshotChunk>, signal: AbortSignal): Promise<boolean>;
  /**
   * Sets who takes what arrives. The chunks it is handed are exactly what was sent, all of it and in order, or an error
   * takes the place of the rest: what is lost, repeated, out of order or changed on the way is never handed on.
   */
  receive(taker: SnapshotTaker): void;
}

/** Domain types to and from the bytes that are kept for ever. */
export interface Codec {
  encodeCommand(command: Command): Uint8Array;
  /** Throws when the bytes are not a command that this version understands. */
  decodeCommand(bytes: Uint8Array): Command;
  /** Wraps an encoded command with the ledger time that the leader stamps. */
  stamp(command: Uint8Array, atMs: number): Uint8Array;
  /** Throws when the bytes are not a ledger entry that this version understands. */
  decodeEntry(bytes: Uint8Array, index: number): LedgerEntry;
  /** The context of a change of members: who the replicas are that it names. */
  encodeMembers(members: readonly Member[]): Uint8Array;
  /** Throws when the bytes are no such context; no bytes name nobody. */
  decodeMembers(bytes: Uint8Array): readonly Member[];
}

/** Room on the disk, as last measured. */
export interface DiskGauge {
  /** True while less than the reserve is free: no proposals, no leadership (R4). */
  belowReserve(): boolean;
}

/** A record of the audit trail with the head before it: `headAfter` of it is what the next one says was before. */
export type TrailRecord = Omit<AuditRecord, 'subjects'>;

/** What becomes known of gaps together with records: before the record at `opened` some are missing, before that at `closed` none any more. */
export interface TrailGaps {
  readonly opened?: number;
  readonly closed?: number;
}

/**
 * The records of the audit trail, outside memory and outside of snapshots, for it grows for ever. A replica that was
 * away may lack some in between: then the chain of their heads is broken there, and the store remembers where.
 */
export interface TrailStore {
  /** Index of the oldest record; 0 while there is none. */
  readonly firstIndex: number;
  /** Index of the newest record; 0 while there is none. */
  readonly lastIndex: number;
  /** Directly before each of these indexes records are missing; in order. */
  readonly gaps: readonly number[];
  /**
   * One atomic batch, in order of the calls, not synced; a crash loses the last ones, never one before another. A record
   * that is there is written again and changes nothing.
   */
  append(records: readonly AuditRecord[], gaps?: TrailGaps): Promise<void>;
  /** Up to `limit` records from `fromIndex` on, in order. */
  read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]>;
  /** Up to `limit` records before `index`, the newest of them, in order. */
  readBefore(index: number, limit: number): Promise<readonly TrailRecord[]>;
  /** Up to `limit` records about `subject` (`subjectOf`) after `afterIndex`, in order. */
  of(subject: string, afterIndex: number, limit: number): Promise<readonly TrailRecord[]>;
  /** Resolves when everything appended before the call is on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Asks for the end of a replica's trail before an index. */
export interface TrailPageRequest {
  /** Records below it are asked for, the newest of them. */
  readonly before: number;
  readonly limit: number;
}

/** Carries records of the audit trail to a replica that lacks them, beside the batches. */
export interface TrailTransport {
  /**
   * The records, in order; fewer where the peer has fewer or they are large. Null when it does not say: it is out of reach,
   * silent for long, or `signal` aborted. Never rejects. Nothing of the answer may be believed before it is proven.
   */
  ask(
    peer: ReplicaId,
    request: TrailPageRequest,
    signal: AbortSignal,
  ): Promise<readonly TrailRecord[] | null>;
  /** Sets who answers peers. What it rejects with is told to nobody. */
  serve(answer: (request: TrailPageRequest) => Promise<readonly TrailRecord[]>): void;
}
