/**
 * How long to wait before the next try: doubles from a base up to a cap, half of it by chance, so that peers
 * that failed together do not come back together.
 */
export class Backoff {
  #failures = 0;
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to, not including, 1. */
  constructor(options: { baseMs: number; capMs: number; random: () => number }) {
    this.#baseMs = options.baseMs;
    this.#capMs = options.capMs;
    this.#random = options.random;
  }

  /** Counts a failure and says how many milliseconds to wait: from half of the step to the whole of it. */
  nextMs(): number {
    const stepMs = Math.min(this.#capMs, this.#baseMs * 2 ** this.#failures);
    // Once the step has reached its cap more failures change nothing, and 2 ** n must not overflow.
    if (stepMs < this.#capMs) this.#failures += 1;
    return (stepMs / 2) * (1 + this.#random());
  }

  /** It worked: the next failure starts from the base again. */
  reset(): void {
    this.#failures = 0;
  }
}
