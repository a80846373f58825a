/** What RouteService does, method by method. */
import { type EntryMark, readMark } from '../codec/entry-messages.js';
import { calendarMessage, routeMessage } from '../codec/point-messages.js';
import type * as proto from '../gen/malha/mesh/v1/route.js';
import type { Operation } from '../ledger/command.js';
import { ROUTE_POINTS_MAX, STOP_DURATION_MS_MIN } from '../ledger/limits.js';
import type { Result } from '../ledger/result.js';
import { counted, idOf, nameOf } from './fields.js';
import { type Method, optionsOf, read, write } from './methods.js';
import { pageOf } from './pages.js';
import { planTrip } from './plan-methods.js';
import { calendarWindow, freeForMs } from './point-methods.js';
import { notFound, type Problem } from './problem.js';

/** Two looks at the same ledger or a later one: which points the route has, then what is booked there. */
const getRouteCalendar: Method<proto.GetRouteCalendarRequest, proto.GetRouteCalendarResponse> = async (
  { mesh, company },
  request,
  { timeoutMs },
) => {
  const options = optionsOf(request.consistency, timeoutMs);
  const routeId = idOf(request.routeId, 'route_id');
  const window = calendarWindow(request.window);
  const found = await mesh.query({ kind: 'route', routeId, windowMs: STOP_DURATION_MS_MIN }, options);
  if (found.reply === null) return notFound('route');
  const pointIds = found.reply.points.map(({ point }) => point.id);
  // What this replica answers at once is no older than what it answered before.
  const booked = await mesh.query(
    { kind: 'calendars', pointIds, window },
    { ...options, consistency: 'stale' },
  );
  return {
    ...readMark({ ...booked, ageMs: found.ageMs }, options.consistency === 'stale'),
    calendars: booked.reply.map((calendar) => calendarMessage(calendar, company)),
  };
};

export const ROUTE_METHODS = {
  listRoutes: read(
    (request: proto.ListRoutesRequest, world) => ({
      kind: 'routes',
      windowMs: freeForMs(request.freeFor, world),
    }),
    (routes, mark, request): proto.ListRoutesResponse => {
      const { items, nextPageToken } = pageOf(routes, request, ({ route }) => route.id);
      return { ...mark, routes: items.map(routeMessage), nextPageToken };
    },
  ),
  getRoute: read(
    ({ routeId, freeFor }: proto.GetRouteRequest, world) => ({
      kind: 'route',
      routeId: idOf(routeId, 'route_id'),
      windowMs: freeForMs(freeFor, world),
    }),
    (view, mark): proto.GetRouteResponse | Problem =>
      view === null ? notFound('route') : { ...mark, route: routeMessage(view) },
  ),
  getRouteCalendar,
  planTrip,
  registerRoute: write(['registered'], registerOperation, entryOnly),
  deleteRoute: write(['removed'], deleteOperation, entryOnly),
} as const;

function registerOperation(request: proto.RegisterRouteRequest): Operation {
  const pointIds = counted(request.pointIds, 1, ROUTE_POINTS_MAX, 'point_ids');
  return {
    kind: 'register-route',
    routeId: idOf(request.routeId, 'route_id'),
    name: nameOf(request.name, 'name'),
    pointIds: pointIds.map((id, n) => idOf(id, `point_ids[${n}]`)),
    legMetres: counted(request.legMetres, 0, ROUTE_POINTS_MAX, 'leg_metres'),
  };
}

function deleteOperation({ routeId }: proto.DeleteRouteRequest): Operation {
  return { kind: 'delete-route', routeId: idOf(routeId, 'route_id') };
}

function entryOnly(_: Result, { index, at }: EntryMark): proto.DeleteRouteResponse {
  return { index, at };
}
