/**
 * A node's two clocks: both may run a little fast or slow, and only the wall clock jumps.
 */
import type { Clock } from '../../src/replica/ports.js';

/** What the wall clocks show at the beginning, when they are right: milliseconds since 1970. */
export const EPOCH_MS = 1_800_000_000_000;

export class NodeClock implements Clock {
  readonly speed = 1;
  /** How far the wall clock was put ahead, in milliseconds; negative: back. */
  jumpedMs = 0;
  /** When the present process began: its monotonic clock counts from somewhere before. */
  private startUs = 0;
  private startMs = 0;
  private readonly rate: number;

  /**
   * `epochMs`: what a wall clock that is right showed at the beginning, as it is reckoned now. `driftPpm`: millionths by
   * which both clocks run fast; negative: slow.
   */
  constructor(
    private readonly trueUs: () => number,
    private readonly epochMs: () => number,
    driftPpm: number,
  ) {
    this.rate = 1 + driftPpm / 1_000_000;
  }

  /** A process begins, and with it a monotonic clock that shows `startMs`. */
  restart(startMs: number): void {
    this.startUs = this.trueUs();
    this.startMs = startMs;
  }

  /** Sets the wall clock right; it goes on as fast as before. */
  setRight(): void {
    this.jumpedMs = -(this.trueUs() / 1_000) * (this.rate - 1);
  }

  wallMs(): number {
    return this.epochMs() + this.jumpedMs + (this.trueUs() / 1_000) * this.rate;
  }

  monotonicMs(): number {
    return this.startMs + ((this.trueUs() - this.startUs) / 1_000) * this.rate;
  }

  /** True microseconds that pass while this clock counts `us`. */
  trueSpan(us: number): number {
    return Math.round(us / this.rate);
  }
}
