/** What queries answer in a state, at a moment of ledger time. */
import type { PointView, Query, ReplyTo } from '../../../src/ledger/query.js';
import type { Reservation, Route } from '../../../src/ledger/state.js';
import type { PointStatus } from '../../../src/ledger/terms.js';
import { calendarOf } from './calendar-view.js';
import { openNotices } from './happens.js';
import { isStopLength } from './limits.js';
import { byId, inIdOrder, plainPlace } from './order.js';
import { planned, reasonAgainst } from './placing.js';
import { byTurn, type LedgerState } from './state.js';
import { heldWindow } from './stops.js';

const PAGE_MAX = 200;
const PAGE_LOOKED_AT_MAX = 5_000;
const FOUND_MAX = 256;

type Of<K extends Query['kind']> = Extract<Query, { kind: K }>;

/**
 * The reply to a query. Left out is what is no rule of the ledger: of `totals` how many dead request keys still wait to
 * be removed, of a `reservation-page` the cursor.
 */
export function viewOf(ledger: LedgerState, query: Query, atMs: number): unknown {
  switch (query.kind) {
    case 'companies':
      return inIdOrder(ledger.companies.values());
    case 'company':
      return ledger.companies.get(query.company) ?? null;
    case 'policy':
      return policyView(ledger, query.company);
    case 'schedule':
      return ledger.schedules.get(query.pointId) ?? null;
    case 'points':
      return inIdOrder(ledger.points.values()).map(({ id }) => pointView(ledger, id, atMs, query.windowMs));
    case 'point':
      return pointView(ledger, query.pointId, atMs, query.windowMs);
    case 'point-page':
      return pointPage(ledger, query, atMs);
    case 'points-for':
      return pointsFor(ledger, query, atMs);
    case 'calendars':
      return query.pointIds.flatMap((id) => calendarOf(ledger, id, query.window, atMs));
    case 'routes':
      return inIdOrder(ledger.routes.values()).map((route) => routeView(ledger, route, atMs, query.windowMs));
    case 'route': {
      const route = ledger.routes.get(query.routeId);
      return route === undefined ? null : routeView(ledger, route, atMs, query.windowMs);
    }
    case 'points-between':
      return pointsBetween(ledger, query, atMs);
    case 'reservation':
      return ledger.reservations.get(query.reservationId) ?? null;
    case 'open-reservations':
      return inIdOrder(ledger.openOf(query.holder));
    case 'reservation-page':
      return reservationPage(ledger, query);
    case 'holder-now':
      return holderNow(ledger, query.pointId, atMs);
    case 'ticket': {
      const ticket = ledger.tickets.get(query.holder);
      return ticket !== undefined && ticket.untilMs > atMs ? ticket : null;
    }
    case 'wait':
      return ledger.waits.get(query.waitId) ?? null;
    case 'waits':
      return [...ledger.waits.values()].filter(({ holder }) => holder === query.holder).sort(byTurn);
    case 'notices':
      return openNotices(ledger, query.holder);
    case 'totals':
      return totals(ledger);
    default:
      query satisfies never;
      throw new Error(`the checker cannot answer ${JSON.stringify(query)}`);
  }
}

function policyView(ledger: LedgerState, company: string): ReplyTo<Of<'policy'>> {
  if (!ledger.companies.has(company)) return null;
  const { company: _, ...policy } = { company, ...ledger.policyOf(company) };
  return { company, policy, isDefault: !ledger.policies.has(company) };
}

function pointView(ledger: LedgerState, id: string, atMs: number, windowMs: number): PointView | null {
  const point = ledger.points.get(id);
  if (point === undefined) return null;
  const stop = planned(ledger, id, { startMs: atMs, durationMs: windowMs });
  const free = reasonAgainst(ledger, stop, [], { holder: '', documented: true, atMs }) === null;
  return { point, companyDisplayId: ledger.companies.get(point.company)!.displayId, free };
}

function pointPage(
  ledger: LedgerState,
  { match, windowMs, after, limit }: Of<'point-page'>,
  atMs: number,
): ReplyTo<Of<'point-page'>> {
  const { place, company, connector, minPowerWatts } = match;
  const items: PointView[] = [];
  let last = after;
  let lookedAt = 0;
  for (const point of inIdOrder(ledger.points.values())) {
    if (after !== '' && byId(point.id, after) <= 0) continue;
    if (items.length === Math.min(limit, PAGE_MAX) || lookedAt === PAGE_LOOKED_AT_MAX)
      return { items, after: last };
    lookedAt += 1;
    last = point.id;
    if (company !== undefined && company !== point.company) continue;
    if (connector !== undefined && connector !== point.connector) continue;
    if (minPowerWatts !== undefined && point.powerWatts < minPowerWatts) continue;
    if (place !== undefined && plainPlace(place) !== plainPlace(point.place)) continue;
    items.push(pointView(ledger, point.id, atMs, windowMs)!);
  }
  return { items, after: null };
}

