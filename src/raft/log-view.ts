/**
 * What consensus reads of the durable log. Synchronous: a turn never waits. It shows an entry once the
 * save that carried it has succeeded; until then the core keeps the entry itself.
 */
import type { Entry, HardState, SnapshotMeta } from './entry.js';

export interface LogView {
  /** The hard state as last saved. */
  hardState(): HardState;
  /** The newest snapshot, or where the log begins: committed by definition, `index + 1` is the first entry. */
  snapshot(): SnapshotMeta;
  /** The first index that `entries` can return; `snapshot().index + 1` or lower. */
  firstIndex(): number;
  /** The last index held; `firstIndex() - 1` when there is none. */
  lastIndex(): number;
  /** The term at `index`, also at `firstIndex() - 1`; undefined when compacted away or beyond the end. */
  term(index: number): number | undefined;
  /**
   * Entries of `[low, high)`, at least one, then as many as fit in `bytesMax`.
   * `low` must be at least `firstIndex()` and `high` at most `lastIndex() + 1`, else a RangeError.
   */
  entries(low: number, high: number, bytesMax: number): readonly Entry[];
}
