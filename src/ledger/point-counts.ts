/**
 * How many points there are of each status: followed point by point, so that nobody has to count them all.
 */
import type { PointStatus } from './terms.js';

export class PointCounts {
  readonly #counts: Record<PointStatus, number> = {
    available: 0,
    occupied: 0,
    faulted: 0,
    offline: 0,
    maintenance: 0,
  };

  /** A point came (`before` undefined), changed, or went (`after` undefined). */
  follow(before: PointStatus | undefined, after: PointStatus | undefined): void {
    if (before !== undefined) this.#counts[before] -= 1;
    if (after !== undefined) this.#counts[after] += 1;
  }

  /** As of now; later changes do not show. */
  now(): Readonly<Record<PointStatus, number>> {
    return { ...this.#counts };
  }
}
