/**
 * Beats Raft's clock, so that a stall of the event loop does not look like a dead leader.
 *
 * 1. A beat is decided once the loop came round after its timer: messages that waited in the socket during a stall are
 *    read first. If there was another stall on that round, they may have come since, and it goes round once more.
 * 2. Beats that were missed in a stall are not made up for.
 */
export class Ticker {
  private timer: NodeJS.Timeout | null = null;

  /** Starts at once; `tickMs` in real milliseconds. */
  constructor(
    private readonly tick: () => void,
    private readonly tickMs: number,
  ) {
    this.arm(performance.now() + tickMs);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private arm(atMs: number): void {
    const delayMs = Math.max(0, atMs - performance.now());
    this.timer = setTimeout(() => this.comeRound(atMs, performance.now(), ROUNDS_MAX), delayMs);
  }

  /** An immediate runs after the sockets were read, but not after what other immediates of its round hold up. */
  private comeRound(atMs: number, sinceMs: number, roundsLeft: number): void {
    setImmediate(() => {
      if (this.timer === null) return;
      const nowMs = performance.now();
      const stalled = nowMs - sinceMs > this.tickMs * STALL_TICKS;
      if (stalled && roundsLeft > 1) this.comeRound(atMs, nowMs, roundsLeft - 1);
      else this.beat(atMs);
    });
  }

  private beat(atMs: number): void {
    this.tick();
    // Aim at the next beat on the grid, skipping those that a stall swallowed.
    const late = Math.floor((performance.now() - atMs) / this.tickMs);
    this.arm(atMs + (1 + Math.max(0, late)) * this.tickMs);
  }
}

/** What counts as a stall, in ticks. */
const STALL_TICKS = 0.25;
/** A loop that is never quick must still beat, or a leader would fall silent. */
const ROUNDS_MAX = 3;
