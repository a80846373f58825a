/** What time it is for the mesh: in a demo it runs faster than any clock on the wall. */
import { callNode } from './node-client.js';
import { CLUSTER } from './shapes.js';

/** The ledger time of the first node that answers. Throws a CallProblem. */
export async function ledgerTimeMs(nodes: readonly string[]): Promise<number> {
  const { body } = await callNode(nodes, { method: 'GET', path: '/v1/cluster' }, CLUSTER);
  return body.ledgerTimeMs;
}
