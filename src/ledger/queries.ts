/**
 * Answers to questions, read from memory as it is. Lists are in id order; a point is free when somebody without a
 * ticket could have it for all of the window asked about.
 */
import type { Memory } from './memory.js';
import { bookedAt } from './operations/booked.js';
import { compareIds } from './order.js';
import { samePlace } from './place.js';
import { isFree } from './placement.js';
import type { PointView, Query, ReplyTo, RouteView, Totals } from './query.js';
import type { Point, Reservation, Route } from './state.js';

/** The reply to a question, speaking of ledger time `nowMs`. */
export function answerQuery<Q extends Query>(memory: Memory, query: Q, nowMs: number): ReplyTo<Q>;
export function answerQuery(memory: Memory, query: Query, nowMs: number): ReplyTo<Query> {
  switch (query.kind) {
    case 'companies':
      return memory.companies.sorted();
    case 'points':
      return memory.points.sorted().map((point) => pointView(memory, point, nowMs, query.windowMs));
    case 'point': {
      const point = memory.points.get(query.pointId);
      return point === undefined ? null : pointView(memory, point, nowMs, query.windowMs);
    }
    case 'routes':
      return memory.routes.sorted().map((route) => routeView(memory, route, nowMs, query.windowMs));
    case 'route': {
      const route = memory.routes.get(query.routeId);
      return route === undefined ? null : routeView(memory, route, nowMs, query.windowMs);
    }
    case 'points-between':
      return pointsBetween(memory, query.from, query.to, nowMs, query.windowMs);
    case 'reservation':
      return memory.reservation(query.reservationId) ?? null;
    case 'open-reservations':
      return [...memory.reservations.openOf(query.holder)].sort((a, b) => compareIds(a.id, b.id));
    case 'holder-now':
      return holderNow(memory, query.pointId, nowMs);
    case 'totals':
      return totals(memory);
  }
}

function pointView(memory: Memory, point: Point, nowMs: number, windowMs: number): PointView {
  const { id, company } = point;
  const free = isFree(memory, id, { startMs: nowMs, endMs: nowMs + windowMs }, nowMs);
  // A point is registered only under a registered company, which goes only after all of its points.
  return { point, companyDisplayId: memory.companies.get(company)!.displayId, free };
}

/** Points that are not registered yet are left out, and the legs to and from them are joined. */
function routeView(memory: Memory, route: Route, nowMs: number, windowMs: number): RouteView {
  const points: PointView[] = [];
  const legMetres: number[] = [];
  let sinceLastMetres = 0;
  route.pointIds.forEach((pointId, position) => {
    if (position > 0) sinceLastMetres += route.legMetres[position - 1]!;
    const point = memory.points.get(pointId);
    if (point === undefined) return;
    if (points.length > 0) legMetres.push(sinceLastMetres);
    sinceLastMetres = 0;
    points.push(pointView(memory, point, nowMs, windowMs));
  });
  return { route, points, legMetres };
}

function pointsBetween(
  memory: Memory,
  from: string,
  to: string,
  nowMs: number,
  windowMs: number,
): readonly PointView[] {
  const places = [samePlace(from), samePlace(to)];
  const found = new Map<string, PointView>();
  for (const route of memory.routes.sorted()) {
    const { points } = routeView(memory, route, nowMs, windowMs);
    const onRoute = new Set(points.map((view) => samePlace(view.point.place)));
    if (!places.every((place) => onRoute.has(place))) continue;
    for (const view of points) if (view.free && !found.has(view.point.id)) found.set(view.point.id, view);
  }
  return [...found.values()];
}

function holderNow(memory: Memory, pointId: string, nowMs: number): Reservation | null {
  for (const { reservation, stop } of bookedAt(memory, pointId, { startMs: nowMs, endMs: nowMs + 1 })) {
    // A booking lasts longer than its window where its company wants a buffer.
    if (nowMs < stop.endMs) return reservation;
  }
  return memory.reservations.activeAt(pointId) ?? null;
}

function totals(memory: Memory): Totals {
  const { open, all } = memory.reservations.counts();
  return {
    companies: memory.companies.size,
    points: memory.points.size,
    routes: memory.routes.size,
    openReservations: open,
    endedReservations: all - open,
    requestKeys: memory.keys.table.size,
  };
}
