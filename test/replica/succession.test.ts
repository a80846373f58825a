/**
 * A leader whose process is gone is succeeded at once, and what only looks like it disturbs nobody. On virtual time, where
 * an election time-out is 1,000 ms at least: whatever happens within half of one is not its doing.
 */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/raft/message.js';
import { VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { LINEARIZABLE, meshWithPoints, reserve, TIMEOUT } from './world.js';

const HALF_A_TIME_OUT_MS = 500;
const ALMOST_A_TIME_OUT_MS = 900;
const FAR_MS = 40;

const termOf = ({ running }: VirtualNode): number => running.status().term;

/** Counts the messages of a kind from now on. */
function count(mesh: VirtualMesh, kind: Message['kind']): { times: number } {
  const counted = { times: 0 };
  const before = mesh.tap;
  mesh.tap = (batch) => {
    before(batch);
    for (const frame of batch.frames) {
      if (frame.kind === 'raft' && frame.message.kind === kind) counted.times += 1;
    }
  };
  return counted;
}

/** Everybody who runs follows the same leader. */
function agreesOnLeader(mesh: VirtualMesh): boolean {
  const { leaderOrNull } = mesh;
  const running = mesh.nodes.filter((node) => node.replica !== null);
  return leaderOrNull !== null && running.every((node) => node.running.status().leader === leaderOrNull.id);
}

describe('a leader that was killed', () => {
  it.each([3, 5])(
    'is succeeded in a fraction of an election time-out, on every seed (%i nodes)',
    {
      timeout: 60_000,
    },
    async (size) => {
      for (let seed = 1; seed <= 40; seed += 1) {
        const mesh = await VirtualMesh.start(size, seed);
        await mesh.run(250);
        const { leader } = mesh;
        const term = termOf(leader);
        mesh.kill(leader);
        await mesh.until(() => agreesOnLeader(mesh), HALF_A_TIME_OUT_MS);
        expect(termOf(mesh.leader)).toBeLessThanOrEqual(term + 3);
      }
    },
  );

  it('is succeeded as quickly where saves take longer than messages: who gave its vote stands back', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const mesh = await VirtualMesh.start(3, seed, { saveMs: 15 });
      await mesh.run(250);
      const term = termOf(mesh.leader);
      mesh.kill(mesh.leader);
      await mesh.until(() => agreesOnLeader(mesh), HALF_A_TIME_OUT_MS);
      expect(termOf(mesh.leader)).toBeLessThanOrEqual(term + 2);
    }
  });

  it('is succeeded where messages take as long as the followers wait: they take more room, and few terms', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const mesh = await VirtualMesh.start(3, seed);
      mesh.delayMs = () => FAR_MS;
      await mesh.run(250);
      const { leader } = mesh;
      const term = termOf(leader);
      mesh.kill(leader, { power: true });
      await mesh.run(3 * FAR_MS);
      for (const node of mesh.nodes) if (node !== leader) node.learnsGone(leader.id);
      await mesh.until(() => agreesOnLeader(mesh), 2_000);
      expect(termOf(mesh.leader)).toBeLessThanOrEqual(term + 5);
    }
  });

  it('costs a request that is under way no more than that, at whichever node', async () => {
    const mesh = await meshWithPoints();
    const [one, other] = mesh.followers;
    mesh.kill(mesh.leader);
    const write = one!.running.submit(reserve(['a'], 'k'), TIMEOUT);
    const read = other!.running.query({ kind: 'points', windowMs: 1 }, LINEARIZABLE);
    expect((await mesh.settle(write, HALF_A_TIME_OUT_MS)).result.kind).toBe('reserved');
    expect((await mesh.settle(read, HALF_A_TIME_OUT_MS)).reply).toHaveLength(3);
  });

  it('is succeeded with the vote of one whose own clock keeps it from leading', async () => {
    const mesh = await VirtualMesh.start(3);
    const [off, sound] = mesh.followers;
    off!.skewMs = 60_000;
    await mesh.until(() => off!.running.status().problems.some((problem) => problem.includes('clock')));
    const asked = count(mesh, 'pre-vote');
    mesh.kill(mesh.leader);
    await mesh.until(() => agreesOnLeader(mesh), HALF_A_TIME_OUT_MS);
    expect(mesh.leader).toBe(sound);
    expect(asked.times).toBeGreaterThan(0);
  });

  it('is succeeded as soon as another notices, too: who noticed first asks again and again', async () => {
    const mesh = await VirtualMesh.start(3);
    await mesh.run(250);
    const { leader } = mesh;
    const [first, second] = mesh.followers;
    const term = termOf(leader);
    mesh.kill(leader, { power: true });
    const asked = count(mesh, 'pre-vote');
    first!.learnsGone(leader.id);
    await mesh.run(HALF_A_TIME_OUT_MS);
    // Nobody who still hears of a leader votes, and no term was spent on it.
    expect(mesh.leaderOrNull).toBe(null);
    expect(termOf(first!)).toBe(term);
    expect(asked.times).toBeGreaterThan(10);
    second!.learnsGone(leader.id);
    await mesh.until(() => agreesOnLeader(mesh), 150);
  });

  it('is sought a successor for no longer than an election time-out at that pace', async () => {
    const mesh = await VirtualMesh.start(3);
    const [left, lost] = mesh.followers;
    mesh.kill(lost!);
    await mesh.run(250);
    mesh.kill(mesh.leader);
    const asked = count(mesh, 'pre-vote');
    await mesh.run(1_000);
    const quickly = asked.times;
    expect(quickly).toBeGreaterThan(20);
    await mesh.run(1_000);
    expect(asked.times - quickly).toBeLessThan(10);
    expect(left!.running.status().role).toBe('pre-candidate');
  });
});

