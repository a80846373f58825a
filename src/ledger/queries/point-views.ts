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

/** The views of points for one answer: each is made once, on however many routes its point is. */
class Views {
  readonly #made = new Map<string, PointView>();

  constructor(
    readonly memory: Memory,
    readonly fromNow: FromNow,
  ) {}

  of(point: Point): PointView {
    let view = this.#made.get(point.id);
    if (view === undefined) {
      view = pointView(this.memory, point, this.fromNow);
      this.#made.set(point.id, view);
    }
    return view;
  }
}

/** A point is free when somebody without a ticket could have it for all of the window. */
export function pointView(memory: Memory, point: Point, { nowMs, windowMs }: FromNow): PointView {
  const { id, company } = point;
  const free = isFree(memory, id, { startMs: nowMs, endMs: nowMs + windowMs }, nowMs);
  // A point is registered only under a registered company, which goes only after all of its points.
  return { point, companyDisplayId: memory.companies.get(company)!.displayId, free };
}

/** All routes, in id order. */
export function routeViews(memory: Memory, fromNow: FromNow): readonly RouteView[] {
  const views = new Views(memory, fromNow);
  return memory.routes.sorted().map((route) => viewOf(route, views));
}

export function routeView(memory: Memory, route: Route, fromNow: FromNow): RouteView {
  return viewOf(route, new Views(memory, fromNow));
}

/** Points that are not registered yet are left out, and the legs to and from them are joined. */
function viewOf(route: Route, views: Views): RouteView {
  const points: PointView[] = [];
  const legMetres: number[] = [];
  let sinceLastMetres = 0;
  route.pointIds.forEach((pointId, position) => {
    if (position > 0) sinceLastMetres += route.legMetres[position - 1]!;
    const point = views.memory.points.get(pointId);
    if (point === undefined) return;
    if (points.length > 0) legMetres.push(sinceLastMetres);
    sinceLastMetres = 0;
    points.push(views.of(point));
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
  for (const { pointIds } of memory.routes.sorted()) {
    const points = pointIds.flatMap((id) => memory.points.get(id) ?? []);
    if (!places.every((place) => points.some((point) => isAt(point, place)))) continue;
    for (const point of points) {
      if (!found.has(point.id)) found.set(point.id, pointView(memory, point, fromNow));
    }
  }
  return [...found.values()].filter(({ free }) => free);
}

/** `place`: as `samePlace` has it. */
function isAt(point: Point, place: string): boolean {
  return point.place === place || samePlace(point.place) === place;
}
