/** The audit trail in memory, for simulations and tests: what a real one keeps, and what it loses. */
import type { AuditRecord } from '../ledger/audit.js';
import type { TrailRecord, TrailStore } from '../replica/ports.js';

export class MemoryTrailStore implements TrailStore {
  #records: Map<number, AuditRecord>;
  #synced: ReadonlyMap<number, AuditRecord>;

  constructor(records: ReadonlyMap<number, AuditRecord> = new Map()) {
    this.#records = new Map(records);
    this.#synced = records;
  }

  /** A store as it is found by whoever opens what this one wrote; after a power loss only what was synced. */
  reopened({ power = false } = {}): MemoryTrailStore {
    return new MemoryTrailStore(new Map(power ? this.#synced : this.#records));
  }

  get firstIndex(): number {
    return this.#sorted()[0]?.index ?? 0;
  }

  get lastIndex(): number {
    return this.#sorted().at(-1)?.index ?? 0;
  }

  async append(records: readonly AuditRecord[]): Promise<void> {
    for (const record of records) this.#records.set(record.index, record);
  }

  async read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.#page(({ index }) => index >= fromIndex, limit);
  }

  async of(subject: string, afterIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.#page(({ index, subjects }) => index > afterIndex && subjects.includes(subject), limit);
  }

  async sync(): Promise<void> {
    this.#synced = new Map(this.#records);
  }

  async close(): Promise<void> {}

  #page(isMeant: (record: AuditRecord) => boolean, limit: number): readonly TrailRecord[] {
    const meant = this.#sorted().filter(isMeant).slice(0, limit);
    return meant.map(({ index, before, text }) => ({ index, before, text }));
  }

  #sorted(): readonly AuditRecord[] {
    return [...this.#records.values()].sort((a, b) => a.index - b.index);
  }
}
