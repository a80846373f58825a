/**
 * `GET /v1/routes` and `/v1/routes/{id}`.
 */
import type { FastifyPluginAsync } from 'fastify';
import { type GatewayContext, windowMsOf } from '../context.js';
import { answerFault } from '../faults.js';
import { readV1 } from '../reads.js';
import { v1List, v1Route } from './shapes.js';

export const v1RouteRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  const windowMs = windowMsOf(context.settings);

  app.get('/v1/routes', async (request, reply) => {
    const routes = await readV1(context, request, reply, { kind: 'routes', windowMs });
    return v1List(routes.map(v1Route));
  });

  app.get<{ Params: { id: string } }>('/v1/routes/:id', async (request, reply) => {
    const routeId = request.params.id;
    const route = await readV1(context, request, reply, { kind: 'route', routeId, windowMs });
    if (route === null)
      return answerFault(request, reply, 'NOT_FOUND', { english: 'There is no such route.' });
    return v1Route(route);
  });
};
