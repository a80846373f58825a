/**
 * `GET /v1/cluster`: the mesh as this node sees it, always answered locally and at once, also when nobody leads: a node
 * that waits to be taken in cannot count, and says why it waits all the same.
 */
import type { FastifyPluginAsync } from 'fastify';
import type { Totals } from '../../ledger/query.js';
import { Failure } from '../../replica/failure.js';
import type { Mesh } from '../../replica/mesh.js';
import type { GatewayContext } from '../context.js';
import { markRead } from '../marks.js';

export const v1ClusterRoutes: FastifyPluginAsync<GatewayContext> = async (app, { mesh }) => {
  app.get('/v1/cluster', async (_request, reply) => {
    const counted = await countHere(mesh);
    const status = mesh.status();
    markRead(reply, counted ?? { index: status.appliedIndex, ageMs: 0, stale: false });
    return { ...status, totals: counted?.reply ?? null };
  });
};

/** The totals of this replica; null while it cannot tell, which must not hide the rest. */
async function countHere(
  mesh: Mesh,
): Promise<{ reply: Totals; index: number; ageMs: number; stale: true } | null> {
  try {
    const answer = await mesh.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 0 });
    return { ...answer, stale: true };
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
