/**
 * A list that may become large, taken from and added to at its end. A plain one that grows moves all of its items at once,
 * which takes more than ten milliseconds for a million of them; this one is many small ones.
 */
const PIECE_BITS = 10;
const PIECE_LENGTH = 1 << PIECE_BITS;

export class BigList<T> {
  /** All but the last one full. */
  readonly #pieces: T[][] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Undefined where there is none. */
  get(at: number): T | undefined {
    return this.#pieces[at >> PIECE_BITS]?.[at & (PIECE_LENGTH - 1)];
  }

  /** Puts an item in the place of one that is there. */
  set(at: number, item: T): void {
    this.#pieces[at >> PIECE_BITS]![at & (PIECE_LENGTH - 1)] = item;
  }

  push(item: T): void {
    if ((this.#length & (PIECE_LENGTH - 1)) === 0) this.#pieces.push([]);
    this.#pieces[this.#pieces.length - 1]!.push(item);
    this.#length += 1;
  }

  /** The last item, which goes; undefined when there is none. */
  pop(): T | undefined {
    const last = this.#pieces[this.#pieces.length - 1];
    if (last === undefined) return undefined;
    const item = last.pop();
    if (last.length === 0) this.#pieces.pop();
    this.#length -= 1;
    return item;
  }
}
