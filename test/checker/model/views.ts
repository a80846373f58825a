/** What queries answer in a state, at a moment of ledger time. */
import type { PointView, Query, ReplyTo, RouteView } from '../../../src/ledger/query.js';
import type { Reservation, Route } from '../../../src/ledger/state.js';
import {
  type FirstPoint,
  type FirstReservation,
  type FirstStop,
  shownPoint,
  shownReservation,
} from './rows.js';
import type { LedgerState } from './state.js';
import { isOpenStop } from './stops.js';

/**
 * The reply to a query. Of `totals` the request keys are left out: how many dead ones still wait to be removed is no
 * rule of the ledger.
 */
export function viewOf(ledger: LedgerState, query: Query, atMs: number): unknown {
  switch (query.kind) {
    case 'companies':
      return inOrder([...ledger.companies.values()]);
    case 'points':
      return inOrder([...ledger.points.values()]).map((point) =>
        pointView(ledger, point, atMs, query.windowMs),
      );
    case 'point': {
      const point = ledger.points.get(query.pointId);
      return point === undefined ? null : pointView(ledger, point, atMs, query.windowMs);
    }
    case 'routes':
      return inOrder([...ledger.routes.values()]).map((route) =>
        routeView(ledger, route, atMs, query.windowMs),
      );
    case 'route': {
      const route = ledger.routes.get(query.routeId);
      return route === undefined ? null : routeView(ledger, route, atMs, query.windowMs);
    }
    case 'points-between':
      return pointsBetween(ledger, query, atMs);
    case 'reservation': {
      const reservation = ledger.reservations.get(query.reservationId);
      return reservation === undefined ? null : shownReservation(reservation);
    }
    case 'open-reservations':
      return inOrder(ledger.openOf(query.holder)).map(shownReservation);
    case 'holder-now':
      return holderNow(ledger, query.pointId, atMs);
    case 'totals': {
      const open = ledger.open().length;
      return {
        companies: ledger.companies.size,
        points: ledger.points.size,
        routes: ledger.routes.size,
        openReservations: open,
        endedReservations: ledger.reservations.size - open,
      } satisfies Omit<ReplyTo<{ kind: 'totals' }>, 'requestKeys'>;
    }
    default:
      query satisfies never;
      throw new Error(`the checker cannot answer ${JSON.stringify(query)}`);
  }
}

/**
 * The moments in (`afterMs`, `untilMs`] at which the reply to a query may change by time alone: where an open window
 * begins or ends, or comes within reach of the window asked about.
 */
export function changesBetween(
  ledger: LedgerState,
  query: Query,
  afterMs: number,
  untilMs: number,
): readonly number[] {
  const reachMs = 'windowMs' in query ? query.windowMs - 1 : 0;
  const moments = new Set<number>();
  for (const { stops } of ledger.open()) {
    for (const { startMs, endMs, state } of stops) {
      if (!isOpenStop(state)) continue;
      for (const atMs of [startMs - reachMs, endMs]) if (afterMs < atMs && atMs <= untilMs) moments.add(atMs);
    }
  }
  return [...moments].sort((a, b) => a - b);
}

function openStopsOn(
  ledger: LedgerState,
  pointId: string,
): readonly { reservation: FirstReservation; stop: FirstStop }[] {
  return ledger
    .openOn(pointId)
    .flatMap((reservation) => reservation.stops.map((stop) => ({ reservation, stop })))
    .filter(({ stop }) => stop.pointId === pointId && isOpenStop(stop.state));
}

function pointView(ledger: LedgerState, point: FirstPoint, atMs: number, windowMs: number): PointView {
  const isTaken = openStopsOn(ledger, point.id).some(
    ({ stop }) => stop.startMs < atMs + windowMs && atMs < stop.endMs,
  );
  return {
    point: shownPoint(point),
    companyDisplayId: ledger.companies.get(point.company)!.displayId,
    free: point.status === 'available' && !isTaken,
  };
}

/** Points that nobody registered are passed over: the way to them counts to the next one that is shown. */
function routeView(ledger: LedgerState, route: Route, atMs: number, windowMs: number): RouteView {
  const shown = route.pointIds.flatMap((id, at) => (ledger.points.has(id) ? [{ id, at }] : []));
  const legMetres = shown.slice(1).map(({ at }, i) => {
    const legs = route.legMetres.slice(shown[i]!.at, at);
    return legs.reduce((sum, metres) => sum + metres, 0);
  });
  const points = shown.map(({ id }) => pointView(ledger, ledger.points.get(id)!, atMs, windowMs));
  return { route, points, legMetres };
}

function pointsBetween(
  ledger: LedgerState,
  { from, to, windowMs }: Extract<Query, { kind: 'points-between' }>,
  atMs: number,
): readonly PointView[] {
  const found: PointView[] = [];
  for (const route of inOrder([...ledger.routes.values()])) {
    const { points } = routeView(ledger, route, atMs, windowMs);
    const passes = (place: string) => points.some(({ point }) => plain(point.place) === plain(place));
    if (!passes(from) || !passes(to)) continue;
    for (const view of points) {
      if (view.free && !found.some(({ point }) => point.id === view.point.id)) found.push(view);
    }
  }
  return found;
}

function holderNow(ledger: LedgerState, pointId: string, atMs: number): Reservation | null {
  const held = openStopsOn(ledger, pointId).find(({ stop }) => stop.startMs <= atMs && atMs < stop.endMs);
  return held === undefined ? null : shownReservation(held.reservation);
}

/** Blanks around a place and the case of A to Z do not count. */
function plain(place: string): string {
  return place.trim().replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Ids that are numbers by number, then the others as text. */
function inOrder<T extends { readonly id: string }>(values: readonly T[]): readonly T[] {
  const isNumber = (id: string) => /^[0-9]+$/.test(id);
  return [...values].sort(({ id: a }, { id: b }) => {
    if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
    const byNumber = isNumber(a) ? BigInt(a) - BigInt(b) : 0n;
    if (byNumber !== 0n) return byNumber < 0n ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  });
}
