/** A set of small whole numbers that is never changed: `with` and `without` give another one. */
export class Bits {
  static readonly NONE = new Bits(new Uint32Array(0));

  private constructor(private readonly words: Uint32Array) {}

  has(bit: number): boolean {
    return ((this.words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  with(bit: number): Bits {
    const words = new Uint32Array(Math.max(this.words.length, (bit >>> 5) + 1));
    words.set(this.words);
    words[bit >>> 5]! |= 1 << (bit & 31);
    return new Bits(words);
  }

  without(bit: number): Bits {
    if (!this.has(bit)) return this;
    const words = this.words.slice();
    words[bit >>> 5]! &= ~(1 << (bit & 31));
    return new Bits(words);
  }

  /** Whether every number of this set is in the other one too. */
  isWithin(other: Bits): boolean {
    return this.words.every((word, i) => (word & ~(other.words[i] ?? 0)) === 0);
  }

  /** One text for equal sets. */
  text(): string {
    let last = this.words.length;
    while (last > 0 && this.words[last - 1] === 0) last -= 1;
    return this.words.subarray(0, last).join('.');
  }
}
