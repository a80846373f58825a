/** Waiting between attempts against a network that fails: doubling, capped, with jitter, in real time. */
import type { VehicleClock } from './clock.js';
import type { Random } from './random.js';

export interface BackOffRules {
  readonly base: number;
  readonly cap: number;
}

/** Real milliseconds before attempt `attempt` (the first repeat is 1): half fixed, half drawn. */
export function backOffRealMs(attempt: number, rules: BackOffRules, random: Random): number {
  const full = Math.min(rules.cap, rules.base * 2 ** Math.min(attempt - 1, 20));
  return full / 2 + (random.next() * full) / 2;
}

/** Sleeps real time on a scaled clock. Rejects when `signal` aborts. */
export function sleepRealMs(clock: VehicleClock, realMs: number, signal: AbortSignal): Promise<void> {
  return clock.sleep(realMs * clock.speed, signal);
}
