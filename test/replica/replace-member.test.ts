/** Replacing a member whose disk is lost: learner, catch up, one joint change; from wherever it was left. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/ledger/result.js';
import type { Entry } from '../../src/raft/entry.js';
import type { MemberRequest } from '../../src/replica/member-requests.js';
import { VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { change, grow, memberOf, PATIENT, votersOf } from './member-world.js';
import { agree, failureOf, meshWithPoints, registerPoints, reserve, submit, TIMEOUT, wish } from './world.js';

function replacing(node: VirtualNode, lost: VirtualNode | null = null): MemberRequest {
  return {
    kind: 'replace',
    member: { ...memberOf(node, 'new:1'), waits: true, understands: 2 },
    lost: lost?.id ?? null,
  };
}

/** The replica that comes in the place of `lost`, whose process is gone for good. */
function wipe(mesh: VirtualMesh, lost: VirtualNode): VirtualNode {
  mesh.kill(lost);
  return mesh.newcomer(lost.company);
}

/** All but those that are gone. */
function idsWithout(mesh: VirtualMesh, ...gone: readonly VirtualNode[]): readonly string[] {
  return mesh.nodes.filter((node) => !gone.includes(node)).map(({ id }) => id);
}

function configChangesOf({ log }: VirtualNode): readonly Entry[] {
  const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
  return entries.filter(({ payload }) => payload.kind === 'config');
}

