/** Reads of whole replicas that must not show the past, nor hang: C13, C16 and C17. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/replica/frame.js';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';
import { agree, failureOf, HOUR, meshWithPoints, reserve, submit, TIMEOUT } from './world.js';

const ELECTION_MS = 1_000;

function holderOf(node: VirtualNode, timeoutMs: number): Promise<string | undefined> {
  return node.running
    .query({ kind: 'holder-now', pointId: 'a' }, { consistency: 'linearizable', timeoutMs })
    .then(({ reply }) => reply?.holder);
}

/** Whether a batch carries a message of consensus of this kind. */
function carries({ frames }: Batch, ...kinds: readonly string[]): boolean {
  return frames.some((frame) => frame.kind === 'raft' && kinds.includes(frame.message.kind));
}

/** Whoever leads among all but `old`. */
async function successorOf(mesh: VirtualMesh, old: VirtualNode): Promise<VirtualNode> {
  await mesh.until(() => ![null, old].includes(mesh.leaderOrNull));
  return mesh.leader;
}

describe('C13: a read', () => {
  it('whose question or answer is lost is asked again, and served within an election time-out', async () => {
    for (const lost of ['read-index', 'read-index-reply']) {
      const mesh = await meshWithPoints();
      const follower = mesh.followers[0]!;
      await submit(mesh, mesh.leader, reserve(['a'], 'k'));
      let losses = 0;
      mesh.network.drop((batch) => carries(batch, lost) && losses++ === 0);
      const read = holderOf(follower, 10 * ELECTION_MS);
      expect(await mesh.settle(read, ELECTION_MS)).toBe('car-1');
      expect(losses).toBeGreaterThan(1);
    }
  });

  it('whose leader dies with it is served by the next one', async () => {
    const mesh = await meshWithPoints();
    const follower = mesh.followers[0]!;
    await submit(mesh, mesh.leader, reserve(['a'], 'k'));
    mesh.network.drop((batch) => carries(batch, 'read-index'));
    const served = holderOf(follower, 10 * ELECTION_MS);
    await mesh.run(10);
    mesh.kill(mesh.leader);
    mesh.network.drop(() => false);
    expect(await mesh.settle(served, 5 * ELECTION_MS)).toBe('car-1');
  });

  it('that nobody is left to confirm fails at its own deadline, and not later', async () => {
    const mesh = await meshWithPoints();
    const [one, two] = mesh.followers;
    const failed = failureOf(holderOf(one!, ELECTION_MS / 2));
    mesh.kill(mesh.leader);
    mesh.kill(two!);
    expect((await mesh.settle(failed, ELECTION_MS)).code).toBe('UNAVAILABLE');
  });
});

describe('C16: a replica that starts with a long log', () => {
  it('serves no read from the middle of its replay', async () => {
    const mesh = await meshWithPoints();
    const follower = mesh.followers[0]!;
    const other = mesh.followers[1]!;
    for (let k = 0; k < 300; k += 1) void mesh.leader.running.submit(reserve(['b'], `k${k}`), TIMEOUT);
    expect((await submit(mesh, other, reserve(['a'], 'last'))).result.kind).toBe('reserved');
    await agree(mesh);
    // Its state is lost, and its disk knows of no more than the founding that it is committed.
    mesh.kill(follower);
    await follower.state.clear();
    const { log } = follower;
    await log.save({
      hardState: { ...log.hardState(), commit: log.snapshot().index },
      entries: [],
      snapshot: null,
      mustSync: false,
    });
    // Of a leader that does not know how far its log matches it learns who leads, and not what is committed.
    const { leader } = mesh;
    mesh.kill(leader);
    await mesh.restart(leader);
    await mesh.until(() => mesh.leaderOrNull !== null);
    mesh.network.drop((batch) => batch.to === follower.id && carries(batch, 'append'));
    await mesh.restart(follower);
    await mesh.until(() => follower.running.status().leader !== '');

    let served = false;
    const read = holderOf(follower, 20 * ELECTION_MS).finally(() => {
      served = true;
    });
    await mesh.run(ELECTION_MS / 2);
    const { appliedIndex, lastIndex } = follower.running.status();
    expect(lastIndex - appliedIndex).toBeGreaterThan(300);
    expect(served).toBe(false);
    mesh.network.drop(() => false);
    expect(await mesh.settle(read)).toBe('car-1');
    expect(follower.running.status().appliedIndex).toBeGreaterThanOrEqual(lastIndex);
    await agree(mesh);
  });

  it('and is alone serves none before an entry of its own term is applied', async () => {
    const mesh = await meshWithPoints(1);
    const node = mesh.nodes[0]!;
    for (let k = 0; k < 100; k += 1) await submit(mesh, node, reserve(['a'], `k${k}`));
    const { lastIndex, term } = node.running.status();
    mesh.kill(node);
    await node.state.clear();
    await mesh.restart(node);
    const read = holderOf(node, 10 * ELECTION_MS);
    let servedAt = 0;
    void read.then(() => {
      servedAt = node.running.status().appliedIndex;
    });
    expect(await mesh.settle(read)).toBe('car-1');
    expect(servedAt).toBe(lastIndex + 1);
    expect(node.running.status().term).toBeGreaterThan(term);
  });
});

describe('C17: a leader that is cut off', () => {
  const disturbances: readonly (readonly [string, (node: VirtualNode) => void])[] = [
    ['and stands still', (node) => Object.assign(node, { paused: true })],
    ['while its wall clock jumps ahead', (node) => Object.assign(node, { skewMs: 5 * HOUR })],
    ['while its wall clock jumps back', (node) => Object.assign(node, { skewMs: -5 * HOUR })],
  ];

  for (const [name, disturb] of disturbances) {
    it(`${name} shows nothing from before its successor`, async () => {
      const mesh = await meshWithPoints();
      const old = mesh.leader;
      mesh.isolate(old);
      disturb(old);
      const next = await successorOf(mesh, old);
      expect((await submit(mesh, next, reserve(['a'], 'k'))).result.kind).toBe('reserved');
      await mesh.run(2 * ELECTION_MS);
      old.paused = false;
      // The first that it does is to read: once in vain, once for long enough to be healed meanwhile.
      const failed = failureOf(holderOf(old, ELECTION_MS));
      const served = holderOf(old, 20 * ELECTION_MS);
      expect((await mesh.settle(failed)).code).toBe('UNAVAILABLE');
      mesh.heal();
      expect(await mesh.settle(served)).toBe('car-1');
    });
  }
});
