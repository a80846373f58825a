/**
 * Real nodes with a log that is compacted early: one is killed, thousands of writes go by, and it is back with the
 * same ledger, by the others' state and not by a log that is gone.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';

const COMPACT_ENTRIES = 200;
const WRITES = 3_000;
const CLIENTS = 16;

async function post(node: NodeProcess, path: string, vehicle: string, key: string): Promise<Response> {
  return fetch(`${node.url}${path}`, {
    method: 'POST',
    headers: { 'Malha-Vehicle': vehicle, 'Idempotency-Key': key },
    signal: AbortSignal.timeout(10_000),
  });
}

/** So many writes, by several clients that each reserve and cancel a point of their own. */
async function write(nodes: readonly NodeProcess[], writes: number): Promise<void> {
  let left = writes;
  const client = async (k: number): Promise<void> => {
    for (let n = 0; left > 0; n += 1) {
      left -= 1;
      const path = n % 2 === 0 ? `/reserve-points/${(k % 14) + 1}` : `/cancel-reservation/${(k % 14) + 1}`;
      const response = await post(nodes[k % nodes.length]!, path, `car-${k}`, randomUUID());
      expect(response.status).toBeLessThan(500);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, k) => client(k)));
}

describe('a real node that was away', () => {
  let mesh: ProcessMesh | null = null;
  afterEach(async () => {
    await mesh?.stop();
    mesh = null;
  });

  it('is brought back by a snapshot, and answers an old key with the first answer', {
    timeout: 120_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, ['--compact-entries', `${COMPACT_ENTRIES}`]);
    await mesh.registered();
    const leader = await mesh.leader();
    const away = mesh.nodes.find((node) => node !== leader)!;
    const others = mesh.nodes.filter((node) => node !== away);
    await away.end('SIGKILL');
    const first = await post(leader, '/reserve-points/1', 'car-old', 'old-key');
    expect(first.status).toBe(200);
    const firstBody = await first.text();
    await write(others, WRITES);

    away.start();
    await away.ready();
    await mesh.agree();
    await eventually(() =>
      away.lines.some((line) => line.includes('a snapshot took the place of the state')),
    );
    const again = await post(away, '/reserve-points/1', 'car-old', 'old-key');
    expect([again.status, await again.text()]).toEqual([200, firstBody]);

    // What it was sent is on its own disk, and it goes on from there.
    await write(mesh.nodes, 100);
    await away.end('SIGKILL');
    const installs = away.lines.filter((line) => line.includes('a snapshot took the place')).length;
    away.start();
    await away.ready();
    await mesh.agree();
    expect(away.lines.filter((line) => line.includes('a snapshot took the place'))).toHaveLength(installs);
    const compactions = leader.lines.filter((line) => line.includes('the log was compacted'));
    expect(compactions.length).toBeGreaterThan(WRITES / COMPACT_ENTRIES / 2);
  });
});
