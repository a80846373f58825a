/**
 * A process that stood still (SIGSTOP) and goes on: as a follower it takes its leader for dead no more than before, and as
 * a leader it asks whether it still leads before it answers a read.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { ask, heldPoints, post } from './client.js';

/** Less than the time after which a link gives up, more than an election time-out. */
const STALLS = 3;

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

interface Status {
  readonly term: number;
  readonly leaderCompany: string;
  readonly peers: readonly { readonly company: string; readonly active: boolean | null }[];
}

const statusOf = async (node: NodeProcess) => (await node.status()) as unknown as Status;

describe('a process that stood still', { timeout: 90_000 }, () => {
  it('as a follower starts no election: what its leader said meanwhile waits in the socket', async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const leader = await mesh.leader();
    const [follower] = mesh.others(leader);
    const { term } = await statusOf(leader);
    const lost = follower!.logged('no leader').length;
    const seenActive = async (): Promise<boolean | null | undefined> =>
      (await statusOf(leader)).peers.find(({ company }) => company === follower!.company)?.active;
    for (let stalls = 0; stalls < STALLS; stalls += 1) {
      follower!.pause();
      await eventually(async () => (await seenActive()) === false);
      follower!.resume();
      await eventually(async () => (await seenActive()) === true);
    }
    await follower!.ready();
    expect(follower!.logged('no leader')).toHaveLength(lost);
    expect(await statusOf(follower!)).toMatchObject({ term, leaderCompany: leader.company });
  });

  it.each([
    ['by a round', []],
    ['by lease', ['--lease-reads', 'on']],
  ])('as a leader answers no read from what it knew (%s)', async (_, settings) => {
    mesh = await ProcessMesh.start(3, settings);
    await mesh.registered();
    const stopped = await mesh.leader();
    const [other] = mesh.others(stopped);
    stopped.pause();
    const next = await eventually(() => mesh!.leader(), { timeoutMs: 30_000 });
    expect(next).not.toBe(stopped);
    expect(await post(other!, '/reserve-points/1', { 'Malha-Vehicle': 'car' })).toMatchObject({
      status: 200,
    });
    // Asked while it stands still, these are the first things that it does when it goes on.
    const reads = Array.from({ length: 20 }, () => ask(stopped, '/v1/reservations?vehicle=car'));
    stopped.resume();
    for (const { status, json } of await Promise.all(reads)) {
      if (status === 200) expect((json as { items: unknown[] }).items).toHaveLength(1);
      else expect(status).toBe(503);
    }
    await eventually(async () => expect(await heldPoints(stopped, 'car')).toEqual(['1']));
  });
});
