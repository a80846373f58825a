/**
 * Whole replicas under faults: stalls, delays, one-way cuts, slow disks, restarts and wrong clocks, on virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/replica/frame.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { EPOCH_MS, type VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import {
  agree,
  failureOf,
  HOUR,
  LINEARIZABLE,
  meshWithPoints,
  reserve,
  STALE,
  submit,
  TIMEOUT,
} from './world.js';

const YEAR = 365 * 24 * HOUR;

/** Calls `seen` for every frame of one kind that leaves a replica. */
function watch<K extends Frame['kind']>(
  mesh: VirtualMesh,
  kind: K,
  seen: (frame: Extract<Frame, { kind: K }>) => void,
): void {
  mesh.tap = (batch) => {
    for (const frame of batch.frames) if (frame.kind === kind) seen(frame as Extract<Frame, { kind: K }>);
  };
}

async function holderOf(mesh: VirtualMesh, node: VirtualNode, pointId: string): Promise<string | undefined> {
  const read = await mesh.settle(node.running.query({ kind: 'holder-now', pointId }, LINEARIZABLE));
  return read.reply?.holder;
}

/** All nodes are off for so long. */
async function sleep(mesh: VirtualMesh, durationMs: number): Promise<void> {
  for (const node of mesh.nodes) {
    mesh.kill(node);
    node.skewMs += durationMs;
  }
  for (const node of mesh.nodes) await mesh.restart(node);
  await agree(mesh);
}

/** Restarts a node that has lost its state database; its first turn is still to come. */
async function replay(mesh: VirtualMesh, node: VirtualNode): Promise<void> {
  mesh.kill(node);
  await node.state.clear();
  await mesh.restart(node);
}

describe('answers to a process that is no more', () => {
  it('a refusal of its proposal is not taken for one of its successor’s', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    const follower = mesh.followers[0]!;
    await agree(mesh);
    // The old process asks, and dies while the leader is stopped with its proposals in the inbox.
    leader.belowReserve = true;
    leader.paused = true;
    const ids: number[] = [];
    watch(mesh, 'proposal', (frame) => ids.push(frame.proposalId));
    for (const point of ['a', 'b', 'c']) {
      failureOf(follower.running.submit(reserve([point], `old-${point}`), TIMEOUT)).catch(() => {});
    }
    await mesh.run(5);
    mesh.kill(follower);
    await mesh.restart(follower);
    leader.paused = false;
    await mesh.run(3);
    leader.belowReserve = false;
    await mesh.until(() => follower.running.status().leader === leader.id);
    const answers = ['a', 'b', 'c'].map((point) =>
      follower.running.submit(reserve([point], `new-${point}`), TIMEOUT),
    );
    for (const answer of answers) expect((await mesh.settle(answer)).result.kind).toBe('reserved');
    expect(ids.length).toBeGreaterThanOrEqual(6);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('an answer that the ledger has forgotten is not given again by who replays it', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    const first = await submit(mesh, node, reserve(['a'], 'k'));
    await agree(mesh);
    // Answers are remembered for 24 hours.
    await sleep(mesh, 20 * HOUR);
    const [restarted, alive] = mesh.followers;
    await replay(mesh, restarted!);
    expect(await submit(mesh, restarted!, reserve(['a'], 'k'))).toEqual(first);
    await sleep(mesh, 5 * HOUR);
    const [late] = mesh.followers;
    await replay(mesh, late!);
    const again = await submit(mesh, late!, reserve(['a'], 'k'));
    expect(again.index).toBeGreaterThan(first.index);
    expect(again).toEqual(await submit(mesh, alive!, reserve(['a'], 'k')));
  });

  it('C14: a read index that it asked for does not serve its successor’s read', async () => {
    const mesh = await meshWithPoints();
    const follower = mesh.followers[0]!;
    const other = mesh.followers[1]!;
    await agree(mesh);
    mesh.kill(follower);
    await mesh.restart(follower);
    await mesh.until(() => follower.running.status().ready);
    // The leader's answer to the old process is long on its way.
    mesh.delayMs = (batch) =>
      batch.frames.some((frame) => frame.kind === 'raft' && frame.message.kind === 'read-index-reply')
        ? 350
        : 0;
    void failureOf(follower.running.query({ kind: 'holder-now', pointId: 'a' }, LINEARIZABLE)).catch(
      () => {},
    );
    await mesh.run(20);
    mesh.delayMs = () => 0;
    mesh.kill(follower);
    await mesh.restart(follower);
    await mesh.until(() => follower.running.status().ready);
    // What was reserved meanwhile must be seen, though this follower hears of it late.
    mesh.delayMs = (batch) =>
      batch.to === follower.id &&
      batch.frames.some((frame) => frame.kind === 'raft' && frame.message.kind !== 'heartbeat')
        ? 600
        : 0;
    expect((await submit(mesh, other, reserve(['a'], 'k'))).result.kind).toBe('reserved');
    expect(await holderOf(mesh, follower, 'a')).toBe('car-1');
  });
});

