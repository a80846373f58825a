/** The audit trail in memory, for simulations and tests: what a real one keeps, and what it loses. */
import type { AuditRecord } from '../ledger/audit.js';
import type { TrailGaps, TrailRecord, TrailStore } from '../replica/ports.js';
import { changedGaps } from './trail-gaps.js';

interface Content {
  /** In order. */
  readonly records: readonly AuditRecord[];
  readonly gaps: readonly number[];
}

export class MemoryTrailStore implements TrailStore {
  #records: AuditRecord[];
  #gaps: readonly number[];
  #synced: Content;

  constructor({ records, gaps }: Content = { records: [], gaps: [] }) {
    this.#records = [...records];
    this.#gaps = gaps;
    this.#synced = { records, gaps };
  }

  /** A store as it is found by whoever opens what this one wrote; after a power loss only what was synced. */
  reopened({ power = false } = {}): MemoryTrailStore {
    return new MemoryTrailStore(power ? this.#synced : { records: this.#records, gaps: this.#gaps });
  }

  get firstIndex(): number {
    return this.#records[0]?.index ?? 0;
  }

  get lastIndex(): number {
    return this.#records.at(-1)?.index ?? 0;
  }

  /** All of it, in order. */
  get records(): readonly AuditRecord[] {
    return this.#records;
  }

  get gaps(): readonly number[] {
    return this.#gaps;
  }

  async append(records: readonly AuditRecord[], gaps: TrailGaps = {}): Promise<void> {
    this.#gaps = changedGaps(this.#gaps, gaps);
    for (const record of records) {
      const at = this.#place(record.index);
      const replaces = this.#records[at]?.index === record.index;
      this.#records.splice(at, replaces ? 1 : 0, record);
    }
  }

  async read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    const at = this.#place(fromIndex);
    return this.#records.slice(at, at + limit).map(withoutSubjects);
  }

  async readBefore(index: number, limit: number): Promise<readonly TrailRecord[]> {
    const end = this.#place(index);
    return this.#records.slice(Math.max(0, end - limit), end).map(withoutSubjects);
  }

  async of(subject: string, afterIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    const meant = this.#records.filter(
      ({ index, subjects }) => index > afterIndex && subjects.includes(subject),
    );
    return meant.slice(0, limit).map(withoutSubjects);
  }

  async sync(): Promise<void> {
    this.#synced = { records: [...this.#records], gaps: this.#gaps };
  }

  async close(): Promise<void> {}

  /** Where the first record is whose index is not below this one. */
  #place(index: number): number {
    let [from, to] = [0, this.#records.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#records[middle]!.index < index) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function withoutSubjects({ index, before, text }: AuditRecord): TrailRecord {
  return { index, before, text };
}
