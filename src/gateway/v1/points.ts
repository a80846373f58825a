/**
 * `GET /v1/points` and `/v1/points/{id}`.
 */
import type { FastifyPluginAsync } from 'fastify';
import { type GatewayContext, windowMsOf } from '../context.js';
import { answerFault } from '../faults.js';
import { readV1 } from '../reads.js';
import { v1List, v1Point } from './shapes.js';

export const v1PointRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  const windowMs = windowMsOf(context.settings);

  app.get('/v1/points', async (request, reply) => {
    const points = await readV1(context, request, reply, { kind: 'points', windowMs });
    return v1List(points.map(v1Point));
  });

  app.get<{ Params: { id: string } }>('/v1/points/:id', async (request, reply) => {
    const pointId = request.params.id;
    const point = await readV1(context, request, reply, { kind: 'point', pointId, windowMs });
    if (point === null)
      return answerFault(request, reply, 'NOT_FOUND', { english: 'There is no such point.' });
    return v1Point(point);
  });
};