describe('replacing a lost replica', () => {
  test('D5: under load, the new one has everything that was acknowledged before the old one votes no more', async () => {
    const mesh = await VirtualMesh.start(3, 1, { compactEntries: 20 });
    await registerPoints(mesh);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const homes = mesh.nodes.filter((each) => each.replica !== null);
    const answers: Promise<Answer>[] = [];
    const load = (k: number): void => {
      const home = homes[k % 2]!;
      const { running } = home;
      const release = wish({ kind: 'release', pointIds: ['a'], mode: 'any' }, `r${k}`, `car-${k}`);
      answers.push(
        running.submit(reserve(['a'], `k${k}`, `car-${k}`), TIMEOUT),
        running.submit(release, TIMEOUT),
      );
    };
    const asked = change(mesh, replacing(node));
    const joined = mesh.join(node);
    for (let k = 0; k < 100; k += 1) {
      load(k);
      await mesh.run(10);
    }
    await joined;
    expect(await asked).toEqual({
      kind: 'done',
      member: memberOf(node, 'new:1'),
      removed: memberOf(lost),
    });
    expect(votersOf(mesh.leader)).toEqual(idsWithout(mesh, lost));
    const acknowledged = await mesh.settle(Promise.all(answers));
    await agree(mesh);
    // With one of the others gone the new one's copy is needed, and it answers every key as the old ones did.
    mesh.kill(mesh.followers.find((each) => each !== node)!);
    await mesh.until(() => mesh.leaderOrNull?.running.status().ready === true);
    for (let k = 0; k < 100; k += 7) {
      const again = await submit(mesh, node, reserve(['a'], `k${k}`, `car-${k}`));
      expect(again.index).toBe(acknowledged[2 * k]!.index);
    }
  });

  test('is one joint change: never were fewer than two of the live ones needed', async () => {
    const mesh = await meshWithPoints(3);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const asked = change(mesh, replacing(node));
    await mesh.join(node);
    await asked;
    const changes = configChangesOf(mesh.leader).map(({ payload }) =>
      payload.kind === 'config' ? payload.change.changes.map(({ kind }) => kind) : [],
    );
    expect(changes).toEqual([['add-learner'], ['add-voter', 'remove'], []]);
  });

  test('asked again after a lost answer it says the same, and takes nobody out', async () => {
    const mesh = await meshWithPoints(3);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const first = change(mesh, replacing(node, lost));
    await mesh.join(node);
    const outcome = await first;
    expect(await change(mesh, replacing(node, lost))).toEqual(outcome);
    expect(await change(mesh, replacing(node))).toEqual(outcome);
    // A request for the lost one that was under way for long cannot take its successor out.
    const later = mesh.newcomer(lost.company);
    const late = await change(mesh, replacing(later, lost));
    expect(late).toMatchObject({ kind: 'refused', reason: 'not-the-one' });
    expect(votersOf(mesh.leader)).toEqual(idsWithout(mesh, lost, later));
  });

  test.each([
    ['the learner was taken in', 5],
    ['the joint configuration was entered', 6],
  ])('goes on where it was when the leader dies as soon as %s', async (_, voters) => {
    const mesh = await VirtualMesh.start(5, 1);
    await registerPoints(mesh);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const { leader } = mesh;
    void leader.running.members.change(replacing(node), PATIENT);
    await mesh.join(node);
    // Both halves of a joint configuration vote.
    await mesh.until(() => votersOf(leader).length === voters);
    mesh.kill(leader);
    await mesh.until(() => mesh.leaderOrNull !== null);
    const outcome = await change(mesh, replacing(node));
    expect(outcome).toMatchObject({ kind: 'done', member: { id: node.id } });
    expect(votersOf(mesh.leader)).toEqual(idsWithout(mesh, lost));
    await mesh.restart(leader);
    await agree(mesh);
  });

  test('a replica that was wiped once more is replaced by the next one, and its learner goes with it', async () => {
    const mesh = await meshWithPoints(3);
    const lost = mesh.followers[0]!;
    const first = wipe(mesh, lost);
    const tried = change(mesh, replacing(first), { timeoutMs: 2_000 });
    expect(await failureOf(tried)).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('was not heard lately'),
    });
    expect(await change(mesh, { kind: 'promote', company: lost.company })).toEqual({
      kind: 'refused',
      reason: 'not-learner',
      why: `${lost.company} votes by ${lost.id}: its learner ${first.id} can only replace it`,
    });
    const second = mesh.newcomer(lost.company);
    const asked = change(mesh, replacing(second));
    await mesh.join(second);
    expect(await asked).toMatchObject({ kind: 'done', member: { id: second.id } });
    await agree(mesh);
    const { peers } = mesh.leader.running.status();
    expect(peers.map(({ replica }) => replica)).toEqual(idsWithout(mesh, lost, first));
    expect(peers.every(({ voter }) => voter)).toBe(true);
  });

  test('a learner is replaced by a learner', async () => {
    const mesh = await meshWithPoints(3);
    const old = mesh.newcomer();
    await change(mesh, { kind: 'add', member: { ...memberOf(old), waits: true, understands: 2 } });
    await mesh.join(old);
    const node = wipe(mesh, old);
    const asked = change(mesh, replacing(node, old));
    await mesh.join(node);
    expect(await asked).toMatchObject({ kind: 'done', removed: { id: old.id } });
    expect(mesh.leader.running.members.list().members).toMatchObject([
      ...mesh.nodes.slice(0, 3).map(() => ({ voter: true })),
      { id: node.id, voter: false },
    ]);
  });

  test('a leader whose own company moves to another machine hands leadership on first', async () => {
    const mesh = await meshWithPoints(3);
    const { leader } = mesh;
    const node = mesh.newcomer(leader.company);
    const first = leader.running.members.change(replacing(node), PATIENT);
    expect(await mesh.settle(first)).toMatchObject({ kind: 'refused', reason: 'not-leader' });
    await mesh.until(() => mesh.leaderOrNull !== null && mesh.leaderOrNull !== leader);
    const asked = change(mesh, replacing(node));
    await mesh.join(node);
    expect(await asked).toMatchObject({ kind: 'done', removed: { id: leader.id } });
    await mesh.until(() => leader.running.status().problems.some((why) => why.includes('not a member')));
    expect(votersOf(node)).toEqual(idsWithout(mesh, leader));
  });

  test('waits for a change that is under way, and no longer than its caller', async () => {
    const mesh = await meshWithPoints(3);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const first = mesh.leader.running.members.change(replacing(node), { timeoutMs: 5_000 });
    const second = mesh.leader.running.members.change(
      { kind: 'remove', company: lost.company },
      { timeoutMs: 1_000 },
    );
    expect(await mesh.settle(second)).toEqual({
      kind: 'refused',
      reason: 'pending-change',
      why: 'another change of members is under way',
    });
    const failure = await mesh.settle(failureOf(first));
    expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(failure.message).toContain('ask again to go on');
  });

  test('what was replaced keeps its promises to itself: back with its old disk it is no member', async () => {
    const mesh = await meshWithPoints(3);
    const lost = mesh.followers[0]!;
    const node = wipe(mesh, lost);
    const asked = change(mesh, replacing(node));
    await mesh.join(node);
    await asked;
    const { term } = mesh.leader.running.status();
    await mesh.restart(lost);
    await mesh.run(15_000);
    expect(mesh.leader.running.status().term).toBe(term);
    expect(lost.running.status().ready).toBe(false);
    const failure = await mesh.settle(failureOf(lost.running.submit(reserve(['a'], 'x'), TIMEOUT)));
    expect(failure.code).toBe('UNAVAILABLE');
  });

  test('grown to five, two lost disks are replaced one after the other', async () => {
    const mesh = await meshWithPoints(3);
    await grow(mesh);
    await grow(mesh);
    const gone = mesh.followers.slice(0, 2);
    for (const lost of gone) mesh.kill(lost);
    for (const lost of gone) {
      const node = mesh.newcomer(lost.company);
      const asked = change(mesh, replacing(node, lost));
      await mesh.join(node);
      expect(await asked).toMatchObject({ kind: 'done' });
    }
    expect(votersOf(mesh.leader)).toEqual(idsWithout(mesh, ...gone));
    await agree(mesh);
  });
});
