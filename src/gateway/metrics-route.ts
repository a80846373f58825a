/**
 * `GET /metrics`: this node for Prometheus.
 */
import type { FastifyPluginAsync } from 'fastify';
import type { GatewayContext } from './context.js';
import type { RouteShape } from './v1/route.js';

export const METRICS_SHAPES: readonly RouteShape[] = [
  {
    method: 'GET',
    path: '/metrics',
    operationId: 'metrics',
    tag: 'node',
    summary: 'This node for Prometheus',
    does: 'local',
    answers: {
      200: { description: 'In its text format, version 0.0.4.', schema: null, mediaType: 'text/plain' },
    },
    problems: [],
  },
];

export const metricsRoutes: FastifyPluginAsync<GatewayContext> = async (app, { observed }) => {
  app.get('/metrics', async (_request, reply) => {
    const text = await observed.metrics.text();
    return reply.type(observed.metrics.contentType).send(text);
  });
};
