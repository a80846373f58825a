/**
 * What a vehicle uses and what it takes: a deliberately plain model, on the safe side of a driver's own numbers.
 *
 * Up to `FAST_SHARE` of the battery it charges with the lesser power of vehicle and point, beyond it with a third of that:
 * fast chargers taper off there.
 */

export interface VehicleModel {
  readonly batteryWh: number;
  readonly whPerKm: number;
  /** What it takes at most from a charger. */
  readonly chargeWattsMax: number;
}

export const FAST_SHARE = 0.8;
const SLOW_DIVISOR = 3;

const HOUR_MS = 3_600_000;

/** Watt-hours that so many metres take. */
export function driveWh({ whPerKm }: VehicleModel, metres: number): number {
  return (whPerKm * metres) / 1_000;
}

/** Milliseconds to charge from one energy to a higher one at a point of so many watts. */
export function chargeMs(vehicle: VehicleModel, pointWatts: number, fromWh: number, toWh: number): number {
  const watts = Math.min(vehicle.chargeWattsMax, pointWatts);
  const fastEndWh = vehicle.batteryWh * FAST_SHARE;
  const fastWh = Math.max(0, Math.min(toWh, fastEndWh) - fromWh);
  const slowWh = Math.max(0, toWh - Math.max(fromWh, fastEndWh));
  return ((fastWh + slowWh * SLOW_DIVISOR) / watts) * HOUR_MS;
}
