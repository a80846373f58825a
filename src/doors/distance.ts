/**
 * Distances over the ground as the crow flies, and the box of degrees around a place. They feed no decision of the
 * ledger: what a door proposes by distance is judged there by what is free.
 */
import type { Box } from '../ledger/query.js';

export interface Coordinates {
  readonly latitudeMicrodegrees: number;
  readonly longitudeMicrodegrees: number;
}

/** Mean radius of the earth (IUGG R1). */
const EARTH_RADIUS_METRES = 6_371_009;

const MICRODEGREES = 1_000_000;
const POLE_MICRODEGREES = 90 * MICRODEGREES;
const HALF_TURN_MICRODEGREES = 180 * MICRODEGREES;

/** Great-circle metres from one place to another, by the haversine: exact enough also where they are close. */
export function distanceMetres(from: Coordinates, to: Coordinates): number {
  const [fromLatitude, toLatitude] = [from, to].map((place) => radians(place.latitudeMicrodegrees));
  const northward = Math.sin((toLatitude! - fromLatitude!) / 2) ** 2;
  const eastward = Math.sin(radians(to.longitudeMicrodegrees - from.longitudeMicrodegrees) / 2) ** 2;
  const haversine = northward + Math.cos(fromLatitude!) * Math.cos(toLatitude!) * eastward;
  // Rounding can carry the haversine of opposite places above 1.
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(Math.min(1, haversine)));
}

/** The smallest box of whole microdegrees that holds every place within `radiusMetres`, at most a quarter of a turn. */
export function boxAround(
  { latitudeMicrodegrees, longitudeMicrodegrees }: Coordinates,
  radiusMetres: number,
): Box {
  const reach = radiusMetres / EARTH_RADIUS_METRES;
  const tall = Math.ceil(microdegrees(reach));
  const south = Math.max(-POLE_MICRODEGREES, latitudeMicrodegrees - tall);
  const north = Math.min(POLE_MICRODEGREES, latitudeMicrodegrees + tall);
  const allAround = { south, north, west: -HALF_TURN_MICRODEGREES, east: HALF_TURN_MICRODEGREES };
  // Every meridian passes within reach when a pole does.
  if (south === -POLE_MICRODEGREES || north === POLE_MICRODEGREES) return allAround;
  // The circle is widest nearer the pole than its middle: there sin(width) = sin(reach) / cos(latitude of the middle).
  const wide = Math.ceil(microdegrees(Math.asin(Math.sin(reach) / Math.cos(radians(latitudeMicrodegrees)))));
  const [west, east] = [longitudeMicrodegrees - wide, longitudeMicrodegrees + wide].map(withinTurn);
  return { south, north, west: west!, east: east! };
}

/** The same meridian as a longitude of -180 to 180 degrees. */
function withinTurn(longitudeMicrodegrees: number): number {
  if (longitudeMicrodegrees < -HALF_TURN_MICRODEGREES)
    return longitudeMicrodegrees + 2 * HALF_TURN_MICRODEGREES;
  if (longitudeMicrodegrees > HALF_TURN_MICRODEGREES)
    return longitudeMicrodegrees - 2 * HALF_TURN_MICRODEGREES;
  return longitudeMicrodegrees;
}

function radians(inMicrodegrees: number): number {
  return (inMicrodegrees / HALF_TURN_MICRODEGREES) * Math.PI;
}

function microdegrees(inRadians: number): number {
  return (inRadians / Math.PI) * HALF_TURN_MICRODEGREES;
}
