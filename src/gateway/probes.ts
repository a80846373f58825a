/**
 * Questions of the machine that runs the node: does the process live, and may it get traffic.
 */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { GatewayContext } from './context.js';
import { output } from './v1/named.js';
import type { RouteShape } from './v1/route.js';

const LIVE = output('Live', { status: 'ok' }, z.object({ status: z.literal('ok') }));

const READY = output(
  'Ready',
  { ready: true, problems: [] },
  z.object({ ready: z.boolean(), problems: z.array(z.string()) }),
);

export const PROBE_SHAPES: readonly RouteShape[] = [
  {
    method: 'GET',
    path: '/livez',
    operationId: 'livez',
    tag: 'node',
    summary: 'The process answers',
    does: 'local',
    answers: { 200: { description: 'It does.', schema: LIVE } },
    problems: [],
  },
  {
    method: 'GET',
    path: '/readyz',
    operationId: 'readyz',
    tag: 'node',
    summary: 'The node is caught up with a leader',
    does: 'local',
    answers: {
      200: { description: 'It is.', schema: READY },
      503: { description: 'It is not, and why.', schema: READY },
    },
    problems: [],
  },
];

export const probeRoutes: FastifyPluginAsync<GatewayContext> = async (app, { mesh }) => {
  app.get('/livez', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const { ready, problems } = mesh.status();
    return reply.code(ready ? 200 : 503).send({ ready, problems });
  });
};
