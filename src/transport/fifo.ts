/** A queue whose both ends cost the same at any length, unlike `Array.shift` on long arrays. */
export class Fifo<T extends object | number> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest item; undefined when there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    // What left must not be held here: an item may be a batch of megabytes.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head >= CUT_AT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** Cutting off the free front copies the rest: once per this many items. */
const CUT_AT = 1024;
