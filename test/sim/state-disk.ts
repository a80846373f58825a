/**
 * The ledger's rows on a simulated disk, and beside them a state that comes from elsewhere.
 *
 * 1. Writes are not synced. A process that ends leaves what it had written; a power loss takes the end of it away, write
 *    by write from the last one, down to what was synced.
 * 2. A staged state is there once it is sealed, and takes the place of the other in one step.
 */
import type { RowChange } from '../../src/ledger/state.js';
import type { StateMeta, StateRow, StateSnapshot, StateStage, StateStore } from '../../src/replica/ports.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { type Disk, DiskFull } from './disk.js';
import { NEVER, type Process } from './process.js';

interface Write {
  readonly changes: readonly RowChange[];
  readonly meta: StateMeta;
}

interface Content {
  readonly rows: Map<string, string>;
  readonly meta: StateMeta | null;
}

/** Writes that may be in memory only; beyond them the oldest are on disk. */
const UNSYNCED_MAX = 40;
const PAGE_ROWS = 20;

export class StateDisk {
  /** A row was changed behind the ledger's back, and nobody has found out yet. */
  damaged = false;
  staged: Content | null = null;
  /** How many writes there have been. */
  writes = 0;
  /** Rows that processes have read at their start. */
  rowsRead = 0;
  private rows = new Map<string, string>();
  private meta: StateMeta | null = null;
  private unsynced: Write[] = [];

  constructor(
    private readonly chance: Chance,
    private readonly coverage: Coverage,
  ) {}

  write(write: Write): void {
    this.writes += 1;
    this.unsynced.push(write);
    // Now and then the system writes back what it has.
    if (this.unsynced.length > UNSYNCED_MAX || this.chance.hits(50_000)) this.sync(this.writes);
  }

  /** The first `count` of all writes are on disk. */
  sync(count: number): void {
    const kept = Math.min(this.unsynced.length, this.writes - count);
    for (const { changes, meta } of this.unsynced.splice(0, this.unsynced.length - kept)) {
      apply(this.rows, changes);
      this.meta = meta;
    }
  }

  crash(powerLost: boolean): void {
    if (!powerLost || this.unsynced.length === 0) return;
    const lost = this.chance.below(this.unsynced.length + 1);
    if (lost > 0) this.coverage.count('state writes lost in a crash');
    this.unsynced.length -= lost;
    this.writes -= lost;
  }

  /** Changes one row, as a flipped bit does. False when there is none. */
  damage(): boolean {
    this.sync(this.writes);
    const key = [...this.rows.keys()].at(this.chance.below(Math.max(1, this.rows.size)));
    if (key === undefined) return false;
    const row = this.rows.get(key)!;
    const at = this.chance.below(row.length);
    const flipped = String.fromCharCode(row.charCodeAt(at) ^ 1);
    this.rows.set(key, row.slice(0, at) + flipped + row.slice(at + 1));
    this.damaged = true;
    return true;
  }

  clear(): void {
    if (this.damaged) this.coverage.count('damaged state replayed');
    this.become({ rows: new Map(), meta: null });
  }

  adoptStaged(): void {
    this.become(this.staged!);
    this.staged = null;
    this.coverage.count('snapshot installed');
  }

  /** Everything as it would be read now, rows in key order. */
  content(): { readonly meta: StateMeta | null; readonly rows: readonly StateRow[] } {
    const merged = new Map(this.rows);
    for (const { changes } of this.unsynced) apply(merged, changes);
    const rows = Array.from(merged, ([key, row]) => ({ key, row }));
    const meta = this.unsynced.at(-1)?.meta ?? this.meta;
    return { meta, rows: rows.sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  private become({ rows, meta }: Content): void {
    this.rows = rows;
    this.meta = meta;
    this.unsynced = [];
    this.damaged = false;
  }
}

export interface StateStoreOptions {
  readonly state: StateDisk;
  readonly disk: Disk;
  readonly process: Process;
}

export class SimStateStore implements StateStore {
  private found: ReturnType<StateDisk['content']>;

  constructor(private readonly options: StateStoreOptions) {
    this.found = options.state.content();
  }

  meta(): StateMeta | null {
    return this.found.meta;
  }

  async *rows(): AsyncGenerator<readonly StateRow[]> {
    this.options.state.rowsRead += this.found.rows.length;
    for (const row of this.found.rows) yield [row];
  }

  write(changes: readonly RowChange[], meta: StateMeta): Promise<void> {
    return this.onDisk(() => this.options.state.write({ changes, meta }));
  }

  sync(): Promise<void> {
    const { state } = this.options;
    const { writes } = state;
    return this.onDisk(() => state.sync(writes));
  }

  async snapshot(): Promise<StateSnapshot | null> {
    const { meta, rows } = this.options.state.content();
    if (meta === null) return null;
    return {
      meta,
      pages: (after) => pagesOf(rows.filter(({ key }) => after === undefined || key > after)),
      async close() {},
    };
  }

  async stage(): Promise<StateStage> {
    const { state } = this.options;
    state.staged = null;
    const rows = new Map<string, string>();
    return {
      write: (page) =>
        this.onDisk(() => {
          for (const { key, row } of page) rows.set(key, row);
        }),
      seal: (meta) =>
        this.onDisk(() => {
          state.staged = { rows, meta };
        }),
      async discard() {},
    };
  }

  staged(): StateMeta | null {
    return this.options.state.staged?.meta ?? null;
  }

  async adoptStaged(): Promise<void> {
    const { state, process } = this.options;
    if (process.isOpening()) state.adoptStaged();
    else await this.onDisk(() => state.adoptStaged());
    this.found = state.content();
  }

  async dropStaged(): Promise<void> {
    this.options.state.staged = null;
  }

  async clear(): Promise<void> {
    this.options.state.clear();
    this.found = { meta: null, rows: [] };
  }

  async close(): Promise<void> {}

  /** Lets something be on disk after a while; rejects when the disk is full. */
  private onDisk(land: () => void): Promise<void> {
    const { disk, process } = this.options;
    if (!process.isAlive()) return NEVER;
    return new Promise((resolve, reject) => {
      process.at(disk.landsAtUs(), () => {
        if (disk.full) {
          reject(new DiskFull('no space left for the state'));
          return;
        }
        land();
        resolve();
      });
    });
  }
}

function apply(rows: Map<string, string>, changes: readonly RowChange[]): void {
  for (const { key, row } of changes) {
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
}

async function* pagesOf(rows: readonly StateRow[]): AsyncGenerator<readonly StateRow[]> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS) yield rows.slice(from, from + PAGE_ROWS);
}
