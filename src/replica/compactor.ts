/**
 * When the log's base moves, and how far (R8).
 *
 * 1. Never beyond the synced state and trail: what the log lets go of must be on disk elsewhere.
 * 2. Never beyond a state that is being sent: its receiver goes on from there with the log (C23).
 * 3. A tail stays for followers that are a little behind; for one that is heard and further behind, more, within
 *    a bound: beyond that it is sent the state.
 */
import type { SnapshotMeta } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { ConfigHistory } from './config-history.js';
import type { LogSave, LogStore, StateStore } from './ports.js';
import type { SnapshotSender } from './snapshot-sender.js';
import type { StateWriter } from './state-writer.js';
import type { Trail } from './trail.js';

/** Entries between the log's base and the applied index from which on the base moves. */
export const COMPACT_ENTRIES = 10_000;

/** So many times the threshold is kept for a slow follower. */
const SLOW_FOLLOWER_TIMES = 4;

export interface CompactionFacts {
  readonly baseIndex: number;
  /** Up to here the state is synced, or will be before the base moves. */
  readonly stateIndex: number;
  /** Of each follower that a leader hears and sends entries: the last index known to match. */
  readonly followerIndexes: readonly number[];
  /** Of each state that is being sent. */
  readonly streamIndexes: readonly number[];
}

/** The index to which the base should move now, or null. `compactEntries` is at least 1. */
export function compactTo(facts: CompactionFacts, compactEntries: number): number | null {
  const { baseIndex, stateIndex, followerIndexes, streamIndexes } = facts;
  if (stateIndex - baseIndex <= compactEntries) return null;
  const wanted = stateIndex - Math.floor(compactEntries / 2);
  const forFollowers = Math.max(
    Math.min(wanted, ...followerIndexes),
    stateIndex - SLOW_FOLLOWER_TIMES * compactEntries,
  );
  const index = Math.min(forFollowers, ...streamIndexes);
  // Every move costs a synced write and many deletions: not for a handful of entries.
  return index - baseIndex >= Math.max(1, Math.floor(compactEntries / 4)) ? index : null;
}

export interface CompactorOptions {
  readonly core: RaftCore;
  readonly log: LogStore;
  readonly state: StateStore;
  readonly writer: StateWriter;
  readonly trail: Pick<Trail, 'sync'>;
  readonly configs: ConfigHistory;
  readonly sender: SnapshotSender;
  readonly compactEntries: number;
  readonly wake: () => void;
  /** A write failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

/** Moves the base of the log to `snapshot`, and nothing else. */
export type CompactionSave = LogSave & { readonly snapshot: SnapshotMeta };

/** Compacts one log: first state and trail are synced, beside everything else, then its base moves in a save like any other. */
export class Compactor {
  private syncing = false;
  /** Up to here the state is synced for a compaction that has not begun; null for none. */
  private syncedIndex: number | null = null;

  constructor(private readonly options: CompactorOptions) {}

  /** Called once a tick: syncs state and trail when the log has grown. */
  check(): void {
    if (this.syncing || this.syncedIndex !== null) return;
    const { state, writer, trail, wake, fail } = this.options;
    const stateIndex = writer.writtenIndex;
    if (this.target(stateIndex) === null) return;
    this.syncing = true;
    Promise.all([state.sync(), trail.sync()]).then(() => {
      this.syncing = false;
      this.syncedIndex = stateIndex;
      wake();
    }, fail);
  }

  /** The save that moves the base, when one is due. The caller carries it out, with no other save outstanding. */
  takeSave(): CompactionSave | null {
    if (this.syncedIndex === null) return null;
    const index = this.target(this.syncedIndex);
    this.syncedIndex = null;
    if (index === null) return null;
    const { log, configs } = this.options;
    const snapshot = { index, term: log.term(index)!, config: configs.at(index) };
    return { hardState: null, entries: [], snapshot, mustSync: true };
  }

  /** The base moved. */
  moved(index: number): void {
    this.options.configs.forgetBefore(index);
  }

  private target(stateIndex: number): number | null {
    const { core, log, sender, compactEntries } = this.options;
    const { peers, id, appliedIndex } = core.status();
    // After a start the state is ahead of the core, which walks the log anew and must find what it has not walked yet.
    const reach = Math.min(stateIndex, appliedIndex);
    if (reach - log.snapshot().index <= compactEntries) return null;
    const followers = peers.filter((peer) => peer.id !== id && peer.active && peer.state !== 'snapshot');
    const facts = {
      baseIndex: log.snapshot().index,
      stateIndex: reach,
      followerIndexes: followers.map((peer) => peer.matchIndex),
      streamIndexes: sender.indexes,
    };
    return compactTo(facts, compactEntries);
  }
}
