import { describe, expect, it } from 'vitest';
import { type ConfigState, type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { RaftStatus } from '../../src/raft/raft-core.js';
import { describeFigures } from '../../src/replica/figures.js';
import { VirtualMesh } from '../support/virtual-mesh.js';
import { meshWithPoints, reserve, TIMEOUT } from './world.js';

const [A, B, C, D, E] = Array.from({ length: 5 }, (_, k) => replicaId(`000000000000000${k + 1}`)) as [
  ReplicaId,
  ReplicaId,
  ReplicaId,
  ReplicaId,
  ReplicaId,
];

/** The losses that the leader A tolerates while it hears `up`. */
function tolerated(config: Partial<ConfigState>, up: readonly ReplicaId[]): number | null {
  const whole = {
    voters: [],
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
    ...config,
  };
  return describeFigures({
    raft: { id: A, role: 'leader', peers: [], uncommittedBytes: 0, lastIndex: 9 } as unknown as RaftStatus,
    config: whole,
    book: { members: [], get: () => undefined },
    heard: (id) => up.includes(id),
    ...{
      submissionsWaiting: 0,
      readsWaiting: 0,
      clockSkewMs: null,
      clockSkewMaxMs: 2_000,
      diskStalls: false,
    },
  }).lossesTolerated;
}

describe('the losses that a leader tolerates', () => {
  it('are the voters it hears beyond a majority', () => {
    expect(tolerated({ voters: [A] }, [])).toBe(0);
    expect(tolerated({ voters: [A, B] }, [B])).toBe(0);
    expect(tolerated({ voters: [A, B, C] }, [B, C])).toBe(1);
    expect(tolerated({ voters: [A, B, C] }, [C])).toBe(0);
    expect(tolerated({ voters: [A, B, C, D] }, [B, C, D])).toBe(1);
    expect(tolerated({ voters: [A, B, C, D, E] }, [B, C, D, E])).toBe(2);
    expect(tolerated({ voters: [A, B, C, D, E] }, [B, D, E])).toBe(1);
  });

  it('are none, never less, where it is about to step down', () => {
    expect(tolerated({ voters: [A, B, C] }, [])).toBe(0);
  });

  it('are those of the weaker half of a joint configuration', () => {
    const joint = { voters: [A, B, C, D, E], votersOutgoing: [A, B, C] };
    expect(tolerated(joint, [B, C, D, E])).toBe(1);
    expect(tolerated(joint, [B, D, E])).toBe(0);
  });

  it('do not count learners', () => {
    expect(tolerated({ voters: [A, B, C], learners: [D] }, [B, D])).toBe(0);
  });
});

describe('the figures of a replica', () => {
  it('tell at the leader alone what its peers lack, and how many may be lost; that falls with one that dies', async () => {
    const mesh = await meshWithPoints();
    const { leader, followers } = mesh;
    expect(leader.running.figures()).toMatchObject({ voters: 3, learners: 0, lossesTolerated: 1 });
    expect(followers[0]!.running.figures()).toMatchObject({ voters: 3, lossesTolerated: null, peers: [] });
    const [dies, stays] = followers;
    mesh.kill(dies!);
    await mesh.until(() => leader.running.figures().lossesTolerated === 0);
    await mesh.settle(leader.running.submit(reserve(['a'], 'k1'), TIMEOUT));
    const lagOf = (company: string) =>
      leader.running.figures().peers.find((peer) => peer.company === company)!.lagEntries;
    expect(lagOf(dies!.company)).toBeGreaterThan(0);
    await mesh.until(() => lagOf(stays!.company) === 0);
    await mesh.restart(dies!);
    await mesh.until(() => leader.running.figures().lossesTolerated === 1 && lagOf(dies!.company) === 0);
  });

  it('count who waits, and tell how far the clock is off', async () => {
    const mesh = await meshWithPoints();
    const [follower] = mesh.followers;
    follower!.skewMs = -1_500;
    await mesh.until(() => (follower!.running.figures().clockSkewMs ?? 0) < -1_000);
    expect(follower!.running.figures().clockSkewMaxMs).toBe(2_000);
    const { leader } = mesh;
    for (const other of mesh.followers) mesh.kill(other);
    const answer = leader.running.submit(reserve(['a'], 'k1'), TIMEOUT);
    const read = leader.running.query({ kind: 'totals' }, { consistency: 'linearizable', timeoutMs: 5_000 });
    expect(leader.running.figures()).toMatchObject({ submissionsWaiting: 1, readsWaiting: 1 });
    await expect(mesh.settle(answer)).rejects.toThrow();
    await expect(mesh.settle(read)).rejects.toThrow();
    expect(leader.running.figures()).toMatchObject({ submissionsWaiting: 0, readsWaiting: 0 });
  });

  it('know learners from voters', async () => {
    const mesh = await VirtualMesh.start(4, 3, { absentLearners: 1 });
    const figures = mesh.leader.running.figures();
    expect(figures).toMatchObject({ voters: 3, learners: 1 });
    expect(figures.peers.filter(({ voter }) => !voter).length).toBe(1);
  });
});
