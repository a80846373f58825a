/**
 * Numbers in ascending order, for lists that are read page by page. They come mostly in order, but as the text of rows is
 * sorted when a state is loaded, and go in any order.
 *
 * They are kept in pieces of bounded length, always sorted, so that nothing is put off and no call has to make up for
 * others: adding and removing are O(log n + PIECE_MAX), a page is O(log n + what it looks at).
 */
import { PAGE_EXAMINED_MAX } from './limits.js';

const PIECE_MAX = 512;
const PIECE_HALF = 256;
/** A shorter one is joined with the next, where both are short. */
const PIECE_SHORT = 128;

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins: after this number; null when there is nothing more. */
  readonly after: number | null;
}

export class OrderedIds {
  /** None empty; all numbers of one before all of the next. */
  #pieces: number[][] = [];
  #length = 0;
  /** Where the last one was added: the next one most likely belongs there, too. */
  #recent = 0;

  /** Of numbers in ascending order. */
  static of(numbers: readonly number[]): OrderedIds {
    const ids = new OrderedIds();
    for (let at = 0; at < numbers.length; at += PIECE_MAX)
      ids.#pieces.push(numbers.slice(at, at + PIECE_MAX));
    ids.#length = numbers.length;
    return ids;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a number that is not there. */
  add(id: number): void {
    this.#length += 1;
    const at = this.#pieceOf(id);
    this.#recent = at;
    const piece = this.#pieces[at];
    // No more room than it takes: most lists are short, and there is one for each holder.
    if (piece === undefined) this.#pieces = [[id]];
    else if (piece.length < PIECE_MAX) insert(piece, id);
    else if (id > piece.at(-1)!) this.#addBehind(at, id);
    else {
      const upper = piece.splice(PIECE_HALF);
      this.#pieces.splice(at + 1, 0, upper);
      insert(id < upper[0]! ? piece : upper, id);
    }
  }

  /** Takes out a number. Throws when it is not there. */
  remove(id: number): void {
    const at = this.#pieceOf(id);
    const piece = this.#pieces[at] ?? [];
    const place = firstAbove(piece, id) - 1;
    if (piece[place] !== id) throw new Error(`assertion: ${id} is not in the list`);
    this.#length -= 1;
    piece.splice(place, 1);
    if (piece.length === 0) this.#pieces.splice(at, 1);
    else if (piece.length < PIECE_SHORT) this.#joinWithNext(at);
  }

  /**
   * Up to `limit` of what `pick` makes of the numbers above `after`, those aside for which it makes null. At most
   * `PAGE_EXAMINED_MAX` are looked at, so a page may be short, or empty, and yet not the last.
   */
  page<T>(after: number, limit: number, pick: (id: number) => T | null): Page<T> {
    const items: T[] = [];
    let examined = 0;
    let last = after;
    for (const id of this.above(after)) {
      if (items.length === limit || examined === PAGE_EXAMINED_MAX) return { items, after: last };
      examined += 1;
      last = id;
      const item = pick(id);
      if (item !== null) items.push(item);
    }
    return { items, after: null };
  }

  /** The numbers above `after`, in order. Not to be walked while they change. */
  *above(after: number): Iterable<number> {
    let at = this.#pieceOf(after);
    let from = firstAbove(this.#pieces[at] ?? [], after);
    for (; at < this.#pieces.length; at += 1) {
      const piece = this.#pieces[at]!;
      for (; from < piece.length; from += 1) yield piece[from]!;
      from = 0;
    }
  }

  /** Behind all of a full piece and before all of the next: numbers that come in order fill one piece after the other. */
  #addBehind(at: number, id: number): void {
    const next = this.#pieces[at + 1];
    if (next !== undefined && next.length < PIECE_MAX) next.unshift(id);
    else this.#pieces.splice(at + 1, 0, [id]);
  }

  #joinWithNext(at: number): void {
    const piece = this.#pieces[at]!;
    const next = this.#pieces[at + 1];
    if (next === undefined || piece.length + next.length > PIECE_HALF) return;
    this.#pieces.splice(at, 2, [...piece, ...next]);
  }

  /** The last piece that begins at or before the number; the first when there is none. */
  #pieceOf(id: number): number {
    const recent = this.#pieces[this.#recent];
    const next = this.#pieces[this.#recent + 1];
    if (recent !== undefined && recent[0]! <= id && (next === undefined || next[0]! > id))
      return this.#recent;
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pieces[middle]![0]! > id) high = middle;
      else low = middle + 1;
    }
    return low === 0 ? 0 : low - 1;
  }
}

function insert(piece: number[], id: number): void {
  if (id > piece.at(-1)!) piece.push(id);
  else piece.splice(firstAbove(piece, id), 0, id);
}

/** Where the first number above `id` is; the length when there is none. */
function firstAbove(piece: readonly number[], id: number): number {
  let low = 0;
  let high = piece.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (piece[middle]! > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
