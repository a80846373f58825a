/**
 * Time as the doors need it, handed in: real milliseconds, whatever speed the mesh's clock runs at.
 */
export interface Timers {
  /** Milliseconds since some start; never goes back. */
  nowMs(): number;
  /** Runs `action` once after `delayMs`; the function returned cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** Timers of the process; what only waits does not keep it alive. */
export const REAL_TIMERS: Timers = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
