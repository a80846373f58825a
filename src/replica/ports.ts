/**
 * The world as the replica sees it. Each port has an implementation for production and an in-memory twin,
 * and one contract suite (test/contracts) that both pass.
 */
import type { Command, LedgerEntry } from '../ledger/command.js';
import type { LedgerMeta, RowChange } from '../ledger/state.js';
import type { Entry, HardState, SnapshotMeta } from '../raft/entry.js';
import type { LogView } from '../raft/log-view.js';
import type { Batch } from './frame.js';

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

/** The ledger's rows and meta on disk: behind the log by design, replayed from it at start (R8). */
export interface StateStore {
  /** What was found when the store was opened; null when it is empty or was damaged and cleared. */
  meta(): LedgerMeta | null;
  /** All rows, in key order. Valid until the first `write`. */
  rows(): AsyncIterable<{ readonly key: string; readonly row: string }>;
  /** One atomic batch, not synced: either all of it survives a crash or nothing, in order of the calls. */
  write(changes: readonly RowChange[], meta: LedgerMeta): Promise<void>;
  /** Forgets everything, so that the state is replayed from the log. */
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
}

/** Room on the disk, as last measured. */
export interface DiskGauge {
  /** True while less than the reserve is free: no proposals, no leadership (R4). */
  belowReserve(): boolean;
}