describe('a leader that lives', () => {
  it('leads on when one follower takes it for gone: no term is spent, and it is followed again', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    const [mistaken] = mesh.followers;
    const term = termOf(leader);
    const [asked, voted] = [count(mesh, 'pre-vote'), count(mesh, 'vote')];
    for (let times = 0; times < 10; times += 1) {
      mistaken!.learnsGone(leader.id);
      await mesh.until(() => mistaken!.running.status().leader === '', 50);
      await mesh.until(() => mistaken!.running.status().leader === leader.id, 150);
      await mesh.run(70);
    }
    expect(asked.times).toBeGreaterThan(0);
    expect(voted.times).toBe(0);
    expect(mesh.nodes.map(termOf)).toEqual([term, term, term]);
    const write = mistaken!.running.submit(reserve(['a'], 'k'), TIMEOUT);
    expect((await mesh.settle(write, HALF_A_TIME_OUT_MS)).result.kind).toBe('reserved');
    // Once it spoke, the search is over.
    const before = asked.times;
    await mesh.run(1_500);
    expect(asked.times).toBe(before);
  });

  it('is not given up because another replica is gone', async () => {
    const mesh = await VirtualMesh.start(3);
    const { leader } = mesh;
    const term = termOf(leader);
    const asked = count(mesh, 'pre-vote');
    mesh.kill(mesh.followers[0]!);
    await mesh.run(1_500);
    expect(asked.times).toBe(0);
    expect([mesh.leader, termOf(mesh.leader)]).toEqual([leader, term]);
  });
});

describe('the ordinary time-out alone decides about a leader', () => {
  it.each([
    ['whose process stands still', (mesh: VirtualMesh) => Object.assign(mesh.leader, { paused: true })],
    ['that is cut off', (mesh: VirtualMesh) => mesh.isolate(mesh.leader)],
    ['whose power went', (mesh: VirtualMesh) => mesh.kill(mesh.leader, { power: true })],
  ])('%s', async (_, strike) => {
    const mesh = await VirtualMesh.start(3);
    await mesh.run(250);
    const { leader } = mesh;
    const asked = count(mesh, 'pre-vote');
    strike(mesh);
    await mesh.run(ALMOST_A_TIME_OUT_MS);
    expect(asked.times).toBe(0);
    await mesh.until(() => mesh.leaderOrNull !== null && mesh.leaderOrNull !== leader);
    expect(asked.times).toBeGreaterThan(0);
  });
});
