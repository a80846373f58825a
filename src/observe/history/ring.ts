/**
 * Samples of the last hours in memory: one row for each moment of sampling, in a ring of fixed size.
 *
 * A row's place follows from its time alone, so that whoever writes it down needs no other pointer; a row that is older
 * than the ring is long is not shown.
 */

export interface RingShape {
  /** Values of a row. */
  readonly width: number;
  /** Rows. */
  readonly length: number;
  readonly everyMs: number;
}

/** A row: the moment, a multiple of `everyMs` since 1970, and its values, NaN where one is not known. */
export interface Row {
  readonly atMs: number;
  readonly values: Float64Array;
}

export class Ring {
  private readonly times: Float64Array;
  private readonly cells: Float64Array;

  constructor(readonly shape: RingShape) {
    this.times = new Float64Array(shape.length).fill(Number.NaN);
    this.cells = new Float64Array(shape.length * shape.width).fill(Number.NaN);
  }

  /** Where the row of `atMs` is kept; another time later takes the same place. */
  slotOf(atMs: number): number {
    return Math.floor(atMs / this.shape.everyMs) % this.shape.length;
  }

  put({ atMs, values }: Row): void {
    const slot = this.slotOf(atMs);
    this.times[slot] = atMs;
    this.cells.set(values, slot * this.shape.width);
  }

  /** For each step of `[fromMs, toMs)` the mean of what column `at` has in it; null where nothing is known. */
  means(
    at: number,
    { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
  ): (number | null)[] {
    const { everyMs, width } = this.shape;
    const means: (number | null)[] = [];
    for (let beginMs = fromMs; beginMs < toMs; beginMs += stepMs) {
      let sum = 0;
      let known = 0;
      for (let atMs = beginMs; atMs < beginMs + stepMs; atMs += everyMs) {
        const slot = this.slotOf(atMs);
        const value = this.times[slot] === atMs ? this.cells[slot * width + at]! : Number.NaN;
        if (Number.isNaN(value)) continue;
        sum += value;
        known += 1;
      }
      means.push(known === 0 ? null : sum / known);
    }
    return means;
  }
}