function pointsFor(ledger: LedgerState, query: Of<'points-for'>, atMs: number): ReplyTo<Of<'points-for'>> {
  const { holder, window, connector, minPowerWatts, box, forSubstitute } = query;
  const { startMs, endMs } = window;
  if (!isStopLength(endMs - startMs) || startMs < 1) return [];
  const asking = { holder, documented: false, atMs, waived: forSubstitute ? ['notice' as const] : [] };
  return inIdOrder(ledger.points.values())
    .filter((point) => {
      const { latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude } = point;
      const [isEast, isWest] = [longitude >= box.west, longitude <= box.east];
      const isBetween = box.west > box.east ? isEast || isWest : isEast && isWest;
      const isIn = isBetween && box.south <= latitude && latitude <= box.north;
      return isIn && point.connector === connector && point.powerWatts >= minPowerWatts;
    })
    .slice(0, PAGE_LOOKED_AT_MAX)
    .filter(({ id }) => {
      const stop = planned(ledger, id, { startMs, durationMs: endMs - startMs });
      return reasonAgainst(ledger, stop, [], asking) === null;
    })
    .slice(0, FOUND_MAX);
}

/** Points that nobody registered are passed over: the way to them counts to the next one that is shown. */
function routeView(
  ledger: LedgerState,
  route: Route,
  atMs: number,
  windowMs: number,
): ReplyTo<Of<'routes'>>[number] {
  const shown = route.pointIds.flatMap((id, at) => (ledger.points.has(id) ? [{ id, at }] : []));
  const legMetres = shown.slice(1).map(({ at }, i) => {
    const legs = route.legMetres.slice(shown[i]!.at, at);
    return legs.reduce((sum, metres) => sum + metres, 0);
  });
  return { route, points: shown.map(({ id }) => pointView(ledger, id, atMs, windowMs)!), legMetres };
}

function pointsBetween(
  ledger: LedgerState,
  { from, to, windowMs }: Of<'points-between'>,
  atMs: number,
): readonly PointView[] {
  const found: PointView[] = [];
  for (const route of inIdOrder(ledger.routes.values())) {
    const { points } = routeView(ledger, route, atMs, windowMs);
    const passes = (place: string) =>
      points.some(({ point }) => plainPlace(point.place) === plainPlace(place));
    if (!passes(from) || !passes(to)) continue;
    for (const view of points) {
      if (view.free && !found.some(({ point }) => point.id === view.point.id)) found.push(view);
    }
  }
  return found;
}

function reservationPage(
  ledger: LedgerState,
  { match, after, limit }: Of<'reservation-page'>,
): Pick<ReplyTo<Of<'reservation-page'>>, 'items'> {
  const { holder, company, pointId, state } = match;
  const items = [...ledger.reservations.values()]
    .filter((each) => placeOf(each) > after)
    .filter((each) => holder === undefined || each.holder === holder)
    .filter((each) => state === undefined || each.state === state)
    .filter(({ stops }) => company === undefined || stops.some(({ terms }) => terms?.company === company))
    .filter(({ stops }) => pointId === undefined || stops.some((stop) => stop.pointId === pointId))
    .sort((a, b) => placeOf(a) - placeOf(b));
  return { items: items.slice(0, Math.min(limit, PAGE_MAX)) };
}

/** Where it stands among all, as cursors say it: an entry makes fewer than 128. */
function placeOf({ id }: Reservation): number {
  const [index, number = '0'] = id.slice(1).split('.');
  return Number(index) * 128 + Number(number);
}

function holderNow(ledger: LedgerState, pointId: string, atMs: number): Reservation | null {
  const open = ledger.openAt(pointId);
  const held = open.find(({ stop }) => heldWindow(stop).startMs <= atMs && atMs < stop.endMs);
  return (held ?? open.find(({ stop }) => stop.state === 'ACTIVE'))?.reservation ?? null;
}

function totals(ledger: LedgerState): Omit<ReplyTo<Of<'totals'>>, 'requestKeys'> {
  const open = [...ledger.open()].length;
  const points = [...ledger.points.values()];
  const withStatus = (wanted: PointStatus) => points.filter(({ status }) => status === wanted).length;
  return {
    companies: ledger.companies.size,
    points: ledger.points.size,
    pointsByStatus: {
      available: withStatus('available'),
      occupied: withStatus('occupied'),
      faulted: withStatus('faulted'),
      offline: withStatus('offline'),
      maintenance: withStatus('maintenance'),
    },
    routes: ledger.routes.size,
    openReservations: open,
    holds: [...ledger.reservations.values()].filter(({ state }) => state === 'HELD').length,
    endedReservations: ledger.reservations.size - open,
    waits: ledger.waits.size,
    notices: ledger.notices.size,
  };
}
