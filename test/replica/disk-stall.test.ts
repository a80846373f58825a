/**
 * A disk that stalls: a save is under way and does not end. A leader that holds the mesh up by that makes way; where no
 * other could do better nothing changes hands. On virtual time, where an election time-out is 1,000 ms.
 */
import { describe, expect, it } from 'vitest';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';
import { agree, LINEARIZABLE, meshWithPoints, reserve, submit, TIMEOUT } from './world.js';

const ELECTION_MS = 1_000;
const STALLED = Number.POSITIVE_INFINITY;
const QUICK_MS = 1;
const LONG = { timeoutMs: 60_000 };

const stallsAt = ({ running }: VirtualNode): boolean =>
  running.status().problems.some((problem) => problem.startsWith('the disk stalls'));

const start = (size = 3) => meshWithPoints(size, 1, { saveMs: QUICK_MS });

/** Stalls a disk, and sees to it that it has something to save. */
function stall(mesh: VirtualMesh, ...nodes: readonly VirtualNode[]): Promise<unknown> {
  for (const node of nodes) node.saveMs = STALLED;
  return mesh.leader.running.submit(reserve(['a'], 'stalled'), LONG).catch((failure: unknown) => failure);
}

/** All terms that anybody is in, and who leads, as one line. */
function leadership(mesh: VirtualMesh): string {
  const seen = mesh.nodes.flatMap(({ replica }) => {
    const status = replica?.status();
    return status === undefined ? [] : [`${status.term} ${status.leader}`];
  });
  return [...new Set(seen)].join(', ');
}

describe('a leader whose disk stalls', () => {
  it('hands leadership on while it still beats, and the mesh goes on without it', async () => {
    const mesh = await start();
    const { leader } = mesh;
    const { term } = leader.running.status();
    const held = stall(mesh, leader);
    await mesh.run(ELECTION_MS - 100);
    expect(leadership(mesh)).toBe(`${term} ${leader.id}`);
    await mesh.until(() => mesh.leaderOrNull !== null && mesh.leaderOrNull !== leader, 2 * ELECTION_MS);
    // One election, which the leader asked for: nobody's time-out ran out.
    expect(mesh.leader.running.status().term).toBe(term + 1);
    expect(stallsAt(leader)).toBe(true);
    expect(leader.running.status().ready).toBe(false);
    const [one] = mesh.followers.filter((node) => node !== leader);
    const answer = await submit(mesh, one!, reserve(['b'], 'meanwhile'));
    expect(answer.result.kind).toBe('reserved');

    await mesh.run(10 * ELECTION_MS);
    expect(mesh.leader.running.status().term).toBe(term + 1);
    leader.saveMs = QUICK_MS;
    await mesh.settle(held);
    await agree(mesh);
    expect(stallsAt(leader)).toBe(false);
    expect(leader.failure).toBeNull();
  });

  it('steps down in its term, once, when no heir takes it, and does not stand for election', async () => {
    const mesh = await start();
    const { leader } = mesh;
    const { term } = leader.running.status();
    // They vote, and take entries, and lead nothing any more.
    const heirs = mesh.followers;
    for (const heir of heirs) heir.running.drain();
    await mesh.run(200);
    void stall(mesh, leader);
    await mesh.until(() => leader.running.status().role === 'follower', 10 * ELECTION_MS);
    expect(leader.running.status()).toMatchObject({ term, leader: '' });
    await mesh.run(10 * ELECTION_MS);
    expect(mesh.leaderOrNull).toBe(null);
    expect(mesh.nodes.map(({ running }) => running.status().term)).toEqual([term, term, term]);
    leader.saveMs = QUICK_MS;
    await mesh.until(() => mesh.leaderOrNull === leader);
  });

  it('stays leader as long as nobody else could commit: alone, or with all disks stalled', async () => {
    for (const size of [1, 2, 3]) {
      const mesh = await start(size);
      const before = leadership(mesh);
      const held = stall(mesh, ...mesh.nodes);
      await mesh.run(10 * ELECTION_MS);
      expect(leadership(mesh)).toBe(before);
      expect(mesh.nodes.map(stallsAt)).toEqual(mesh.nodes.map(() => true));
      // What was decided can be read, for that needs no disk.
      const read = mesh.leader.running.query({ kind: 'points', windowMs: 1 }, LINEARIZABLE);
      expect((await mesh.settle(read)).reply).toHaveLength(size);
      for (const node of mesh.nodes) node.saveMs = QUICK_MS;
      expect(await mesh.settle(held)).toMatchObject({ result: { kind: 'reserved' } });
      expect(leadership(mesh)).toBe(before);
    }
  });

  it('stays leader where a majority stalls with it, and where all disks are slow alike', async () => {
    const some = await start();
    const before = leadership(some);
    void stall(some, some.leader, some.followers[0]!);
    await some.run(10 * ELECTION_MS);
    expect(leadership(some)).toBe(before);

    const slow = await start();
    const led = leadership(slow);
    for (const node of slow.nodes) node.saveMs = 1.5 * ELECTION_MS;
    for (let k = 0; k < 5; k += 1) {
      const write = slow.leader.running.submit(reserve(['a'], `k${k}`), TIMEOUT);
      await slow.settle(write.catch((failure: unknown) => failure));
    }
    expect(leadership(slow)).toBe(led);
  });

  it('is none while its saves end, however many there are', async () => {
    const mesh = await start();
    const before = leadership(mesh);
    mesh.leader.saveMs = 0.7 * ELECTION_MS;
    const writes: Promise<unknown>[] = [];
    for (let k = 0; k < 40; k += 1) {
      writes.push(mesh.leader.running.submit(reserve(['a'], `k${k}`), LONG));
      await mesh.run(100);
      expect(stallsAt(mesh.leader)).toBe(false);
    }
    await mesh.settle(Promise.all(writes));
    expect(leadership(mesh)).toBe(before);
  });

  it('is none when its process stood still: the save had no time to end', async () => {
    const mesh = await start();
    const [, , slow] = [...mesh.followers, mesh.leader];
    const write = slow!.running.submit(reserve(['a'], 'k'), LONG);
    slow!.saveMs = 200;
    await mesh.run(1);
    slow!.paused = true;
    await mesh.run(5 * ELECTION_MS);
    slow!.paused = false;
    await mesh.run(100);
    expect(stallsAt(slow!)).toBe(false);
    expect(await mesh.settle(write)).toMatchObject({ result: { kind: 'reserved' } });
  });
});

describe('a follower whose disk stalls', () => {
  it('does not stand for election, and says why it is not ready', async () => {
    const mesh = await start(5);
    const [slow] = mesh.followers;
    await mesh.settle(stall(mesh, slow!));
    await mesh.until(() => stallsAt(slow!), 2 * ELECTION_MS);
    expect(slow!.running.status().ready).toBe(false);
    let stood = 0;
    mesh.tap = ({ from, frames }) => {
      if (from !== slow!.id) return;
      stood += frames.filter((frame) => frame.kind === 'raft' && frame.message.kind.endsWith('vote')).length;
    };
    mesh.kill(mesh.leader, { power: true });
    await mesh.until(() => mesh.leaderOrNull !== null);
    await mesh.run(5 * ELECTION_MS);
    expect(stood).toBe(0);
    slow!.saveMs = QUICK_MS;
    await mesh.until(() => !stallsAt(slow!) && slow!.running.status().ready, 2 * ELECTION_MS);
  });
});
