/**
 * The newest events of the ledger, as they are applied: what readers who keep up are told without a look at the disk.
 * Shared by all readers and bounded, so that a slow one costs no memory; whoever falls behind reads the trail.
 */
import type { LedgerEvent } from '../ledger/event.js';
import type { AppliedEvent, Mesh } from '../replica/mesh.js';
import { type EventPosition, WHOLE_ENTRY } from './event-position.js';

/** What one entry made happen. */
export interface EntryEvents {
  readonly index: number;
  /** Ledger time. */
  readonly atMs: number;
  readonly events: readonly LedgerEvent[];
}

export class RecentEvents {
  readonly #eventsMax: number;
  readonly #unlisten: () => void;
  /** In the order of their indexes; entries without events are not kept. */
  #entries: EntryEvents[] = [];
  #count = 0;
  /** Every entry behind this index that has events is here. */
  #completeAfter: number;
  #applied: number;
  #begunAt: number;
  readonly #waiting = new Set<() => void>();

  /** `appliedIndex`: of the mesh, in the same turn. Holds `eventsMax` events, and those of the newest entry in any case. */
  constructor(mesh: Pick<Mesh, 'onApplied'>, appliedIndex: number, eventsMax: number) {
    this.#eventsMax = eventsMax;
    this.#applied = appliedIndex;
    this.#completeAfter = appliedIndex;
    this.#begunAt = 0;
    this.#unlisten = mesh.onApplied(
      (event) => this.#add(event),
      (index) => this.#beginAnew(index),
    );
  }

  /** Index of the newest entry that was applied, as far as is known here. */
  get appliedIndex(): number {
    return this.#applied;
  }

  /** What readers before this index knew of the ledger was replaced by a snapshot; 0 while none was. */
  get begunAt(): number {
    return this.#begunAt;
  }

  /** Whether nothing is missing here behind `place`. */
  reaches({ index, number }: EventPosition): boolean {
    return index > this.#completeAfter || (index === this.#completeAfter && number === WHOLE_ENTRY);
  }

  /** The first entry with events that are not all before `place`, which must be within reach; undefined if none is. */
  next({ index, number }: EventPosition): EntryEvents | undefined {
    const entries = this.#entries;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle]!;
      if (entry.index < index || (entry.index === index && entry.events.length <= number + 1))
        low = middle + 1;
      else high = middle;
    }
    return entries[low];
  }

  /** Calls `wake` once, when something new can be told, or readers must begin anew; returns how to stop waiting. */
  onNews(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  close(): void {
    this.#unlisten();
    this.#entries = [];
    this.#waiting.clear();
  }

  #add({ answer: { index, atMs }, events }: AppliedEvent): void {
    // The repeat of a request is answered with the entry of the first.
    if (index <= this.#applied) return;
    this.#applied = index;
    if (events.length === 0) return;
    this.#entries.push({ index, atMs, events });
    this.#count += events.length;
    this.#shrink();
    this.#wakeAll();
  }

  #shrink(): void {
    let dropped = 0;
    while (this.#count > this.#eventsMax && dropped < this.#entries.length - 1) {
      const { index, events } = this.#entries[dropped]!;
      this.#count -= events.length;
      this.#completeAfter = index;
      dropped += 1;
    }
    if (dropped > 0) this.#entries.splice(0, dropped);
  }

  #beginAnew(index: number): void {
    this.#entries = [];
    this.#count = 0;
    this.#applied = index;
    this.#completeAfter = index;
    this.#begunAt = index;
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
