/** Where to next: the roads that a driver may choose from, in a drawn order. */
import { type Random, shuffled } from './random.js';
import { destinationOf, foldPlace, type Road, type Route, type RoutePoint, roadBetween } from './road.js';

export interface TripWish {
  /** Place of the first departure; absent: drawn. */
  readonly from?: string | undefined;
  /** Place of the first arrival; absent: drawn. With `from` the vehicle then goes back and forth between the two. */
  readonly to?: string | undefined;
}

/**
 * All roads of a next trip: along any route, either way, at least `kmMin` long unless both ends are wished for. `atPointId` is
 * where the vehicle stands, null before its first trip. Empty when no route joins the ends.
 */
export function roadsToChooseFrom(
  routes: readonly Route[],
  atPointId: string | null,
  wish: TripWish,
  kmMin: number,
  random: Random,
): Road[] {
  const bothWished = wish.from !== undefined && wish.to !== undefined;
  const isAt = (point: RoutePoint, place: string | undefined) =>
    place === undefined || foldPlace(point.place) === foldPlace(place);
  const begins = (point: RoutePoint) =>
    atPointId === null ? isAt(point, wish.from) : point.id === atPointId;
  const ends = (origin: RoutePoint, point: RoutePoint) => {
    if (atPointId === null) return isAt(point, wish.to);
    if (!bothWished) return true;
    return isAt(point, isAt(origin, wish.to) ? wish.from : wish.to);
  };
  const roads = routes.flatMap((route) =>
    route.points.filter(begins).flatMap((origin) =>
      route.points
        .filter((point) => point.id !== origin.id && ends(origin, point))
        .map((point) => roadBetween(route, origin.id, point.id))
        .filter((road) => road !== null),
    ),
  );
  return shuffled(
    random,
    roads.filter((road) => bothWished || destinationOf(road).metres >= kmMin * 1_000),
  );
}
