/**
 * What is due when: a binary heap in the total order (due, id), so that the first deadline is the same
 * whatever the order in which they came.
 *
 * A deadline is stale once its owner says so. It is dropped when it comes first, or when it is come across: whoever adds
 * one looks at two others, going round the heap, so that memory stays within about twice what is current and no call has
 * more to do than the next one.
 */

import { BigList } from './big-list.js';

/** A deadline: `id` is due at `dueMs`. */
export interface Deadline {
  readonly id: string;
  readonly dueMs: number;
}

/** Deadlines that are looked at for each that is added: with fewer, stale ones could come faster than they go. */
const EXAMINED_PER_ADD = 2;

export class Deadlines {
  // Column by column: there is one for each reservation.
  readonly #ids = new BigList<string>();
  readonly #duesMs = new BigList<number>();
  /** Where the round is. */
  #next = 0;
  readonly #isCurrent: (id: string, dueMs: number) => boolean;

  /** `isCurrent`: whether its owner still means the deadline. */
  constructor(isCurrent: (id: string, dueMs: number) => boolean) {
    this.#isCurrent = isCurrent;
  }

  /** Deadlines kept, stale ones included. */
  get size(): number {
    return this.#ids.length;
  }

  add(id: string, dueMs: number): void {
    for (let examined = 0; examined < EXAMINED_PER_ADD; examined += 1) this.#examine();
    this.load(id, dueMs);
  }

  /** Adds one of a state that is being loaded, where none is stale. */
  load(id: string, dueMs: number): void {
    this.#ids.push(id);
    this.#duesMs.push(dueMs);
    this.#rise(this.#ids.length - 1, id, dueMs);
  }

  /** The earliest current deadline, of equal ones that with the lowest id by code units. */
  first(): Deadline | undefined {
    return this.due(Number.MAX_SAFE_INTEGER);
  }

  /** The first, if it is due at `atMs`. It stays until its owner lets it go stale. */
  due(atMs: number): Deadline | undefined {
    for (;;) {
      const id = this.#ids.get(0);
      const dueMs = this.#duesMs.get(0);
      if (id === undefined || dueMs === undefined || dueMs > atMs) return undefined;
      if (this.#isCurrent(id, dueMs)) return { id, dueMs };
      this.#takeOut(0);
    }
  }

  #examine(): void {
    if (this.#next >= this.#ids.length) this.#next = 0;
    if (this.#ids.length === 0) return;
    if (this.#isCurrent(this.#ids.get(this.#next)!, this.#duesMs.get(this.#next)!)) this.#next += 1;
    else this.#takeOut(this.#next);
  }

  /** The last one takes its place, and goes from there to where it belongs. */
  #takeOut(at: number): void {
    const id = this.#ids.pop()!;
    const dueMs = this.#duesMs.pop()!;
    if (at === this.#ids.length) return;
    const above = (at - 1) >> 1;
    if (at > 0 && this.#isBefore(id, dueMs, above)) this.#rise(at, id, dueMs);
    else this.#sink(at, id, dueMs);
  }

  /** Puts a deadline at `from` or above. */
  #rise(from: number, id: string, dueMs: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(id, dueMs, above)) break;
      this.#set(at, this.#ids.get(above)!, this.#duesMs.get(above)!);
      at = above;
    }
    this.#set(at, id, dueMs);
  }

  /** Puts a deadline at `from` or below. */
  #sink(from: number, id: string, dueMs: number): void {
    const size = this.#ids.length;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      const other = below + 1;
      if (other < size && this.#isBefore(this.#ids.get(other)!, this.#duesMs.get(other)!, below))
        below = other;
      if (this.#isBefore(id, dueMs, below)) break;
      this.#set(at, this.#ids.get(below)!, this.#duesMs.get(below)!);
      at = below;
    }
    this.#set(at, id, dueMs);
  }

  #set(at: number, id: string, dueMs: number): void {
    this.#ids.set(at, id);
    this.#duesMs.set(at, dueMs);
  }

  #isBefore(id: string, dueMs: number, other: number): boolean {
    const otherMs = this.#duesMs.get(other)!;
    return dueMs !== otherMs ? dueMs < otherMs : id < this.#ids.get(other)!;
  }
}
