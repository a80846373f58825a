/**
 * When a vehicle will be at its stops. It asks for a window that begins a little after it should be there: companies let a
 * vehicle begin a quarter of an hour early and as much late, so the middle of what they allow is where it aims.
 */
import type { PlannedStop } from './pick-stops.js';
import { driveMs, type WindowRules } from './window.js';

/** What companies allow unless they say otherwise. */
export const EARLY_MS = 15 * 60_000;
export const LATE_MS = 15 * 60_000;

export interface WantedWindow {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface ScheduleRules extends WindowRules {
  /** How long after the expected arrival a window begins: what the network and the road may take longer than thought. */
  readonly slackMs: number;
}

/** A window for each stop, in order, for a vehicle that leaves `fromMetres` at `nowMs`. */
export function scheduleStops(
  stops: readonly PlannedStop[],
  fromMetres: number,
  nowMs: number,
  { slackMs, graceMs, marginMs, speedKmh }: ScheduleRules,
): readonly WantedWindow[] {
  let metres = fromMetres;
  let atMs = nowMs;
  return stops.map(({ point, chargeMs }) => {
    atMs += driveMs(point.metres - metres, speedKmh);
    metres = point.metres;
    const startMs = atMs + slackMs;
    atMs = Math.max(atMs, startMs - EARLY_MS) + chargeMs + graceMs;
    return { pointId: point.id, startMs, endMs: startMs + LATE_MS + chargeMs + graceMs + marginMs };
  });
}
