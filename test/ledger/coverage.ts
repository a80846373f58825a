/**
 * What random commands met, so that a property over things that never happen is noticed. Chance must not decide whether
 * it is: what has to be met is counted over commands of one seed, which are the same each time, and the property is
 * tried on fresh ones besides.
 */
import fc from 'fast-check';
import { expect } from 'vitest';

const SEED = 20_260_101;

export class Coverage {
  readonly #seen = new Map<string, number>();

  saw(what: string, times = 1): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + times);
  }

  /** Holds the property `numRuns` times on the known commands, by which each of `all` must be seen, then on fresh ones. */
  check<T>(property: fc.IProperty<T>, numRuns: number, all: readonly string[], timesMin = 1): void {
    fc.assert(property, { numRuns, seed: SEED });
    for (const what of all) expect(this.#seen.get(what) ?? 0, what).toBeGreaterThanOrEqual(timesMin);
    fc.assert(property, { numRuns: Math.ceil(numRuns / 3) });
  }
}
