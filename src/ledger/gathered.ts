/**
 * Records of numbers that belong to names, gathered in any order and then handed out name by name. What comes in an order
 * that is no help is sorted once instead of put into its place each time, and what is built of it gets the size that it
 * has.
 *
 * One record after the other is all that is written while they come, in pieces that never move.
 */
const PIECE_RECORDS = 16_384;

/** Names, numbered as they come. */
export class Names {
  /** Plain: nobody waits while it grows. */
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#numbers.set(name, number);
    this.#names.push(name);
    return number;
  }

  /** The text that was given first for this name; undefined for a name that is none of them. */
  known(name: string): string | undefined {
    const number = this.#numbers.get(name);
    return number === undefined ? undefined : this.#names[number];
  }

  at(number: number): string {
    return this.#names[number]!;
  }
}

interface Piece {
  readonly owners: Int32Array;
  readonly numbers: Float64Array;
}

export class Gathered {
  readonly #width: 1 | 3;
  readonly #pieces: Piece[] = [];
  #size = 0;

  /** `width`: numbers of a record. */
  constructor(width: 1 | 3) {
    this.#width = width;
  }

  /** A record of the name with this number; of its numbers those that its width has room for. */
  add(owner: number, first: number, second = 0, third = 0): void {
    const within = this.#size % PIECE_RECORDS;
    if (within === 0) this.#pieces.push(emptyPiece(this.#width));
    const { owners, numbers } = this.#pieces[this.#pieces.length - 1]!;
    const at = within * this.#width;
    this.#size += 1;
    owners[within] = owner;
    numbers[at] = first;
    if (this.#width === 1) return;
    numbers[at + 1] = second;
    numbers[at + 2] = third;
  }

  /** For each of the first `names` names its records, in the order in which they came; empty ones, too. */
  *byOwner(names: number): Iterable<Float64Array> {
    const begins = this.#beginnings(names);
    const sorted = this.#inOrder(begins.slice());
    for (let owner = 0; owner < names; owner += 1) yield sorted.subarray(begins[owner], begins[owner + 1]);
  }

  /** Where the numbers of each name will begin, and behind the last one where they end. */
  #beginnings(names: number): Float64Array {
    const begins = new Float64Array(names + 1);
    let left = this.#size;
    for (const { owners } of this.#pieces) {
      const count = Math.min(left, PIECE_RECORDS);
      for (let n = 0; n < count; n += 1) begins[owners[n]! + 1]! += this.#width;
      left -= count;
    }
    for (let owner = 1; owner <= names; owner += 1) begins[owner]! += begins[owner - 1]!;
    return begins;
  }

  /** `places`: where the next record of each name goes; used up. */
  #inOrder(places: Float64Array): Float64Array {
    const width = this.#width;
    const sorted = new Float64Array(this.#size * width);
    let left = this.#size;
    for (const { owners, numbers } of this.#pieces) {
      const count = Math.min(left, PIECE_RECORDS);
      for (let n = 0; n < count; n += 1) {
        const owner = owners[n]!;
        const place = places[owner]!;
        for (let column = 0; column < width; column += 1)
          sorted[place + column] = numbers[n * width + column]!;
        places[owner] = place + width;
      }
      left -= count;
    }
    return sorted;
  }
}

function emptyPiece(width: number): Piece {
  return { owners: new Int32Array(PIECE_RECORDS), numbers: new Float64Array(PIECE_RECORDS * width) };
}
