/**
 * The Clock port over the machine's clocks, in real time or scaled: a demo lets hours pass in seconds, with one
 * epoch for all nodes and vehicles so that their clocks agree.
 */
import type { Clock } from '../../replica/ports.js';

export interface ClockScale {
  readonly speed: number;
  /** Real time, milliseconds since 1970, at which the scaled clock shows `epochMs`. */
  readonly realEpochMs: number;
  readonly epochMs: number;
}

const REAL_TIME: ClockScale = { speed: 1, realEpochMs: 0, epochMs: 0 };

export function systemClock({ speed, realEpochMs, epochMs }: ClockScale = REAL_TIME): Clock {
  return {
    speed,
    wallMs: () => epochMs + (Date.now() - realEpochMs) * speed,
    monotonicMs: () => performance.now() * speed,
  };
}
