/**
 * Numbers in ascending order, for lists that are read page by page. They come almost always in order and go, much
 * later, in any order: who has gone is skipped, and taken out when too many have.
 *
 * Adding is O(1) in order, O(n) for one that comes late; a page is O(log n + what it looks at); loading n in any order is one sort.
 */
import { PAGE_EXAMINED_MAX } from './limits.js';

const COMPACT_SIZE_MIN = 1_024;

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins: after this number; null when there is nothing more. */
  readonly after: number | null;
}

export class OrderedIds {
  #ids: number[] = [];
  #isSorted = true;
  #gone = 0;
  readonly #exists: (id: number) => boolean;

  /** `exists`: whether a number that was added is still meant. */
  constructor(exists: (id: number) => boolean) {
    this.#exists = exists;
  }

  /** Numbers kept, those that are gone and not yet taken out included. */
  get length(): number {
    return this.#ids.length;
  }

  /** Adds a number, or takes back one that was forgotten. */
  add(id: number): void {
    this.#sort();
    const last = this.#ids.at(-1);
    if (last === undefined || id > last) {
      this.#ids.push(id);
      return;
    }
    const at = this.#firstAbove(id);
    if (this.#ids[at - 1] === id) this.#gone -= 1;
    else this.#ids.splice(at, 0, id);
  }

  /** Adds a number that is not there, in any order: many of them cost one sort. */
  load(id: number): void {
    this.#ids.push(id);
    this.#isSorted = false;
  }

  /** One of the numbers that were added exists no more. True when none is left. */
  forget(): boolean {
    this.#gone += 1;
    if (this.#gone === this.#ids.length) return true;
    if (this.#gone > COMPACT_SIZE_MIN && this.#gone > this.#ids.length - this.#gone) {
      this.#ids = this.#ids.filter(this.#exists);
      this.#gone = 0;
    }
    return false;
  }

  /**
   * Up to `limit` of what `pick` makes of the numbers above `after`, those aside for which it makes null. At most
   * `PAGE_EXAMINED_MAX` are looked at, so a page may be short, or empty, and yet not the last.
   */
  page<T>(after: number, limit: number, pick: (id: number) => T | null): Page<T> {
    this.#sort();
    const items: T[] = [];
    const begin = this.#firstAbove(after);
    const end = Math.min(this.#ids.length, begin + PAGE_EXAMINED_MAX);
    for (let at = begin; at < end; at += 1) {
      if (items.length === limit) return { items, after: this.#ids[at - 1]! };
      const id = this.#ids[at]!;
      const item = this.#exists(id) ? pick(id) : null;
      if (item !== null) items.push(item);
    }
    return { items, after: end < this.#ids.length ? this.#ids[end - 1]! : null };
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#ids.sort((a, b) => a - b);
    this.#isSorted = true;
  }

  #firstAbove(after: number): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids[middle]! > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
