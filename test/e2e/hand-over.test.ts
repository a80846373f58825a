/**
 * A leader that is asked to end names another replica to follow it, and never itself.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { post } from './client.js';

/** A leadership that does not come to the wanted node in so many moves never will. */
const MOVES_MAX = 12;

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

/** The node with the lowest replica id: where candidates are sorted, it comes first. */
async function lowest(nodes: readonly NodeProcess[]): Promise<NodeProcess> {
  const ids = await Promise.all(nodes.map(async (node) => String((await node.status()).replica)));
  return nodes[ids.indexOf([...ids].sort()[0]!)]!;
}

/** Ends the leader in order: with 0, and whenever it named an heir, it was another replica of the mesh. */
async function endLeader(running: ProcessMesh): Promise<NodeProcess> {
  const leader = await running.leader();
  const { replica, peers } = (await leader.status()) as { replica: string; peers: { replica: string }[] };
  expect(await leader.end('SIGTERM')).toBe(0);
  const heirs = leader.logged('handing leadership on').map(({ heir }) => heir);
  expect(heirs.length).toBeGreaterThan(0);
  const others = peers.map((peer) => peer.replica).filter((id) => id !== replica);
  for (const heir of heirs) expect(others).toContain(heir);
  return leader;
}

describe('a leader at SIGTERM', () => {
  it('hands on to another replica, wherever its own stands in their order', { timeout: 90_000 }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const first = await lowest(mesh.nodes);

    for (let moves = 0; (await mesh.leader()) !== first; moves += 1) {
      expect(moves).toBeLessThan(MOVES_MAX);
      const ended = await endLeader(mesh);
      ended.start();
      await ended.ready();
      await mesh.agree();
    }
    expect(await endLeader(mesh)).toBe(first);

    const second = await mesh.leader();
    const asked = await post(second, '/reserve-points/1,2', { 'Malha-Vehicle': 'car' });
    expect([asked.status, asked.json]).toEqual([200, { reservados: ['1', '2'], indisponiveis: [] }]);
    // The one that is left has no quorum any more; that keeps nobody from ending in order.
    const last = mesh.others(first).find((node) => node !== second)!;
    expect(await second.end('SIGTERM')).toBe(0);
    expect(await last.end('SIGTERM')).toBe(0);
  });
});
