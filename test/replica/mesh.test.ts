/**
 * The way of one reservation over whole replicas: real cores, ledgers and replicas on virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/ledger/result.js';
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

describe('a reservation over several companies', () => {
  it('is granted whole at any node, and read there at once', async () => {
    const mesh = await meshWithPoints();
    const follower = mesh.followers[0]!;
    const answer = await submit(mesh, follower, reserve(['a', 'b', 'c'], 'trip'));
    expect(answer.result).toMatchObject({ kind: 'reserved', stops: [{ pointId: 'a' }, {}, {}] });
    const read = await follower.running.query({ kind: 'holder-now', pointId: 'c' }, STALE);
    expect(read.reply?.holder).toBe('car-1');
    expect(read.index).toBeGreaterThanOrEqual(answer.index);
    await agree(mesh);
  });

  it('is refused whole when one stop is taken', async () => {
    const mesh = await meshWithPoints();
    await submit(mesh, mesh.nodes[0]!, reserve(['b'], 'one'));
    const answer = await submit(mesh, mesh.nodes[1]!, reserve(['a', 'b', 'c'], 'two', 'car-2'));
    expect(answer.result).toMatchObject({
      kind: 'refused',
      reason: 'STOPS_UNAVAILABLE',
      conflicts: [{ pointId: 'b', reason: 'POINT_TAKEN' }],
    });
    await agree(mesh);
    const read = await mesh.nodes[2]!.running.query({ kind: 'holder-now', pointId: 'a' }, STALE);
    expect(read.reply).toBeNull();
  });

  it('ends by ledger time at the same entry everywhere, though nobody calls', async () => {
    const mesh = await meshWithPoints();
    const { index } = await submit(mesh, mesh.nodes[0]!, reserve(['a'], 'trip'));
    await mesh.run(HOUR + 1_000);
    await agree(mesh);
    for (const node of mesh.nodes) {
      const read = await node.running.query({ kind: 'reservation', reservationId: `r${index}` }, STALE);
      expect(read.reply).toMatchObject({ state: 'EXPIRED' });
    }
    // One entry ended it; nothing is written while nothing is due.
    const { lastIndex } = mesh.leader.running.status();
    await mesh.run(60_000);
    expect(mesh.leader.running.status().lastIndex).toBe(lastIndex);
  });
});

describe('a door’s bug', () => {
  it('is told to its caller alone: the replica goes on', async () => {
    const mesh = await meshWithPoints();
    for (const node of [mesh.leader, mesh.followers[0]!]) {
      const broken = { ...reserve(['a'], 'k'), traceId: 'not hex' };
      await expect(mesh.settle(node.running.submit(broken, TIMEOUT))).rejects.not.toHaveProperty('code');
      expect((await submit(mesh, node, reserve(['a'], `after-${node.company}`))).index).toBeGreaterThan(0);
    }
  });
});

describe('a dying leader', () => {
  it('S1: the answer to a request that outlives it is the same at every node, and counted once', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    const [one, two] = mesh.followers;
    const pending = one!.running.submit(reserve(['a', 'b'], 'trip'), { timeoutMs: 15_000 });
    // The proposal is on its way; the leader dies at some step of the commit.
    await mesh.run(3);
    mesh.kill(leader);
    const answer = await mesh.settle(pending);
    expect(answer.result.kind).toBe('reserved');
    const again = await submit(mesh, two!, reserve(['a', 'b'], 'trip'));
    expect(again).toEqual(answer);
    await mesh.restart(leader);
    await agree(mesh);
    const late = await submit(mesh, leader, reserve(['a', 'b'], 'trip'));
    expect(late).toEqual(answer);
  });

  it('S1: whatever the step at which it dies, a request is decided once', async () => {
    for (let afterMs = 0; afterMs <= 8; afterMs += 1) {
      const mesh = await meshWithPoints();
      const { leader } = mesh;
      const [one] = mesh.followers;
      const pending = one!.running.submit(reserve(['a'], 'trip'), { timeoutMs: 15_000 });
      await mesh.run(afterMs);
      mesh.kill(leader, { power: true });
      const answer = await mesh.settle(pending);
      expect(answer.result.kind).toBe('reserved');
      await mesh.restart(leader);
      await agree(mesh);
      const open = await mesh.settle(
        one!.running.query({ kind: 'open-reservations', holder: 'car-1' }, LINEARIZABLE),
      );
      expect(open.reply).toHaveLength(1);
    }
  });

  it('everything acknowledged is there again after all three lost power', async () => {
    const mesh = await meshWithPoints();
    const answers: Answer[] = [];
    for (const [k, node] of mesh.nodes.entries()) {
      answers.push(await submit(mesh, node, reserve(['abc'[k]!], `trip-${k}`)));
    }
    for (const node of mesh.nodes) mesh.kill(node, { power: true });
    for (const node of mesh.nodes) await mesh.restart(node);
    await agree(mesh);
    for (const [k, node] of mesh.nodes.entries()) {
      expect(await submit(mesh, node, reserve(['abc'[k]!], `trip-${k}`))).toEqual(answers[k]);
    }
  });

  it('S4: a state database that is behind is replayed from the log, without a gap or a double', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    const behind = node.state.reopened();
    await submit(mesh, node, reserve(['a', 'b'], 'trip'));
    await agree(mesh);
    mesh.kill(node);
    node.state = behind;
    await mesh.restart(node);
    await agree(mesh);
  });
});

describe('without a quorum', () => {
  it('a follower without a leader says that nothing was proposed', async () => {
    const mesh = await meshWithPoints();
    const [one, two] = mesh.followers;
    mesh.kill(mesh.leader);
    mesh.kill(two!);
    await mesh.run(5_000);
    const failure = await mesh.settle(failureOf(one!.running.submit(reserve(['a'], 'k'), TIMEOUT)));
    expect(failure.code).toBe('UNAVAILABLE');
    const read = await mesh.settle(
      failureOf(one!.running.query({ kind: 'totals' }, { consistency: 'linearizable', timeoutMs: 500 })),
    );
    expect(read.code).toBe('UNAVAILABLE');
    const stale = await one!.running.query({ kind: 'totals' }, STALE);
    expect(stale.reply.points).toBe(3);
    expect(stale.ageMs).toBeGreaterThan(4_000);
    expect(one!.running.status()).toMatchObject({ ready: false });
  });

  it('S6: an isolated leader that proposed says that the outcome is unknown; the truth is found by the key', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    mesh.isolate(leader);
    const failure = await mesh.settle(failureOf(leader.running.submit(reserve(['a'], 'k'), TIMEOUT)));
    expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', requestKey: 'k' });
    // The others went on; the isolated proposal is replaced when it comes back.
    const other = mesh.followers.find((node) => node !== leader)!;
    const taken = await submit(mesh, other, reserve(['a'], 'k2', 'car-2'));
    expect(taken.result.kind).toBe('reserved');
    mesh.heal();
    await agree(mesh);
    const answer = await submit(mesh, leader, reserve(['a'], 'k'));
    expect(answer.result).toMatchObject({ kind: 'refused', reason: 'STOPS_UNAVAILABLE' });
  });

  it('C15: a deposed leader serves no stale read', async () => {
    const mesh = await meshWithPoints();
    const old = mesh.leader;
    mesh.isolate(old);
    // At once: the old leader still believes that it leads.
    const read = failureOf(old.running.query({ kind: 'holder-now', pointId: 'a' }, LINEARIZABLE));
    await mesh.until(() => ![null, old].includes(mesh.leaderOrNull));
    await submit(mesh, mesh.leader, reserve(['a'], 'k'));
    expect((await mesh.settle(read)).code).toBe('UNAVAILABLE');
  });
});

describe('clocks (R6)', () => {
  it('a clock that runs away by years neither leads nor moves ledger time, and says so', async () => {
    const mesh = await meshWithPoints();
    const { leader } = mesh;
    leader.skewMs = 3 * 365 * 24 * HOUR;
    await mesh.until(() => ![null, leader].includes(mesh.leaderOrNull));
    await mesh.until(() => leader.running.status().problems.join().includes('clock'));
    const { atMs } = await submit(mesh, leader, reserve(['a'], 'k'));
    expect(Math.abs(atMs - (1_800_000_000_000 + mesh.nowMs))).toBeLessThan(2_000);
    // Also when the others are gone for a while, it does not take over.
    await mesh.run(10_000);
    expect(mesh.leader).not.toBe(leader);
  });

  it('S2: a hold ends by its entry, so a replica whose clock is hours ahead sees it as the others do', async () => {
    const mesh = await meshWithPoints();
    const ahead = mesh.followers[0]!;
    const answer = await submit(mesh, ahead, reserve(['a'], 'k'));
    ahead.skewMs = 5 * HOUR;
    await mesh.run(2_000);
    const read = await ahead.running.query({ kind: 'reservation', reservationId: `r${answer.index}` }, STALE);
    expect(read.reply).toMatchObject({ state: 'CONFIRMED' });
    ahead.skewMs = 0;
    await agree(mesh);
  });
});

describe('a node that should not lead', () => {
  it('hands leadership on when it drains, and takes no more requests', async () => {
    const mesh = await meshWithPoints();
    const old = mesh.leader;
    old.running.drain();
    await mesh.until(() => old.running.isDrained() && mesh.leaderOrNull !== null);
    expect(mesh.leader).not.toBe(old);
    const failure = await failureOf(old.running.submit(reserve(['a'], 'k'), TIMEOUT));
    expect(failure.code).toBe('UNAVAILABLE');
  });

  it('hands leadership on below the disk reserve, and the mesh goes on', async () => {
    const mesh = await meshWithPoints();
    const old = mesh.leader;
    old.belowReserve = true;
    await mesh.until(() => ![null, old].includes(mesh.leaderOrNull));
    const answer = await submit(mesh, old, reserve(['a'], 'k'));
    expect(answer.result.kind).toBe('reserved');
  });

  it('says "try later" and changes nothing when every disk is below its reserve', async () => {
    const mesh = await meshWithPoints();
    await agree(mesh);
    for (const node of mesh.nodes) node.belowReserve = true;
    const before = mesh.nodes[0]!.running.status().digest;
    const failure = await mesh.settle(
      failureOf(mesh.followers[0]!.running.submit(reserve(['a'], 'k'), { timeoutMs: 1_000 })),
    );
    expect(failure.code).toBe('RESOURCE_EXHAUSTED');
    expect(mesh.nodes[0]!.running.status().digest).toBe(before);
  });
});
