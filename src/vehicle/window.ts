/**
 * What fits a window. A documented reservation covers a fixed time from now on, so a vehicle reserves only the stops that it can
 * reach and leave within it; a later one has to wait until the vehicle is near enough.
 */
import type { PlannedStop } from './pick-stops.js';

export interface WindowRules {
  /** Length of a window. */
  readonly windowMs: number;
  /** Left unplanned at the end of a window, for what takes longer than thought. */
  readonly marginMs: number;
  /** Time from the end of a charge until the point is free. */
  readonly graceMs: number;
  /** What plans reckon with. */
  readonly speedKmh: number;
}

/** Time that `metres` take at the planned speed. */
export function driveMs(metres: number, speedKmh: number): number {
  return Math.ceil((metres * 3_600) / speedKmh);
}

/** The longest charge that fits a window when the vehicle stands at the point already. */
export function chargeMsMax(rules: WindowRules): number {
  return rules.windowMs - rules.marginMs - rules.graceMs;
}

/** How many of the planned stops, from the first on, can be reached and left within a window that begins now. */
export function stopsWithinWindow(
  stops: readonly PlannedStop[],
  fromMetres: number,
  rules: WindowRules,
): number {
  let metres = fromMetres;
  let elapsedMs = 0;
  let count = 0;
  for (const { point, chargeMs } of stops) {
    elapsedMs += driveMs(point.metres - metres, rules.speedKmh) + chargeMs + rules.graceMs;
    if (elapsedMs > rules.windowMs - rules.marginMs) break;
    metres = point.metres;
    count += 1;
  }
  return count;
}

/** How far along the road the vehicle must be before the stop fits a window that begins there. */
export function reservableFromMetres(stop: PlannedStop, rules: WindowRules): number {
  const spareMs = chargeMsMax(rules) - stop.chargeMs;
  // Rounded towards the stop, and `driveMs` rounds up: one metre nearer is certain to fit.
  const reach = Math.max(0, Math.floor((spareMs * rules.speedKmh) / 3_600) - 1);
  return Math.max(0, stop.point.metres - reach);
}
