/**
 * A map by text that may become large. A plain one that grows puts all of its entries elsewhere at once, which takes a
 * tenth of a second for a million of them; this one is many small ones, and grows by splitting one at a time (linear
 * hashing), so that no call has more to do than another.
 *
 * Its order follows from what is in it and how that came, so it is not to be relied upon.
 */

/** Entries of a part, on average, beyond which the next part is split. */
const PART_SIZE = 2_048;

export class BigMap<T> {
  readonly #parts: Map<string, T>[] = [new Map()];
  /** Parts before the round of splitting that is under way: a power of two. */
  #round = 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    return this.#partOf(key).get(key);
  }

  has(key: string): boolean {
    return this.#partOf(key).has(key);
  }

  /** Tells whether the key is a new one. */
  set(key: string, value: T): boolean {
    const part = this.#partOf(key);
    const before = part.size;
    part.set(key, value);
    if (part.size === before) return false;
    this.#size += 1;
    if (this.#size > PART_SIZE * this.#parts.length) this.#split();
    return true;
  }

  delete(key: string): void {
    if (this.#partOf(key).delete(key)) this.#size -= 1;
  }

  *keys(): Iterable<string> {
    for (const part of this.#parts) yield* part.keys();
  }

  *entries(): Iterable<[string, T]> {
    for (const part of this.#parts) yield* part;
  }

  #partOf(key: string): Map<string, T> {
    const hash = hashOf(key);
    const at = hash & (this.#round - 1);
    // What was split already in this round is told apart by one bit more.
    const isSplit = at < this.#parts.length - this.#round;
    return this.#parts[isSplit ? hash & (2 * this.#round - 1) : at]!;
  }

  /** Half of the first part that is not split yet goes into a new one. */
  #split(): void {
    const from = this.#parts.length - this.#round;
    const [stay, go] = [new Map<string, T>(), new Map<string, T>()];
    for (const [key, value] of this.#parts[from]!) {
      ((hashOf(key) & this.#round) === 0 ? stay : go).set(key, value);
    }
    this.#parts[from] = stay;
    this.#parts.push(go);
    if (this.#parts.length === 2 * this.#round) this.#round *= 2;
  }
}

/**
 * Of all but the last two characters: a hundred ids that are counted one after the other, as they mostly come, are
 * neighbours in one part, and no more keys than two characters tell apart are ever kept together.
 */
function hashOf(key: string): number {
  let hash = key.length;
  for (let i = key.length - 3; i >= 0; i -= 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
