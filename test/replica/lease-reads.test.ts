/**
 * C17: whatever clocks and processes do, no read is answered from what was already overwritten when it was asked. The
 * same strikes with reads by lease and without; with a lease it also shows that it was at work.
 */
import { describe, expect, it } from 'vitest';
import { VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { LINEARIZABLE, meshWithPoints, reserve, submit } from './world.js';

const ELECTION_MS = 1_000;
const SEEDS = 12;
const HOUR_MS = 3_600_000;

interface Read {
  readonly atMs: number;
  /** Undefined until it is answered; null: nobody holds the point. */
  reply: unknown;
}

interface Seen {
  /** Reads at the old leader that it answered after it was struck, before it can have heard of another one. */
  byLease: number;
  stale: number;
}

/** Asks the old leader again and again while the others elect another and write; `strike` is what happens to it. */
async function readThrough(
  mesh: VirtualMesh,
  old: VirtualNode,
  strike: () => void | Promise<void>,
  after: () => void = () => {},
): Promise<Seen> {
  const reads: Read[] = [];
  const others = mesh.nodes.filter((node) => node !== old);
  const struckAtMs = mesh.nowMs;
  await strike();
  let acknowledgedAtMs = Number.POSITIVE_INFINITY;
  let written: Promise<unknown> | null = null;
  for (let steps = 0; steps < 400 && mesh.nowMs < acknowledgedAtMs + 4 * ELECTION_MS; steps += 1) {
    const read: Read = { atMs: mesh.nowMs, reply: undefined };
    reads.push(read);
    old.replica?.query({ kind: 'holder-now', pointId: 'a' }, { ...LINEARIZABLE, timeoutMs: 30_000 }).then(
      ({ reply }) => {
        read.reply = reply;
      },
      () => {},
    );
    const next = others.find((node) => node.replica?.status().role === 'leader');
    if (written === null && next !== undefined) {
      written = next.running.submit(reserve(['a'], 'k'), { timeoutMs: 30_000 }).then(() => {
        acknowledgedAtMs = mesh.nowMs;
        after();
      });
    }
    await mesh.run(10);
  }
  expect(acknowledgedAtMs).toBeLessThan(Number.POSITIVE_INFINITY);
  const answered = reads.filter(({ reply }) => reply !== undefined);
  return {
    byLease: answered.filter(({ atMs, reply }) => atMs > struckAtMs && reply === null).length,
    stale: answered.filter(({ atMs, reply }) => atMs >= acknowledgedAtMs && reply === null).length,
  };
}

interface Strike {
  readonly name: string;
  readonly strike: (mesh: VirtualMesh, old: VirtualNode) => void | Promise<void>;
  /** What happens once the others have written. */
  readonly after?: (mesh: VirtualMesh, old: VirtualNode) => void;
  /** Whether the lease must have answered at least one read meanwhile. */
  readonly leaseIsSeen: boolean;
}

const drift = (mesh: VirtualMesh, old: VirtualNode, ofLeader: number, ofOthers: number): Promise<void> => {
  for (const node of mesh.nodes) mesh.drift(node, node === old ? ofLeader : ofOthers);
  return mesh.run(2 * ELECTION_MS);
};

const STRIKES: readonly Strike[] = [
  { name: 'it is cut off', strike: (mesh, old) => mesh.isolate(old), leaseIsSeen: true },
  {
    name: 'it is cut off, its clock at half the speed, the others’ at twice',
    strike: async (mesh, old) => {
      await drift(mesh, old, 0.5, 2);
      mesh.isolate(old);
    },
    leaseIsSeen: true,
  },
  {
    name: 'it is cut off, its clock at twice the speed, the others’ at half',
    strike: async (mesh, old) => {
      await drift(mesh, old, 2, 0.5);
      mesh.isolate(old);
    },
    leaseIsSeen: true,
  },
  {
    name: 'it stands still for two election time-outs and more, and goes on cut off',
    strike: (mesh, old) => {
      old.paused = true;
      mesh.isolate(old);
    },
    after: (_, old) => {
      old.paused = false;
    },
    leaseIsSeen: false,
  },
  {
    name: 'its wall clock jumps back when it is cut off',
    strike: (mesh, old) => {
      old.skewMs = -HOUR_MS;
      mesh.isolate(old);
    },
    leaseIsSeen: false,
  },
  {
    name: 'its wall clock jumps ahead when it is cut off',
    strike: (mesh, old) => {
      old.skewMs = HOUR_MS;
      mesh.isolate(old);
    },
    leaseIsSeen: false,
  },
  {
    name: 'it is heard no more, and answers to it take almost an election time-out',
    strike: async (mesh, old) => {
      mesh.delayMs = ({ to }) => (to === old.id ? 900 : 0);
      await mesh.run(ELECTION_MS - 100);
      for (const node of mesh.nodes) if (node !== old) mesh.network.cut(old.id, node.id);
    },
    leaseIsSeen: false,
  },
  {
    name: 'it hands leadership on and is cut off at once',
    strike: async (mesh, old) => {
      let told = false;
      mesh.tap = ({ from, frames }) => {
        const word = frames.some((frame) => frame.kind === 'raft' && frame.message.kind === 'timeout-now');
        told ||= from === old.id && word;
      };
      old.running.drain();
      await mesh.until(() => told);
      await mesh.run(1);
      mesh.isolate(old);
    },
    leaseIsSeen: false,
  },
  {
    name: 'it is cut off when the voter that it rests on starts again, and the other one heard nothing for long',
    strike: async (mesh, old) => {
      const [rested, other] = mesh.nodes.filter((node) => node !== old);
      mesh.network.cut(old.id, other!.id);
      mesh.network.cut(other!.id, old.id);
      await mesh.run(1.15 * ELECTION_MS);
      mesh.isolate(old);
      mesh.kill(rested!, { power: true });
      await mesh.restart(rested!);
    },
    leaseIsSeen: false,
  },
];

describe('C17: no read is stale', () => {
  const modes = [true, false].flatMap((leaseReads) =>
    STRIKES.map(
      (strike) => [leaseReads ? 'by lease' : 'by a round', strike.name, leaseReads, strike] as const,
    ),
  );

  it.each(modes)('%s, when %s', { timeout: 60_000 }, async (_mode, _when, leaseReads, struck) => {
    const { strike, after, leaseIsSeen } = struck;
    let byLease = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const mesh = await meshWithPoints(3, seed, { leaseReads });
      // Anywhere between two heartbeats.
      await mesh.run(200 + 9 * seed);
      const old = mesh.leader;
      const seen = await readThrough(
        mesh,
        old,
        () => strike(mesh, old),
        () => after?.(mesh, old),
      );
      expect(seen.stale).toBe(0);
      byLease += seen.byLease;
    }
    if (leaseIsSeen) expect(byLease > 0).toBe(leaseReads);
  });
});

