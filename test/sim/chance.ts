/**
 * Chance from a seed, the only one in a simulation: the same seed gives the same numbers on every machine.
 * Each part of the world has a stream of its own (`fork`), so that a draw in one does not move the others.
 */
export class Chance {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 2 ** 32) | 0;
    this.c = 0x6d616c68;
    // The seeds that people use are small and alike: stirred until their first numbers are not.
    for (let round = 0; round < 16; round += 1) this.next();
  }

  /** A stream of its own that depends on this one's state. */
  fork(): Chance {
    return new Chance(this.next() * 2 ** 21 + (this.next() >>> 11));
  }

  /** An integer in [0, bound); `bound` from 1 to 2^32. */
  below(bound: number): number {
    return this.next() % bound;
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True `perMillion` times in a million. */
  hits(perMillion: number): boolean {
    return perMillion > 0 && this.next() % 1_000_000 < perMillion;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** `count` of `items`, in random order. */
  some<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    return Array.from({ length: count }, () => rest.splice(this.below(rest.length), 1)[0]!);
  }

  /** sfc32: three words of state and a counter, so that no stream is short. An integer in [0, 2^32). */
  private next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
