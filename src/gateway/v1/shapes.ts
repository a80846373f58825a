/**
 * The ledger's things as v1 shows them: English keys, RFC 3339 times, kilometres, kilowatts and degrees.
 */
import type { PointView, RouteView } from '../../ledger/query.js';
import type { Reservation } from '../../ledger/state.js';

/** `free` says whether the point could be reserved from now on for the documented window. */
export function v1Point({ point, free }: PointView): object {
  return {
    id: point.id,
    place: point.place,
    company: point.company,
    latitude: point.latitudeMicrodegrees / 1e6,
    longitude: point.longitudeMicrodegrees / 1e6,
    connector: point.connector,
    powerKw: point.powerWatts / 1000,
    status: point.status,
    free,
  };
}

/** `legsKm` between the points shown, one fewer than points. */
export function v1Route({ route, points, legMetres }: RouteView): object {
  return {
    id: route.id,
    name: route.name,
    company: route.company,
    points: points.map(v1Point),
    legsKm: legMetres.map((metres) => metres / 1000),
  };
}

/** Windows are half open: `end` is the first instant that is free again. */
export function v1Reservation({ id, holder, state, stops }: Reservation): object {
  return {
    id,
    vehicleId: holder,
    state,
    stops: stops.map((stop) => ({
      pointId: stop.pointId,
      start: new Date(stop.startMs).toISOString(),
      end: new Date(stop.endMs).toISOString(),
      state: stop.state,
    })),
  };
}

/** A list is always one page today: what it lists is bounded by what the companies registered. */
export function v1List(items: readonly object[]): object {
  return { items, nextPageToken: null };
}
