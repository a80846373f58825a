/**
 * Writes behind the log (R8) what applying entries changed: one batch at a time, everything that gathered meanwhile in
 * the next one, so that rows and applied index on disk always belong together.
 *
 * The records of the audit trail go before the rows of the same entries: who is found at an index has its records.
 */
import type { AuditRecord } from '../ledger/audit.js';
import type { RowChange } from '../ledger/state.js';
import type { StateMeta, StateStore } from './ports.js';

/** Somebody who waits for records to be in the trail. */
interface Reader {
  readonly index: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface StateWriterOptions {
  readonly state: StateStore;
  /** Appends records to the trail. */
  readonly record: (records: readonly AuditRecord[]) => Promise<void>;
  /** Told of the first write that fails: the process must end (R4). */
  readonly fail: (error: Error) => void;
}

export class StateWriter {
  private pending = new Map<string, string | null>();
  private records: AuditRecord[] = [];
  private meta: StateMeta | null = null;
  private writing: Promise<void> | null = null;
  private written: number;
  private readers: Reader[] = [];
  private failure: unknown = null;
  /** The highest index of what was to be written so far. */
  private wantedIndex: number;
  /** Up to here all records are in the trail. */
  private recordedIndex: number;

  constructor(private readonly options: StateWriterOptions) {
    this.written = options.state.meta()?.appliedIndex ?? 0;
    this.wantedIndex = this.written;
    this.recordedIndex = this.written;
  }

  /** The applied index of the state that the store has, for which a later `sync` of the store vouches. */
  get writtenIndex(): number {
    return this.written;
  }

  write(changes: readonly RowChange[], records: readonly AuditRecord[], meta: StateMeta): void {
    for (const change of changes) this.pending.set(change.key, change.row);
    this.records.push(...records);
    this.meta = meta;
    this.wantedIndex = meta.appliedIndex;
    this.writing ??= this.run();
  }

  /** Another state took the place of the one that was written to; nothing may be pending. */
  restartedAt(index: number): void {
    this.written = index;
    this.wantedIndex = index;
    this.recordedIndex = index;
  }

  /** Resolves when everything written so far has been handed to the stores. */
  async flushed(): Promise<void> {
    await this.writing;
  }

  /** Resolves when the trail has the records of everything written so far; rejects when a write fails before. */
  recorded(): Promise<void> {
    const index = this.wantedIndex;
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.recordedIndex >= index) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.readers.push({ index, resolve, reject });
    });
  }

  private async run(): Promise<void> {
    const { state, record, fail } = this.options;
    try {
      while (this.meta !== null) {
        const changes = Array.from(this.pending, ([key, row]): RowChange => ({ key, row }));
        const { meta, records } = this;
        this.pending = new Map();
        this.records = [];
        this.meta = null;
        if (records.length > 0) await record(records);
        this.recordedUpTo(meta.appliedIndex);
        await state.write(changes, meta);
        this.written = meta.appliedIndex;
      }
    } catch (error) {
      this.failure = error;
      const readers = this.readers;
      this.readers = [];
      for (const { reject } of readers) reject(error);
      fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.writing = null;
    }
  }

  private recordedUpTo(index: number): void {
    this.recordedIndex = index;
    const served = this.readers.filter((reader) => reader.index <= index);
    this.readers = this.readers.filter((reader) => reader.index > index);
    for (const { resolve } of served) resolve();
  }
}
