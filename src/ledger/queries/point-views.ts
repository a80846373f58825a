/** Points and routes as doors show them: with whether they could be had for a while from now on. */
import type { Memory } from '../memory.js';
import { samePlace } from '../place.js';
import { isFree } from '../placement.js';
import type { PointView, RouteView } from '../query.js';
import type { Point, Route } from '../state.js';

/** From when on "is it free now" is asked, and for how long. */
export interface FromNow {
  readonly nowMs: number;
  readonly windowMs: number;
}

/** A point is free when somebody without a ticket could have it for all of the window. */
export function pointView(memory: Memory, point: Point, { nowMs, windowMs }: FromNow): PointView {
  const { id, company } = point;
  const free = isFree(memory, id, { startMs: nowMs, endMs: nowMs + windowMs }, nowMs);
  // A point is registered only under a registered company, which goes only after all of its points.
  return { point, companyDisplayId: memory.companies.get(company)!.displayId, free };
}

/** Points that are not registered yet are left out, and the legs to and from them are joined. */
export function routeView(memory: Memory, route: Route, fromNow: FromNow): RouteView {
  const points: PointView[] = [];
  const legMetres: number[] = [];
  let sinceLastMetres = 0;
  route.pointIds.forEach((pointId, position) => {
    if (position > 0) sinceLastMetres += route.legMetres[position - 1]!;
    const point = memory.points.get(pointId);
    if (point === undefined) return;
    if (points.length > 0) legMetres.push(sinceLastMetres);
    sinceLastMetres = 0;
    points.push(pointView(memory, point, fromNow));
  });
  return { route, points, legMetres };
}

/** The free points of all routes that contain both places, each once, in order of first appearance. */
export function pointsBetween(
  memory: Memory,
  from: string,
  to: string,
  fromNow: FromNow,
): readonly PointView[] {
  const places = [samePlace(from), samePlace(to)];
  const found = new Map<string, PointView>();
  for (const route of memory.routes.sorted()) {
    const { points } = routeView(memory, route, fromNow);
    const onRoute = new Set(points.map((view) => samePlace(view.point.place)));
    if (!places.every((place) => onRoute.has(place))) continue;
    for (const view of points) if (view.free && !found.has(view.point.id)) found.set(view.point.id, view);
  }
  return [...found.values()];
}