describe('handing leadership on', () => {
  it('happens at once, whichever replica leads', async () => {
    const leaders = new Set<string>();
    for (let seed = 1; seed <= 8; seed += 1) {
      const mesh = await meshWithPoints(3, seed);
      const old = mesh.leader;
      leaders.add(old.company);
      await agree(mesh);
      old.running.drain();
      await mesh.until(() => old.running.isDrained(), 200);
    }
    expect(leaders.size).toBe(3);
  });

  it('passes by one that cannot take it', async () => {
    const mesh = await meshWithPoints();
    const old = mesh.leader;
    const [first] = mesh.followers;
    first!.skewMs = -HOUR;
    await mesh.until(() => first!.running.status().problems.join().includes('clock'));
    await agreeBut(mesh, first!);
    old.running.drain();
    await mesh.until(() => old.running.isDrained(), 6_000);
    expect(mesh.leaderOrNull).not.toBe(first);
  });

  it('costs no request that is under way at any node an error', async () => {
    const mesh = await meshWithPoints();
    const old = mesh.leader;
    const pending: Promise<unknown>[] = [];
    for (let k = 0; k < 60; k += 1) {
      const node = mesh.nodes[k % 3]!;
      if (k === 20) old.running.drain();
      if (node !== old || k < 20) pending.push(node.running.submit(reserve(['a'], `k${k}`), TIMEOUT));
      await mesh.run(1);
    }
    for (const answer of pending) await mesh.settle(answer);
    expect(mesh.leader).not.toBe(old);
    expect(old.running.isDrained()).toBe(true);
  });
});

async function agreeBut(mesh: VirtualMesh, odd: VirtualNode): Promise<void> {
  await mesh.until(
    () =>
      mesh.nodes.every((node) => node === odd || node.running.status().ready) && mesh.leaderOrNull !== null,
  );
}

describe('clocks', () => {
  it('that step while nobody leads keep nobody from leading for ever', async () => {
    const mesh = await meshWithPoints();
    const [one, two] = mesh.followers;
    mesh.kill(mesh.leader);
    one!.skewMs = 60_000;
    two!.skewMs = 60_000;
    await mesh.until(() => mesh.leaderOrNull !== null, 60_000);
    expect((await submit(mesh, one!, reserve(['a'], 'k'))).result.kind).toBe('reserved');
  });

  it('that are wrong at start do not let a first request live longer than its caller', async () => {
    const mesh = await meshWithPoints();
    const follower = mesh.followers[0]!;
    mesh.kill(follower);
    follower.skewMs = YEAR;
    const notAfters: number[] = [];
    watch(mesh, 'proposal', (frame) => notAfters.push(frame.notAfterMs));
    await mesh.restart(follower);
    const answer = await submit(mesh, follower, reserve(['a'], 'k'));
    expect(answer.result.kind).toBe('reserved');
    for (const notAfterMs of notAfters) expect(notAfterMs).toBeLessThan(EPOCH_MS + mesh.nowMs + 10_000);
  });
});

