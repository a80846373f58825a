/**
 * The road of a trip: the points of one route from where the trip begins to where it ends, in driving order, each with
 * its distance from the beginning. A route can be driven either way.
 */

/** A point as `GET /v1/routes` describes it. */
export interface RoutePoint {
  readonly id: string;
  readonly place: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly connector: string;
  readonly powerKw: number;
  readonly free: boolean;
}

export interface Route {
  readonly id: string;
  readonly name: string;
  readonly points: readonly RoutePoint[];
  /** From each point to the next: one fewer than points. */
  readonly legsKm: readonly number[];
}

export interface RoadPoint extends RoutePoint {
  /** From the beginning of the road; never falls. */
  readonly metres: number;
}

export interface Road {
  readonly routeId: string;
  readonly routeName: string;
  /** At least two. */
  readonly points: readonly RoadPoint[];
}

/** The road from one point of a route to another, against the route's order where need be; null if either is not on it. */
export function roadBetween(route: Route, fromId: string, toId: string): Road | null {
  const from = route.points.findIndex((point) => point.id === fromId);
  const to = route.points.findIndex((point) => point.id === toId);
  if (from < 0 || to < 0 || from === to) return null;
  const step = from < to ? 1 : -1;
  const points: RoadPoint[] = [];
  let metres = 0;
  for (let at = from; ; at += step) {
    points.push({ ...route.points[at]!, metres });
    if (at === to) break;
    metres += Math.round(route.legsKm[step === 1 ? at : at - 1]! * 1_000);
  }
  return { routeId: route.id, routeName: route.name, points };
}

/** Where the road ends. */
export function destinationOf(road: Road): RoadPoint {
  return road.points.at(-1)!;
}

/** Coordinates at a distance along the road: a straight line between its points. */
export function positionAt(road: Road, metres: number): { latitude: number; longitude: number } {
  const ahead = road.points.find((point) => point.metres >= metres) ?? destinationOf(road);
  const behind = road.points.findLast((point) => point.metres <= metres) ?? road.points[0]!;
  const span = ahead.metres - behind.metres;
  const share = span <= 0 ? 0 : (metres - behind.metres) / span;
  return {
    latitude: microdegrees(behind.latitude + (ahead.latitude - behind.latitude) * share),
    longitude: microdegrees(behind.longitude + (ahead.longitude - behind.longitude) * share),
  };
}

/** Degrees to six decimals, about a tenth of a metre. */
function microdegrees(degrees: number): number {
  return Math.round(degrees * 1_000_000) / 1_000_000;
}

/** A place's name without case, accents and doubled blanks, so that people need not type them. */
export function foldPlace(place: string): string {
  return place.normalize('NFD').replace(/\p{M}/gu, '').replace(/\s+/g, ' ').trim().toLowerCase();
}