describe('a mesh that reads by lease', () => {
  it('answers at the leader, and to followers, without a round of its own', async () => {
    const beats = async (leaseReads: boolean): Promise<number> => {
      const mesh = await meshWithPoints(3, 1, { leaseReads });
      await submit(mesh, mesh.leader, reserve(['a'], 'k', 'car-7'));
      await mesh.run(250);
      let heard = 0;
      mesh.tap = ({ frames }) => {
        heard += frames.filter((frame) => frame.kind === 'raft' && frame.message.kind === 'heartbeat').length;
      };
      const startMs = mesh.nowMs;
      for (const node of mesh.nodes) {
        for (let k = 0; k < 10; k += 1) {
          const read = node.running.query({ kind: 'holder-now', pointId: 'a' }, LINEARIZABLE);
          expect((await mesh.settle(read)).reply).toMatchObject({ holder: 'car-7' });
        }
      }
      await mesh.run(500 - (mesh.nowMs - startMs));
      return heard;
    };
    const [withLease, without] = [await beats(true), await beats(false)];
    // Those of the clock, to two followers each.
    expect(withLease).toBeLessThanOrEqual(12);
    expect(without).toBeGreaterThanOrEqual(withLease + 2 * 30 - 12);
  });

  it('takes no hint that its leader is gone: that would break the promise to it', async () => {
    const mesh = await VirtualMesh.start(3, 1, { leaseReads: true });
    await mesh.run(250);
    let asked = 0;
    mesh.tap = ({ frames }) => {
      asked += frames.filter((frame) => frame.kind === 'raft' && frame.message.kind === 'pre-vote').length;
    };
    mesh.kill(mesh.leader);
    await mesh.run(0.9 * ELECTION_MS);
    expect(asked).toBe(0);
    await mesh.until(() => mesh.leaderOrNull !== null);
  });
});