describe('a slow disk', () => {
  it('of a follower makes its stale reads old, and says so', async () => {
    const mesh = await meshWithPoints();
    const slow = mesh.followers[0]!;
    await slowDown(mesh, slow);
    await submit(mesh, mesh.leader, reserve(['a'], 'k'));
    await mesh.run(3_000);
    const read = await slow.running.query({ kind: 'holder-now', pointId: 'a' }, STALE);
    expect(read.reply).toBeNull();
    expect(read.ageMs).toBeGreaterThan(2_000);
    expect(slow.running.status().ready).toBe(false);
    while (slow.log.saving) {
      slow.log.complete();
      await mesh.run(50);
    }
    await mesh.run(250);
    expect((await slow.running.query({ kind: 'totals' }, STALE)).ageMs).toBeLessThan(1_000);
  });

  it('of the leader neither stops heartbeats nor answers before the save', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    const slow = await slowDownAsLeader(mesh);
    expect(slow).toBe(mesh.leader);
    const pending = slow.running.submit(reserve(['a'], 'k'), TIMEOUT);
    let answered = false;
    void pending.then(() => {
      answered = true;
    });
    // After an election time-out it would hand leadership on (disk-stall.test.ts).
    await mesh.run(900);
    expect(answered).toBe(false);
    expect(mesh.leader).toBe(slow);
    // The others committed it, and may have told so.
    const read = await slow.running.query({ kind: 'holder-now', pointId: 'a' }, STALE);
    expect(read.reply).toBeNull();
    expect(read.ageMs).toBeGreaterThan(800);
    expect(leader.failure).toBeNull();
    while (slow.log.saving) {
      slow.log.complete();
      await mesh.run(5);
    }
    expect((await mesh.settle(pending)).result.kind).toBe('reserved');
  });
});

/** Gives `node` a disk on which a save is done when the test says so; it restarts for it and catches up. */
async function slowDown(mesh: VirtualMesh, node: VirtualNode): Promise<void> {
  mesh.kill(node);
  const slow = new MemoryLogStore({ completion: 'manual' });
  const { log } = node;
  const copied = slow.save({
    hardState: log.hardState(),
    entries: log.entries(log.firstIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER),
    snapshot: log.snapshot(),
    mustSync: true,
  });
  slow.complete();
  await copied;
  node.log = slow;
  await mesh.restart(node);
  await mesh.run(500);
  while (slow.saving) {
    slow.complete();
    await mesh.run(10);
  }
  await mesh.until(() => node.running.status().ready);
}

/** The same for a node that leads afterwards. */
async function slowDownAsLeader(mesh: VirtualMesh): Promise<VirtualNode> {
  const node = mesh.followers[0]!;
  await slowDown(mesh, node);
  for (const other of mesh.nodes) if (other !== node) other.running.drain();
  while (mesh.leaderOrNull !== node || !node.running.status().ready || node.log.saving) {
    if (node.log.saving) node.log.complete();
    await mesh.run(1);
  }
  return node;
}

describe('stale reads', () => {
  it('of a replica that starts alone are as old as what it has', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    for (const each of mesh.nodes) mesh.kill(each);
    await mesh.run(2 * HOUR);
    await mesh.restart(node);
    await mesh.run(50);
    expect((await node.running.query({ kind: 'totals' }, STALE)).ageMs).toBeGreaterThan(HOUR);
  });

  it('of a leader that was deposed are as old as its last word from a quorum', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    await mesh.run(HOUR);
    expect(mesh.leader).toBe(leader);
    mesh.isolate(leader);
    await mesh.until(() => leader.running.status().role !== 'leader');
    const { ageMs } = await leader.running.query({ kind: 'totals' }, STALE);
    expect(ageMs).toBeGreaterThan(900);
    expect(ageMs).toBeLessThan(5_000);
  });

  it('are old until a replica that was cut off has caught up', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    mesh.isolate(node);
    await mesh.run(5_000);
    await submit(mesh, mesh.leader, reserve(['a'], 'k'));
    await mesh.run(5_000);
    mesh.heal();
    for (let k = 0; k < 2_000; k += 1) {
      const read = await node.running.query({ kind: 'holder-now', pointId: 'a' }, STALE);
      if (read.reply !== null) break;
      expect(read.ageMs).toBeGreaterThan(5_000);
      await mesh.run(1);
    }
    expect(await holderOf(mesh, node, 'a')).toBe('car-1');
  });
});

