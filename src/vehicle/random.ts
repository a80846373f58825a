/** Chance, handed in: the same seed gives the same draws on every machine. */

export interface Random {
  /** At least 0, less than 1. */
  next(): number;
}

/** A generator with 32 bits of state (an additive counter through a mixer): good enough for drivers' whims, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
    },
  };
}

/** An independent generator whose seed is the next draw of this one. */
export function fork(random: Random): Random {
  return seededRandom(Math.floor(random.next() * 2 ** 32));
}

/** A number in `[min, max)`. */
export function between(random: Random, min: number, max: number): number {
  return min + random.next() * (max - min);
}

/** One of a list, which must not be empty. */
export function pickOne<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new Error('bug: nothing to pick from');
  return list[Math.floor(random.next() * list.length)]!;
}

/** The list in a drawn order. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
