/**
 * Writes the ledger's changes behind the log (R8): one batch at a time, everything that gathered meanwhile
 * in the next one, so that rows and applied index on disk always belong together.
 */
import type { RowChange } from '../ledger/state.js';
import type { StateMeta, StateStore } from './ports.js';

export class StateWriter {
  private pending = new Map<string, string | null>();
  private meta: StateMeta | null = null;
  private writing: Promise<void> | null = null;
  private written: number;

  /** `writtenIndex`: what the store has. `fail` is told of the first write that fails: the process must end (R4). */
  constructor(
    private readonly store: StateStore,
    writtenIndex: number,
    private readonly fail: (error: Error) => void,
  ) {
    this.written = writtenIndex;
  }

  /** The applied index of the state that the store has, for which a later `sync` of the store vouches. */
  get writtenIndex(): number {
    return this.written;
  }

  write(changes: readonly RowChange[], meta: StateMeta): void {
    for (const change of changes) this.pending.set(change.key, change.row);
    this.meta = meta;
    this.writing ??= this.run();
  }

  /** Another state took the place of the one that was written to; nothing may be pending. */
  restartedAt(index: number): void {
    this.written = index;
  }

  /** Resolves when everything written so far has been handed to the store. */
  async flushed(): Promise<void> {
    await this.writing;
  }

  private async run(): Promise<void> {
    try {
      while (this.meta !== null) {
        const changes = Array.from(this.pending, ([key, row]): RowChange => ({ key, row }));
        const meta = this.meta;
        this.pending = new Map();
        this.meta = null;
        await this.store.write(changes, meta);
        this.written = meta.appliedIndex;
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.writing = null;
    }
  }
}
