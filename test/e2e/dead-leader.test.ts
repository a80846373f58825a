/**
 * A leader whose process is killed is succeeded long before an election time-out: here that is longer than a request
 * may wait, so what is answered at all was not decided by it. A leader that only stands still is left to the time-out.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { post } from './client.js';

const ELECTION_MS = 4_000;
const REQUEST_TIMEOUT_MS = 3_000;
const SLOW_ELECTIONS = ['--election-ms', `${ELECTION_MS}`, '--request-timeout-ms', `${REQUEST_TIMEOUT_MS}`];
const NOTICED = 'the process of the leader is gone';

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

const holder = { 'Malha-Vehicle': 'car' };
const noticed = (node: NodeProcess): number => node.logged(NOTICED).length;

describe('a leader', { timeout: 90_000 }, () => {
  it('that is killed costs no request its answer, again and again', async () => {
    mesh = await ProcessMesh.start(3, SLOW_ELECTIONS);
    await mesh.registered();
    for (const point of ['1', '2', '3']) {
      const leader = await mesh.leader();
      const [other] = mesh.others(leader);
      await leader.end('SIGKILL');
      expect(await post(other!, `/reserve-points/${point}`, holder)).toMatchObject({ status: 200 });
      expect(await mesh.leader()).not.toBe(leader);
      leader.start();
      await leader.ready();
      await mesh.agree();
    }
    expect(mesh.nodes.reduce((sum, node) => sum + noticed(node), 0)).toBeGreaterThanOrEqual(3);
  });

  it('that is stopped, or told to end, is no dead one', async () => {
    mesh = await ProcessMesh.start(3, SLOW_ELECTIONS);
    await mesh.registered();
    const stopped = await mesh.leader();
    const others = mesh.others(stopped);
    stopped.pause();
    expect((await post(others[0]!, '/reserve-points/1', holder)).status).toBeGreaterThanOrEqual(503);
    const next = await eventually(() => mesh!.leader(), { timeoutMs: 40_000 });
    stopped.resume();
    await eventually(async () => (await stopped.status()).leaderCompany === next.company);

    expect(await next.end('SIGTERM')).toBe(0);
    expect(await post(stopped, '/reserve-points/2', holder)).toMatchObject({ status: 200 });
    expect(mesh.nodes.map(noticed)).toEqual([0, 0, 0]);
  });
});
