/**
 * Where to charge on the way. Of all plans that are possible it takes one with the fewest stops, and of those one with the
 * least time at the posts; null when there is none.
 *
 * 1. The battery is never planned below `reserveWh`, nor below `arrivalWh` at the end of the road, nor above `capacityWh`.
 * 2. Every stop has a connector that fits, is not avoided, and charges no longer than `chargeMsMax`.
 * 3. At each stop just so much is charged as the way to the next one, or to the end, needs.
 */
import { useWh } from './battery.js';
import type { Road, RoadPoint } from './road.js';

export interface PickRequest {
  readonly road: Road;
  /** Where the vehicle is on it. A point right there can be a stop. */
  readonly fromMetres: number;
  readonly batteryWh: number;
  readonly capacityWh: number;
  /** What the plan reckons with: rated consumption and a margin. */
  readonly whPerKm: number;
  readonly reserveWh: number;
  /** Least energy at the end of the road; not below `reserveWh`. */
  readonly arrivalWh: number;
  /** Connectors that fit. */
  readonly connectors: readonly string[];
  /** Ids of points not to stop at: not free, or refused a moment ago. */
  readonly avoid: ReadonlySet<string>;
  /** How long that much takes there. */
  readonly chargeMs: (energyWh: number, point: RoadPoint) => number;
  /** The longest charge that fits a window. */
  readonly chargeMsMax: number;
}

export interface PlannedStop {
  readonly point: RoadPoint;
  /** Energy on arrival and to leave with, as planned. */
  readonly arriveWh: number;
  readonly departWh: number;
  readonly chargeMs: number;
}

/** A plan up to a stop, whose own charge is decided by where the vehicle goes from there. */
interface Partial {
  readonly stops: readonly PlannedStop[];
  readonly at: RoadPoint;
  readonly arriveWh: number;
  readonly totalMs: number;
}

export function pickStops(request: PickRequest): readonly PlannedStop[] | null {
  const { road, fromMetres, batteryWh, reserveWh, arrivalWh } = request;
  const end = road.points.at(-1)!;
  const use = (from: number, to: number) => useWh(to - from, request.whPerKm, 1);
  if (batteryWh - use(fromMetres, end.metres) >= arrivalWh) return [];

  const candidates = road.points.filter(
    (point) =>
      point.metres >= fromMetres &&
      point.metres < end.metres &&
      request.connectors.includes(point.connector) &&
      !request.avoid.has(point.id),
  );
  // One layer a number of stops. Of the partial plans that end at the same stop the quickest is enough: past its first
  // stop a plan without a needless one arrives everywhere with the reserve and no more.
  let layer: Partial[] = candidates
    .map((at) => ({ stops: [], at, arriveWh: batteryWh - use(fromMetres, at.metres), totalMs: 0 }))
    // Where it stands already it may charge however little is left.
    .filter(({ at, arriveWh }) => at.metres === fromMetres || arriveWh >= reserveWh);
  while (layer.length > 0) {
    const whole = quickest(layer.map((partial) => goOn(request, partial, end, arrivalWh)));
    if (whole !== null) return whole.stops;
    const next: Partial[] = [];
    for (const to of candidates) {
      const best = quickest(
        layer
          .filter((partial) => partial.at.metres < to.metres)
          .map((partial) => goOn(request, partial, to, reserveWh)),
      );
      if (best !== null) next.push(best);
    }
    layer = next;
  }
  return null;
}

/** The plan with a charge at its last stop that reaches `to` with `floorWh` left; null if no charge there can or need do that. */
function goOn(request: PickRequest, partial: Partial, to: RoadPoint, floorWh: number): Partial | null {
  const { at, arriveWh } = partial;
  const departWh = floorWh + useWh(to.metres - at.metres, request.whPerKm, 1);
  // A stop that needs no charge is no stop: a plan with fewer exists.
  if (departWh > request.capacityWh || departWh <= arriveWh) return null;
  const chargeMs = request.chargeMs(departWh - arriveWh, at);
  if (chargeMs > request.chargeMsMax) return null;
  return {
    stops: [...partial.stops, { point: at, arriveWh, departWh, chargeMs }],
    at: to,
    arriveWh: floorWh,
    totalMs: partial.totalMs + chargeMs,
  };
}

function quickest(partials: readonly (Partial | null)[]): Partial | null {
  let best: Partial | null = null;
  for (const partial of partials) {
    if (partial !== null && (best === null || partial.totalMs < best.totalMs)) best = partial;
  }
  return best;
}
