/**
 * Writes the ledger's changes behind the log (R8): one batch at a time, everything that gathered meanwhile
 * in the next one, so that rows and applied index on disk always belong together.
 */
import type { LedgerMeta, RowChange } from '../ledger/state.js';
import type { StateStore } from './ports.js';

export class StateWriter {
  private pending = new Map<string, string | null>();
  private meta: LedgerMeta | null = null;
  private writing: Promise<void> | null = null;

  /** `fail` is told of the first write that fails: the process must end (R4). */
  constructor(
    private readonly store: StateStore,
    private readonly fail: (error: Error) => void,
  ) {}

  write(changes: readonly RowChange[], meta: LedgerMeta): void {
    for (const change of changes) this.pending.set(change.key, change.row);
    this.meta = meta;
    this.writing ??= this.run();
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
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.writing = null;
    }
  }
}
