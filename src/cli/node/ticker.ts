/**
 * Beats Raft's clock. A beat is decided one `setImmediate` after its timer, so that messages that waited in the
 * socket during an event-loop stall are read first; beats missed in a stall are not made up for. Together they
 * keep a stall from looking like a dead leader.
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
    this.timer = setTimeout(() => {
      setImmediate(() => {
        if (this.timer === null) return;
        this.tick();
        // Aim at the next beat on the grid, skipping those that a stall swallowed.
        const late = Math.floor((performance.now() - atMs) / this.tickMs);
        this.arm(atMs + (1 + Math.max(0, late)) * this.tickMs);
      });
    }, delayMs);
  }
}
