/**
 * Term and row CRC of every entry that the log holds, 12 bytes each, with those of the base in front: what the
 * core asks for at every append, without a look at the disk.
 */
export class LogIndex {
  #base: number;
  /** How many are held, the base included. */
  #count = 1;
  #terms = new Float64Array(1024);
  #crcs = new Uint32Array(1024);

  /** An empty log that begins after `base`; `anchor` stands for the CRC at the base. */
  constructor(base: number, term: number, anchor: number) {
    this.#base = base;
    this.#terms[0] = term;
    this.#crcs[0] = anchor;
  }

  get base(): number {
    return this.#base;
  }

  /** The index of the last entry; the base when there is none. */
  get last(): number {
    return this.#base + this.#count - 1;
  }

  /** The term at `index`; undefined below the base and above the last. */
  term(index: number): number | undefined {
    return index >= this.#base && index <= this.last ? this.#terms[index - this.#base] : undefined;
  }

  /** The row CRC at `index`; undefined below the base and above the last. */
  crc(index: number): number | undefined {
    return index >= this.#base && index <= this.last ? this.#crcs[index - this.#base] : undefined;
  }

  /** Adds the entry after the last. */
  push(term: number, crc: number): void {
    if (this.#count === this.#terms.length) this.#grow();
    this.#terms[this.#count] = term;
    this.#crcs[this.#count] = crc;
    this.#count += 1;
  }

  /** Forgets all entries above `last`, which must not be below the base. */
  truncate(last: number): void {
    if (last < this.#base)
      throw new Error(`bug: truncating the log to ${last}, below its base ${this.#base}`);
    this.#count = Math.min(this.#count, last - this.#base + 1);
  }

  /** Moves the base up to an entry that is held; those above it stay. */
  moveBase(index: number): void {
    if (index < this.#base || index > this.last)
      throw new Error(`bug: no entry ${index} to move the base to`);
    const dropped = index - this.#base;
    this.#terms.copyWithin(0, dropped, this.#count);
    this.#crcs.copyWithin(0, dropped, this.#count);
    this.#count -= dropped;
    this.#base = index;
  }

  #grow(): void {
    const terms = new Float64Array(this.#terms.length * 2);
    const crcs = new Uint32Array(this.#crcs.length * 2);
    terms.set(this.#terms);
    crcs.set(this.#crcs);
    this.#terms = terms;
    this.#crcs = crcs;
  }
}
