/**
 * Questions of the machine that runs the node: does the process live, and may it get traffic.
 */
import type { FastifyPluginAsync } from 'fastify';
import type { GatewayContext } from './context.js';

export const probeRoutes: FastifyPluginAsync<GatewayContext> = async (app, { mesh }) => {
  app.get('/livez', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const { ready, problems } = mesh.status();
    return reply.code(ready ? 200 : 503).send({ ready, problems });
  });
};
