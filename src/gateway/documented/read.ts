/**
 * The documented routes that change nothing: `/routes`, `/points`, `/plan-trip` and `/health`.
 */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { bodyAs, takeJson } from '../bodies.js';
import { type GatewayContext, windowMsOf } from '../context.js';
import { answerFault } from '../faults.js';
import { readDocumented } from '../reads.js';
import { documentedPoint, documentedRoute } from './shapes.js';

const PLACE_LENGTH_MAX = 200;
const place = z.string().trim().min(1).max(PLACE_LENGTH_MAX);
const TRIP = z.object({ origem: place, destino: place });

export const documentedReadRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  const { settings } = context;
  const windowMs = windowMsOf(settings);
  takeJson(app);

  // Local and immediate: it tells that the process answers, not that the mesh does (`/readyz` does).
  app.get('/health', async () => ({ status: 'ok', empresa: settings.companyName ?? settings.company }));

  app.get('/points', async (_request, reply) => {
    const points = await readDocumented(context, reply, { kind: 'points', windowMs });
    return points.map(documentedPoint);
  });

  app.get('/routes', async (_request, reply) => {
    const routes = await readDocumented(context, reply, { kind: 'routes', windowMs });
    return routes.map(documentedRoute);
  });

  app.get<{ Params: { id: string } }>('/routes/:id', async (request, reply) => {
    const routeId = request.params.id;
    const route = await readDocumented(context, reply, { kind: 'route', routeId, windowMs });
    if (route === null) {
      return answerFault(request, reply, 'NOT_FOUND', { portuguese: 'rota não encontrada' });
    }
    return documentedRoute(route);
  });

  app.post('/plan-trip', async (request, reply) => {
    const trip = bodyAs(TRIP, request.body, '{"origem","destino"}');
    const query = { kind: 'points-between', from: trip.origem, to: trip.destino, windowMs } as const;
    const points = await readDocumented(context, reply, query);
    return { pontos_disponiveis: points.map(documentedPoint) };
  });
};
