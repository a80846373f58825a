/** Lets clients begin at most so many attempts a second, all of them together: that bounds the history of a run. */
import { setTimeout as wait } from 'node:timers/promises';

export class Pacer {
  #nextMs = performance.now();

  constructor(private readonly everyMs: number) {}

  /** Resolves when it is the caller's turn. What was not used is not saved up. */
  async turn(): Promise<void> {
    const nowMs = performance.now();
    const turnMs = Math.max(this.#nextMs, nowMs);
    this.#nextMs = turnMs + this.everyMs;
    if (turnMs > nowMs) await wait(turnMs - nowMs);
  }
}
