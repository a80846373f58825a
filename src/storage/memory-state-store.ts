/** The ledger's rows in memory: for tests and simulation. */
import type { LedgerMeta, RowChange } from '../ledger/state.js';
import type { StateStore } from '../replica/ports.js';

export class MemoryStateStore implements StateStore {
  readonly #rows: Map<string, string>;
  #found: LedgerMeta | null;
  #meta: LedgerMeta | null;

  constructor(rows: ReadonlyMap<string, string> = new Map(), meta: LedgerMeta | null = null) {
    this.#rows = new Map(rows);
    this.#found = meta;
    this.#meta = meta;
  }

  /** A store as it is found by whoever opens what this one wrote. */
  reopened(): MemoryStateStore {
    return new MemoryStateStore(this.#rows, this.#meta);
  }

  meta(): LedgerMeta | null {
    return this.#found;
  }

  async *rows(): AsyncGenerator<{ readonly key: string; readonly row: string }> {
    // The order of LevelDB, which compares bytes; text compares as UTF-16.
    const sorted = [...this.#rows].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const [key, row] of sorted) yield { key, row };
  }

  async write(changes: readonly RowChange[], meta: LedgerMeta): Promise<void> {
    for (const { key, row } of changes) {
      if (row === null) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#meta = meta;
  }

  async clear(): Promise<void> {
    this.#rows.clear();
    this.#found = null;
    this.#meta = null;
  }

  async close(): Promise<void> {}
}
