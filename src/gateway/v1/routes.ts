/**
 * Routes: named sequences of points, which may be of several companies.
 */
import { z } from 'zod';
import { QUANTITY_MAX, ROUTE_POINTS_MAX } from '../../ledger/limits.js';
import type { RouteView } from '../../ledger/query.js';
import { windowMsOf } from '../context.js';
import { notFound } from '../fault.js';
import { ID, listOf, NAME, NEW_ID, scaled } from './fields.js';
import { input, output } from './named.js';
import { POINT, pointOf } from './point-shape.js';
import { REMOVED } from './removed.js';
import { type Route, route } from './route.js';

const BY_ID = z.strictObject({ id: ID.describe('Of a route.') });

const EXAMPLE = { name: 'Rota Feira de Santana - Salvador', company: 'empresa_a' };

const ROUTE = output(
  'Route',
  { id: '1', ...EXAMPLE, points: [], legsKm: [] },
  z.object({
    id: z.string(),
    name: z.string(),
    company: z.string().describe('Id of the company of its first point.'),
    points: z.array(POINT).describe('Those that are registered.'),
    legsKm: z.array(z.number()).describe('Between the points shown: one fewer than points.'),
  }),
);

const ROUTE_LIST = output(
  'RouteList',
  { items: [{ id: '1', ...EXAMPLE, points: [], legsKm: [] }], nextPageToken: null },
  listOf(ROUTE),
);

const KILOMETRES = z
  .number()
  .min(0)
  .max(Math.floor(QUANTITY_MAX / 1_000));

const FACTS = {
  name: NAME,
  pointIds: z.array(ID).min(1).max(ROUTE_POINTS_MAX),
  legsKm: z
    .array(KILOMETRES)
    .max(ROUTE_POINTS_MAX - 1)
    .describe('From each point to the next: one fewer than points.'),
};

const FACTS_EXAMPLE = { name: EXAMPLE.name, pointIds: ['1', '6'], legsKm: [28] };

const ROUTE_FACTS = input(
  'RouteFacts',
  FACTS_EXAMPLE,
  z.strictObject(FACTS).refine(({ pointIds, legsKm }) => legsKm.length === pointIds.length - 1, {
    path: ['legsKm'],
    error: 'there is one leg fewer than points',
  }),
);

const REGISTERED_ROUTE = output(
  'RegisteredRoute',
  { id: '1', ...FACTS_EXAMPLE },
  z.object({ id: z.string(), ...FACTS }),
);

const listRoutes = route(
  {
    method: 'GET',
    path: '/v1/routes',
    operationId: 'listRoutes',
    tag: 'routes',
    summary: 'All routes, with the kilometres between their points',
    does: 'read',
    answers: { 200: { description: 'Always one page.', schema: ROUTE_LIST } },
    problems: [],
  },
  async (call) => {
    const windowMs = windowMsOf(call.context.settings);
    const routes = await call.read({ kind: 'routes', windowMs });
    return { items: routes.map(routeOf), nextPageToken: null };
  },
);

const getRoute = route(
  {
    method: 'GET',
    path: '/v1/routes/{id}',
    operationId: 'getRoute',
    tag: 'routes',
    summary: 'One route',
    does: 'read',
    params: BY_ID,
    answers: { 200: { description: 'The route.', schema: ROUTE } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const windowMs = windowMsOf(call.context.settings);
    const found = await call.read({ kind: 'route', routeId: call.params.id, windowMs });
    if (found === null) throw notFound('route');
    return routeOf(found);
  },
);

const putRoute = route(
  {
    method: 'PUT',
    path: '/v1/routes/{id}',
    operationId: 'putRoute',
    tag: 'routes',
    summary: 'Registers a route that begins at a point of the company of this node, or says anew what it is',
    does: 'write',
    params: z.strictObject({ id: NEW_ID }),
    body: ROUTE_FACTS,
    answers: { 200: { description: 'What is registered now.', schema: REGISTERED_ROUTE } },
    problems: ['NOT_OWNER', 'UNKNOWN_COMPANY'],
  },
  async (call) => {
    const { name, pointIds, legsKm } = call.body;
    const routeId = call.params.id;
    const legMetres = legsKm.map((kilometres) => scaled(kilometres, 1_000));
    await call.write({ kind: 'register-route', routeId, name, pointIds, legMetres }, ['registered']);
    return { id: routeId, name, pointIds, legsKm: legMetres.map(kilometresOf) };
  },
);

const deleteRoute = route(
  {
    method: 'DELETE',
    path: '/v1/routes/{id}',
    operationId: 'deleteRoute',
    tag: 'routes',
    summary: 'Takes a route of the company of this node away',
    does: 'write',
    params: BY_ID,
    answers: { 200: { description: 'It is gone.', schema: REMOVED } },
    problems: ['UNKNOWN_ROUTE', 'NOT_OWNER', 'UNKNOWN_COMPANY'],
  },
  async (call) => {
    const { result } = await call.write({ kind: 'delete-route', routeId: call.params.id }, ['removed']);
    return { id: result.id };
  },
);

function routeOf({ route: { id, name, company }, points, legMetres }: RouteView): z.output<typeof ROUTE> {
  return { id, name, company, points: points.map(pointOf), legsKm: legMetres.map(kilometresOf) };
}

function kilometresOf(metres: number): number {
  return metres / 1000;
}

export const ROUTE_ROUTES: readonly Route[] = [listRoutes, getRoute, putRoute, deleteRoute];
