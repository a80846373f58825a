/**
 * The ledger's rows in memory: for tests and simulation. What was written is lost at a power loss unless it was
 * synced, as on a disk.
 */
import type { RowChange } from '../ledger/state.js';
import type { StateMeta, StateRow, StateSnapshot, StateStage, StateStore } from '../replica/ports.js';

/** Rows of a page: few, so that whoever reads them is interrupted often. */
const PAGE_ROWS = 20;

interface Content {
  readonly rows: ReadonlyMap<string, string>;
  readonly meta: StateMeta | null;
}

const EMPTY: Content = { rows: new Map(), meta: null };

export class MemoryStateStore implements StateStore {
  #rows: Map<string, string>;
  #found: StateMeta | null;
  #meta: StateMeta | null;
  #synced: Content;
  #staged: Content | null;

  constructor(content: Content = EMPTY, staged: Content | null = null) {
    this.#rows = new Map(content.rows);
    this.#found = content.meta;
    this.#meta = content.meta;
    this.#synced = content;
    this.#staged = staged;
  }

  /** A store as it is found by whoever opens what this one wrote; after a power loss only what was synced. */
  reopened({ power = false } = {}): MemoryStateStore {
    return new MemoryStateStore(power ? this.#synced : this.#content(), this.#staged);
  }

  meta(): StateMeta | null {
    return this.#found;
  }

  rows(): AsyncIterable<readonly StateRow[]> {
    return pagesOf(sorted(this.#rows));
  }

  async write(changes: readonly RowChange[], meta: StateMeta): Promise<void> {
    for (const { key, row } of changes) {
      if (row === null) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#meta = meta;
  }

  async sync(): Promise<void> {
    this.#synced = this.#content();
  }

  async snapshot(): Promise<StateSnapshot | null> {
    const { rows, meta } = this.#content();
    if (meta === null) return null;
    return { meta, pages: (after) => pagesOf(sorted(rows, after)), async close() {} };
  }

  async stage(): Promise<StateStage> {
    this.#staged = null;
    const rows = new Map<string, string>();
    return {
      write: async (page) => {
        for (const { key, row } of page) rows.set(key, row);
      },
      seal: async (meta) => {
        this.#staged = { rows, meta };
      },
      async discard() {},
    };
  }

  staged(): StateMeta | null {
    return this.#staged?.meta ?? null;
  }

  async adoptStaged(): Promise<void> {
    if (this.#staged === null) throw new Error('bug: no complete state is staged');
    this.#synced = this.#staged;
    this.#rows = new Map(this.#staged.rows);
    this.#meta = this.#staged.meta;
    this.#found = this.#staged.meta;
    this.#staged = null;
  }

  async dropStaged(): Promise<void> {
    this.#staged = null;
  }

  async clear(): Promise<void> {
    this.#rows.clear();
    this.#found = null;
    this.#meta = null;
  }

  async close(): Promise<void> {}

  #content(): Content {
    return { rows: new Map(this.#rows), meta: this.#meta };
  }
}

/** The rows behind the key `after`, or all, in key order. */
function sorted(rows: ReadonlyMap<string, string>, after?: string): readonly StateRow[] {
  return [...rows]
    .filter(([key]) => after === undefined || compareKeys(key, after) > 0)
    .toSorted(([a], [b]) => compareKeys(a, b))
    .map(([key, row]) => ({ key, row }));
}

/** In the order of LevelDB, which compares bytes; text compares as UTF-16. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* pagesOf(rows: readonly StateRow[]): AsyncGenerator<readonly StateRow[]> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS) yield rows.slice(from, from + PAGE_ROWS);
}