describe('catching up', () => {
  it('never fills a link with one batch, however much is missing', async () => {
    const mesh = await meshWithPoints();
    const [late, other] = mesh.followers;
    mesh.kill(late!);
    const pending = Array.from({ length: 60 }, (_, k) =>
      submit(mesh, other!, reserve(Array<string>(50).fill('x'.repeat(4_000)), `k${k}`)),
    );
    for (const answer of pending) expect((await answer).result).toMatchObject({ reason: 'INVALID' });
    let bytesMax = 0;
    let bytesSum = 0;
    mesh.tap = (batch) => {
      const bytes = batch.frames.reduce((sum, frame) => sum + commandBytes(frame), 0);
      bytesMax = Math.max(bytesMax, bytes);
      if (batch.to === late!.id) bytesSum += bytes;
    };
    await mesh.restart(late!);
    await agree(mesh);
    expect(bytesSum).toBeGreaterThan(60 * 50 * 4_000);
    expect(bytesMax).toBeLessThan(4 * 1024 * 1024);
  });

  it('of many requests with a new leader does not fill a link with one batch either', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    let bytesMax = 0;
    mesh.tap = (batch) => {
      const bytes = batch.frames.reduce((sum, frame) => sum + commandBytes(frame), 0);
      if (batch.from === node.id) bytesMax = Math.max(bytesMax, bytes);
    };
    const pending = Array.from({ length: 60 }, (_, k) =>
      submit(mesh, node, reserve(Array<string>(50).fill('x'.repeat(4_000)), `k${k}`)),
    );
    for (const answer of pending) expect((await answer).result).toMatchObject({ reason: 'INVALID' });
    expect(bytesMax).toBeGreaterThan(0);
    expect(bytesMax).toBeLessThan(4 * 1024 * 1024);
  });

  it('is done in many short turns', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    for (let k = 0; k < 20; k += 1) {
      const pending = Array.from({ length: 100 }, (_, j) => submit(mesh, node, reserve(['a'], `k${k}-${j}`)));
      await Promise.all(pending);
    }
    await agree(mesh);
    const { lastIndex } = node.running.status();
    mesh.kill(node);
    await node.state.clear();
    await mesh.restart(node);
    let appliedIndex = 1;
    let mostInOneTurn = 0;
    await mesh.until(() => {
      const now = node.running.status().appliedIndex;
      mostInOneTurn = Math.max(mostInOneTurn, now - appliedIndex);
      appliedIndex = now;
      return now >= lastIndex;
    });
    expect(mostInOneTurn).toBeLessThan(1_000);
    await agree(mesh);
  });
});

function commandBytes(frame: Frame): number {
  if (frame.kind === 'proposal') return frame.command.length;
  if (frame.kind !== 'raft' || frame.message.kind !== 'append') return 0;
  let bytes = 0;
  for (const { payload } of frame.message.entries)
    if (payload.kind === 'command') bytes += payload.data.length;
  return bytes;
}

describe('the commit index', () => {
  it('travels with later saves, so that a start knows what was committed', async () => {
    const mesh = await meshWithPoints();
    for (let k = 0; k < 5; k += 1) {
      await submit(mesh, mesh.leader, reserve(['a'], `k${k}`));
      await mesh.run(300);
    }
    const { leader } = mesh;
    expect(leader.log.hardState().commit).toBeGreaterThanOrEqual(leader.log.lastIndex() - 1);
  });
});
