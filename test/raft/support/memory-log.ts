/**
 * A durable log in memory: what a save has written is there, and nothing else. Keeps the rules of raft/log-view.ts.
 */
import { EMPTY_CONFIG } from '../../../src/raft/config-changer.js';
import { EMPTY_HARD_STATE, type Entry, type HardState, type SnapshotMeta } from '../../../src/raft/entry.js';
import { countThatFits } from '../../../src/raft/entry-size.js';
import type { LogView } from '../../../src/raft/log-view.js';
import type { Save } from '../../../src/raft/ready.js';

export const NO_SNAPSHOT: SnapshotMeta = { index: 0, term: 0, config: EMPTY_CONFIG };

export class MemoryLog implements LogView {
  private hard: HardState = EMPTY_HARD_STATE;
  private kept: Entry[] = [];
  /** Where the log begins: everything up to here is compacted away. */
  private base: { readonly index: number; readonly term: number };
  private newest: SnapshotMeta;

  constructor(snapshot: SnapshotMeta = NO_SNAPSHOT) {
    this.newest = snapshot;
    this.base = snapshot;
  }

  /** Makes a save durable, whole. */
  save({ hardState, entries, snapshot }: Pick<Save, 'hardState' | 'entries' | 'snapshot'>): void {
    if (hardState !== null) this.hard = hardState;
    if (snapshot !== null) {
      this.kept = [];
      this.base = snapshot;
      this.newest = snapshot;
    }
    const first = entries[0];
    if (first === undefined) return;
    if (first.index < this.firstIndex() || first.index > this.lastIndex() + 1) {
      throw new RangeError(
        `entries from ${first.index} do not fit ${this.firstIndex()}..${this.lastIndex()}`,
      );
    }
    this.kept = [...this.kept.slice(0, first.index - this.firstIndex()), ...entries];
  }

  /** The state machine can now be had as of `snapshot`; the log keeps what it holds. */
  offer(snapshot: SnapshotMeta): void {
    this.newest = snapshot;
  }

  /** Drops everything up to `index`, which a snapshot covers. */
  compact(index: number): void {
    const term = this.term(index);
    if (term === undefined || index > this.newest.index) throw new RangeError(`cannot compact to ${index}`);
    this.kept = this.kept.slice(index + 1 - this.firstIndex());
    this.base = { index, term };
  }

  /** Loses everything behind `index`, as a damaged disk would. */
  loseTail(index: number): void {
    this.kept = this.kept.slice(0, index + 1 - this.firstIndex());
    this.hard = { ...this.hard, commit: Math.min(this.hard.commit, index) };
  }

  hardState(): HardState {
    return this.hard;
  }

  snapshot(): SnapshotMeta {
    return this.newest;
  }

  firstIndex(): number {
    return this.base.index + 1;
  }

  lastIndex(): number {
    return this.base.index + this.kept.length;
  }

  term(index: number): number | undefined {
    if (index === this.base.index) return this.base.term;
    return this.kept[index - this.firstIndex()]?.term;
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    if (low < this.firstIndex() || high > this.lastIndex() + 1) {
      throw new RangeError(`[${low}, ${high}) is not in ${this.firstIndex()}..${this.lastIndex()}`);
    }
    const start = low - this.firstIndex();
    const end = Math.max(start, high - this.firstIndex());
    return this.kept.slice(start, start + countThatFits(this.kept, start, end, bytesMax));
  }

  /** All entries held. */
  all(): readonly Entry[] {
    return this.kept;
  }
}
