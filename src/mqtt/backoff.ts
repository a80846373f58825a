/**
 * How long to wait before dialling again: doubles up to a cap, with jitter so that nodes do not dial in step.
 */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Chance, handed in: uniform in [0, 1). */
  readonly random: () => number;
}

/** The delay before attempt `attempt` (from 0), in milliseconds: between half of the doubled base and all of it. */
export function delayBefore(attempt: number, { baseMs, capMs, random }: Backoff): number {
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceilingMs / 2 + random() * (ceilingMs / 2));
}
