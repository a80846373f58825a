/** Changes of members on whole replicas, on virtual time: from taking a company in to replacing a lost disk. */
import { describe, expect, test } from 'vitest';
import type { MemberRequest } from '../../src/replica/member-requests.js';
import { VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { add, change, grow, memberOf, PATIENT, votersOf } from './member-world.js';
import {
  agree,
  failureOf,
  LINEARIZABLE,
  meshWithPoints,
  registerPoints,
  reserve,
  submit,
  TIMEOUT,
} from './world.js';

function termOf(mesh: VirtualMesh): number {
  return mesh.leader.running.status().term;
}

describe('taking companies in', () => {
  test('3, 4, 5 voters: each has the whole ledger before it votes, and the mesh then stands two losses', async () => {
    const mesh = await meshWithPoints(3);
    await submit(mesh, mesh.nodes[0]!, reserve(['a', 'b'], 'before'));
    const fourth = await grow(mesh);
    const fifth = await grow(mesh);
    await agree(mesh);
    for (const node of mesh.nodes) expect(votersOf(node)).toEqual(mesh.nodes.map(({ id }) => id));
    expect(fifth.running.status().peers.find(({ self }) => self)).toMatchObject({
      company: 'empresa_e',
      address: 'host:1',
    });
    const lost = mesh.nodes.filter((node) => node !== fourth && node !== fifth).slice(0, 2);
    for (const node of lost) mesh.kill(node);
    const answer = await submit(mesh, fifth, reserve(['c'], 'after'));
    expect(answer.result.kind).toBe('reserved');
    const again = await submit(mesh, fourth, reserve(['a', 'b'], 'before'));
    expect(again).toMatchObject({ result: { kind: 'reserved' } });
  });

  test('a learner serves, is told of as one, and counts for nothing', async () => {
    const mesh = await meshWithPoints(3);
    const node = mesh.newcomer();
    await add(mesh, node);
    await mesh.until(() => node.running.status().ready);
    const answer = await submit(mesh, node, reserve(['a'], 'by-learner'));
    expect(answer.result.kind).toBe('reserved');
    await mesh.settle(node.running.query({ kind: 'totals' }, LINEARIZABLE));
    const told = mesh.leader.running.status().peers.find(({ company }) => company === 'empresa_d');
    expect(told).toMatchObject({ voter: false, active: true, address: 'host:1' });
    // With two of the three voters gone its word does not make a majority.
    for (const voter of mesh.followers.filter((each) => each !== node)) mesh.kill(voter);
    const failure = await mesh.settle(failureOf(node.running.submit(reserve(['b'], 'x'), TIMEOUT)));
    expect(failure.name).toBe('Failure');
  });

  test('C28: a leader whose log begins at its end brings a newcomer up all the same', async () => {
    const mesh = await VirtualMesh.start(3, 1, { compactEntries: 1 });
    await registerPoints(mesh);
    const isEmpty = ({ log }: VirtualNode): boolean => log.snapshot().index === log.lastIndex();
    for (let k = 0; !isEmpty(mesh.leader); k += 1) {
      await submit(mesh, mesh.leader, reserve(['a'], `key-${k}`));
      await mesh.run(100);
    }
    const node = await grow(mesh);
    await agree(mesh);
    expect(votersOf(node)).toHaveLength(4);
  });

  test('the address of a member can be told anew, and its role stays (C25)', async () => {
    const mesh = await meshWithPoints(3);
    const node = await grow(mesh);
    const moved = {
      kind: 'add',
      member: { ...memberOf(node, 'elsewhere:2'), waits: false, understands: 2 },
    } as const;
    expect(await change(mesh, moved)).toMatchObject({ kind: 'done', member: { address: 'elsewhere:2' } });
    await agree(mesh);
    for (const each of mesh.nodes) {
      const told = each.running.status().peers.find(({ replica }) => replica === node.id);
      expect(told).toMatchObject({ voter: true, address: 'elsewhere:2' });
    }
  });

  test('what was taken in, roles and addresses outlive every crash (C25)', async () => {
    const mesh = await meshWithPoints(3);
    await grow(mesh);
    const learner = mesh.newcomer();
    await add(mesh, learner, 'learner:5');
    await mesh.until(() => learner.running.status().ready);
    for (const power of [false, true]) {
      for (const node of mesh.nodes) mesh.kill(node, { power });
      for (const node of mesh.nodes) await mesh.restart(node);
      await agree(mesh);
      for (const node of mesh.nodes) {
        expect(node.running.status().peers.map(({ voter, address }) => ({ voter, address }))).toEqual([
          ...mesh.nodes.slice(0, 3).map(() => ({ voter: true, address: '' })),
          { voter: true, address: 'host:1' },
          { voter: false, address: 'learner:5' },
        ]);
      }
    }
  });
});

describe('refusals', () => {
  test('say what is in the way, and change nothing', async () => {
    const mesh = await meshWithPoints(3);
    const [first] = mesh.nodes;
    const learner = mesh.newcomer();
    await add(mesh, learner);
    const stranger = { ...memberOf(mesh.newcomer('empresa_a')), waits: true, understands: 2 };
    const before = mesh.leader.running.status().lastIndex;
    const refusal = async (request: MemberRequest) => {
      const outcome = await change(mesh, request);
      return outcome.kind === 'refused' ? [outcome.reason, outcome.why] : outcome;
    };
    expect(await refusal({ kind: 'remove', company: 'empresa_z' })).toEqual([
      'unknown-company',
      'empresa_z has no replica in the mesh',
    ]);
    expect(await refusal({ kind: 'promote', company: 'empresa_z' })).toEqual([
      'unknown-company',
      'empresa_z has no replica in the mesh',
    ]);
    expect(await refusal({ kind: 'add', member: stranger })).toEqual([
      'already-member',
      `empresa_a has the replica ${first!.id} in the mesh: replace it, or remove it first`,
    ]);
    expect(
      await refusal({ kind: 'add', member: { ...stranger, id: first!.id, company: 'empresa_z' } }),
    ).toEqual(['already-member', `the replica ${first!.id} is in the mesh for empresa_a`]);
    expect(await refusal({ kind: 'replace', member: stranger, lost: learner.id })).toEqual([
      'not-the-one',
      `${learner.id} is no member: empresa_a has ${first!.id} in the mesh`,
    ]);
    const rejoining = { ...memberOf(mesh.newcomer('empresa_x')), waits: false, understands: 2 };
    expect(await refusal({ kind: 'add', member: rejoining })).toEqual([
      'not-waiting',
      `the replica ${rejoining.id} of empresa_x belongs to a mesh: give its node a new directory`,
    ]);
    const nobody = { ...stranger, company: 'empresa_z' };
    expect(await refusal({ kind: 'replace', member: nobody, lost: null })).toEqual([
      'unknown-company',
      'empresa_z has no replica in the mesh',
    ]);
    expect(mesh.leader.running.status().lastIndex).toBe(before);
  });

  test('a removal that would leave too few who are heard is refused, one of a silent member is not', async () => {
    const mesh = await meshWithPoints(3);
    const [silent, other] = mesh.followers;
    // Heard a moment ago, but not since the request.
    silent!.paused = true;
    await mesh.run(5);
    expect(await change(mesh, { kind: 'remove', company: other!.company })).toEqual({
      kind: 'refused',
      reason: 'would-lose-quorum',
      why: `too few of the 2 that would vote were heard lately: not ${silent!.company}`,
    });
    mesh.kill(silent!);
    expect(await change(mesh, { kind: 'remove', company: silent!.company })).toMatchObject({ kind: 'done' });
    expect(votersOf(mesh.leader)).toHaveLength(2);
  });

  test('C25: a learner that was not heard, or is far behind, does not vote', async () => {
    const mesh = await meshWithPoints(3);
    const node = mesh.newcomer();
    await add(mesh, node);
    await mesh.until(() => mesh.leader.running.members.list().members.at(-1)!.matchIndex > 0);
    mesh.isolate(node);
    await mesh.run(2_000);
    const promote = { kind: 'promote', company: node.company } as const;
    const silent = await change(mesh, promote);
    expect(silent).toMatchObject({ kind: 'refused', reason: 'lagging' });
    const wishes = Array.from({ length: 1_100 }, (_, k) =>
      mesh.leader.running.submit(reserve(['a'], `many-${k}`, `car-${k % 20}`), PATIENT),
    );
    await mesh.settle(Promise.all(wishes));
    // It speaks again, but what it lacks does not reach it.
    mesh.heal();
    mesh.network.drop((batch) => batch.to === node.id && batch.frames.some(isAppend));
    await mesh.until(() => mesh.leader.running.members.list().members.at(-1)!.active);
    const late = await change(mesh, promote);
    expect(late).toMatchObject({ reason: 'lagging', why: expect.stringMatching(/lacks 1\d\d\d entries/) });
    mesh.network.drop(() => false);
    await agree(mesh);
    expect(await change(mesh, promote)).toMatchObject({ kind: 'done' });
    expect(votersOf(node)).toHaveLength(4);
  });

  test('C25: a learner that speaks but has nothing does not vote, however short the log is', async () => {
    const mesh = await meshWithPoints(3);
    mesh.network.snapshots.tamper = () => [];
    const node = mesh.newcomer();
    await add(mesh, node);
    await mesh.until(() => mesh.leader.running.members.list().members.at(-1)!.active);
    const promote = { kind: 'promote', company: node.company } as const;
    expect(await change(mesh, promote)).toEqual({
      kind: 'refused',
      reason: 'lagging',
      why: `the learner ${node.id} of ${node.company} has not got the state yet`,
    });
    expect(node.running.status()).toMatchObject({
      ready: false,
      problems: ['the leader has not sent the state of the mesh yet'],
    });
    // Ended before it had anything, it begins with nothing once more.
    mesh.kill(node);
    await mesh.restart(node);
    mesh.network.snapshots.tamper = (frame) => [frame];
    await mesh.until(() => node.running.status().ready);
    expect(await change(mesh, promote)).toMatchObject({ kind: 'done' });
  });

  test('the only voter stays', async () => {
    const mesh = await meshWithPoints(1);
    const refused = { kind: 'refused', reason: 'sole-voter' };
    expect(await change(mesh, { kind: 'remove', company: 'empresa_a' })).toMatchObject(refused);
  });

  test('a follower sends whoever asks to the leader', async () => {
    const mesh = await meshWithPoints(3);
    const asked = mesh.followers[0]!.running.members.change(
      { kind: 'remove', company: 'empresa_a' },
      PATIENT,
    );
    expect(await mesh.settle(asked)).toMatchObject({ kind: 'refused', reason: 'not-leader' });
  });

  test('without a quorum nothing is decided: UNAVAILABLE, and nothing was changed', async () => {
    const mesh = await meshWithPoints(3);
    const { leader } = mesh;
    for (const node of mesh.followers) mesh.kill(node);
    const asked = leader.running.members.change({ kind: 'remove', company: 'empresa_a' }, { timeoutMs: 900 });
    expect(await mesh.settle(failureOf(asked))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('taking members out', () => {
  test('a removed replica says so, serves nobody, and does not disturb (C18)', async () => {
    const mesh = await meshWithPoints(3);
    const leaving = mesh.followers[0]!;
    const removed = { ...memberOf(leaving) };
    const request = { kind: 'remove', company: leaving.company } as const;
    expect(await change(mesh, request)).toEqual({ kind: 'done', member: null, removed });
    // Asked again after a lost answer it says the same.
    expect(await change(mesh, request)).toEqual({ kind: 'done', member: null, removed });
    const why = 'this replica is not a member of the mesh (any more)';
    await mesh.until(() => leaving.running.status().problems[0] === why);
    for (const asked of [
      leaving.running.submit(reserve(['a'], 'x'), TIMEOUT),
      leaving.running.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 1 }),
    ]) {
      expect(await mesh.settle(failureOf(asked))).toMatchObject({ code: 'UNAVAILABLE', message: why });
    }
    const term = termOf(mesh);
    await mesh.run(20_000);
    expect(termOf(mesh)).toBe(term);
    expect(leaving.running.status()).toMatchObject({ role: 'follower', term });
  });

  test('C18: one that was cut off while it was removed asks in vain when it is back, and learns of it from a peer', async () => {
    const mesh = await meshWithPoints(3);
    const leaving = mesh.followers[0]!;
    mesh.isolate(leaving);
    await mesh.run(5_000);
    expect(await change(mesh, { kind: 'remove', company: leaving.company })).toMatchObject({ kind: 'done' });
    await submit(mesh, mesh.leader, reserve(['a'], 'meanwhile'));
    const term = termOf(mesh);
    mesh.heal();
    await mesh.run(20_000);
    expect(termOf(mesh)).toBe(term);
    expect(leaving.running.status().problems).toEqual(['no leader']);
    const { members, index } = mesh.leader.running.members.list();
    const peer = { replica: mesh.leader.id, company: mesh.leader.company, peerCompanies: [], founders: [] };
    leaving.running.members.heard({
      ...peer,
      cluster: 'c'.repeat(16),
      members,
      membersIndex: index,
      understands: 2,
    });
    expect(leaving.running.status().problems).toEqual([
      'this replica is not a member of the mesh (any more)',
    ]);
  });

  test('what one passes on that does not know that it is out is refused, and not decided without it', async () => {
    const mesh = await meshWithPoints(3);
    const leaving = mesh.followers[0]!;
    // It hears heartbeats, and so believes in its leader, but not of the entry that takes it out.
    mesh.network.drop((batch) => batch.to === leaving.id && batch.frames.some(isAppend));
    expect(await change(mesh, { kind: 'remove', company: leaving.company })).toMatchObject({ kind: 'done' });
    const asked = leaving.running.submit(reserve(['a'], 'by-stranger'), { timeoutMs: 800 });
    expect(await mesh.settle(failureOf(asked))).toMatchObject({ code: 'UNAVAILABLE' });
    const answer = await submit(mesh, mesh.leader, reserve(['a'], 'by-member', 'car-2'));
    expect(answer.result.kind).toBe('reserved');
  });

  test('a leader that is to go hands leadership on first, and the new leader takes it out', async () => {
    const mesh = await meshWithPoints(3);
    const { leader } = mesh;
    const asked = leader.running.members.change({ kind: 'remove', company: leader.company }, PATIENT);
    expect(await mesh.settle(asked)).toMatchObject({ kind: 'refused', reason: 'not-leader' });
    await mesh.until(() => mesh.leaderOrNull !== leader && mesh.leaderOrNull !== null);
    expect(votersOf(mesh.leader)).toHaveLength(3);
    expect(await change(mesh, { kind: 'remove', company: leader.company })).toMatchObject({ kind: 'done' });
    await mesh.until(() => leader.running.status().problems.some((why) => why.includes('not a member')));
    expect(votersOf(mesh.leader)).not.toContain(leader.id);
    const answer = await submit(mesh, mesh.leader, reserve(['a'], 'after'));
    expect(answer.result.kind).toBe('reserved');
  });

  test('C20: a leader that nobody relieves goes all the same, once its removal is committed', async () => {
    const mesh = await meshWithPoints(3);
    const { leader } = mesh;
    mesh.network.drop((batch) =>
      batch.frames.some((frame) => frame.kind === 'raft' && frame.message.kind === 'timeout-now'),
    );
    const asked = leader.running.members.change({ kind: 'remove', company: leader.company }, PATIENT);
    const removed = { ...memberOf(leader) };
    expect(await mesh.settle(asked)).toEqual({ kind: 'done', member: null, removed });
    expect(leader.running.status().role).toBe('follower');
    await mesh.until(() => mesh.leaderOrNull !== null && mesh.leader.running.status().ready);
    expect(votersOf(mesh.leader)).toEqual(mesh.nodes.filter((node) => node !== leader).map(({ id }) => id));
  });

  test('ledger time is the median of those who vote: a removed clock counts no more, a new one does', async () => {
    const mesh = await meshWithPoints(3);
    const node = await grow(mesh);
    const leaving = mesh.followers.find((each) => each !== node)!;
    leaving.skewMs = -1_500;
    node.skewMs = 1_000;
    for (const each of mesh.nodes) if (each !== leaving && each !== node) each.skewMs = 1_000;
    expect(await change(mesh, { kind: 'remove', company: leaving.company })).toMatchObject({ kind: 'done' });
    await mesh.run(2_000);
    const answer = await submit(mesh, node, reserve(['a'], 'stamped'));
    expect(answer.atMs).toBeGreaterThan(1_800_000_000_000 + mesh.nowMs + 900);
  });
});

function isAppend(frame: { kind: string; message?: { kind: string } }): boolean {
  return frame.kind === 'raft' && frame.message?.kind === 'append';
}
