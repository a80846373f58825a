/** How a mesh comes to a newer ledger version, and what becomes of those who do not understand it. */
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { type Entry, replicaId } from '../../src/raft/entry.js';
import type { Batch } from '../../src/replica/frame.js';
import { Versions } from '../../src/replica/versions.js';
import { VirtualMesh, type VirtualNode } from '../support/virtual-mesh.js';
import { change, grow, memberOf } from './member-world.js';
import { compactingMesh, registerPoints as registerMany } from './snapshot-world.js';
import { agree, meshWithPoints, reserve, submit } from './world.js';

const TOO_OLD = 'the mesh runs ledger version 2, this program understands 1: install a newer one';
const RAISING = 'raising the ledger version of the mesh';

/** How many entries of a node's log raise the version. */
function raises({ log }: VirtualNode): number {
  const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
  return entries.filter(isRaise).length;
}

function versions(mesh: VirtualMesh): readonly number[] {
  return mesh.nodes.flatMap(({ replica }) => (replica === null ? [] : [replica.status().ledgerVersion]));
}

/** Installs another program on a node, and starts it. */
async function install(mesh: VirtualMesh, node: VirtualNode, understands: number): Promise<void> {
  mesh.kill(node);
  node.understands = understands;
  await mesh.restart(node);
}

describe('a mesh', () => {
  it('is raised to what all understand, once, a moment after its first leader, who says so', async () => {
    const mesh = await VirtualMesh.start();
    await mesh.run(1_000);
    await agree(mesh);
    expect(versions(mesh)).toEqual([2, 2, 2]);
    expect(mesh.nodes.map(raises)).toEqual([1, 1, 1]);
    const said = mesh.nodes.flatMap(({ logged }) => logged.filter(({ message }) => message === RAISING));
    expect(said).toEqual([{ level: 'info', fields: { ledgerVersion: 2, index: 3 }, message: RAISING }]);
    expect(mesh.leader.logged).toContain(said[0]);
    await mesh.run(10_000);
    expect(mesh.nodes.map(raises)).toEqual([1, 1, 1]);
  });

  it('of one is raised at once', async () => {
    const mesh = await VirtualMesh.start(1);
    await mesh.until(() => versions(mesh)[0] === 2);
    expect(mesh.nodes.map(raises)).toEqual([1]);
  });

  it('with one old program goes on as it is until that is replaced', async () => {
    const mesh = await meshWithPoints(3, 1, { understands: 1 });
    for (const node of mesh.nodes.slice(0, 2)) await install(mesh, node, 2);
    await agree(mesh);
    await submit(mesh, mesh.nodes[2]!, reserve(['a'], 'before'));
    await mesh.run(10_000);
    await agree(mesh);
    expect(versions(mesh)).toEqual([1, 1, 1]);
    expect(mesh.nodes.map(raises)).toEqual([0, 0, 0]);
    await install(mesh, mesh.nodes[2]!, 2);
    await mesh.until(() => versions(mesh).every((version) => version === 2));
    await submit(mesh, mesh.nodes[2]!, reserve(['b'], 'after'));
    await agree(mesh);
    expect(mesh.nodes.map(raises)).toEqual([1, 1, 1]);
  });

  it('waits for a learner, too, that is old or was not heard', async () => {
    const mesh = await VirtualMesh.start(4, 1, { absentLearners: 1 });
    const learner = mesh.nodes[3]!;
    await mesh.run(10_000);
    expect(versions(mesh)).toEqual([1, 1, 1]);
    learner.understands = 1;
    await mesh.restart(learner);
    await mesh.until(() => learner.running.status().ready);
    await mesh.run(10_000);
    expect(versions(mesh)).toEqual([1, 1, 1, 1]);
    await install(mesh, learner, 2);
    await mesh.until(() => versions(mesh).every((version) => version === 2));
  });

  it('is not raised by a word of long ago: who is silent may run another program by now', async () => {
    const mesh = await VirtualMesh.start(3, 1, { understands: 1 });
    const [first, second, away] = mesh.nodes as [VirtualNode, VirtualNode, VirtualNode];
    await install(mesh, away, 2);
    await agree(mesh);
    mesh.isolate(away);
    await mesh.run(6_000);
    for (const node of [first, second]) await install(mesh, node, 2);
    await mesh.run(10_000);
    expect(versions(mesh)).toEqual([1, 1, 1]);
    mesh.heal();
    await mesh.until(() => versions(mesh).every((version) => version === 2));
  });

  it('is raised by the next leader when the entry of the one before was lost with it', async () => {
    const mesh = await VirtualMesh.start(3, 1, { understands: 1 });
    for (const node of mesh.nodes) await install(mesh, node, 2);
    // Whoever leads next can append the raise, and tell nobody.
    mesh.network.drop(carriesRaise);
    await mesh.until(() => mesh.nodes.some((node) => raises(node) === 1));
    const lost = mesh.nodes.find((node) => raises(node) === 1)!;
    mesh.kill(lost);
    mesh.network.drop(() => false);
    await mesh.until(() => mesh.leaderOrNull !== null);
    await mesh.restart(lost);
    await mesh.until(() => versions(mesh).every((version) => version === 2));
    await agree(mesh);
    expect(mesh.nodes.map(raises)).toEqual([1, 1, 1]);
  });
});

/** All programs are newer ones, until the raise is on its way; then that of the node which this returns is an old one again. */
async function raiseBehindTheBackOfOne(mesh: VirtualMesh): Promise<VirtualNode> {
  const node = mesh.nodes[0]!;
  mesh.network.drop((batch) => batch.to === node.id && carriesRaise(batch));
  for (const each of mesh.nodes) await install(mesh, each, 2);
  await mesh.until(() =>
    mesh.nodes.every((each) => each === node || each.running.status().ledgerVersion === 2),
  );
  expect(node.running.status().ledgerVersion).toBe(1);
  mesh.kill(node);
  node.understands = 1;
  mesh.network.drop(() => false);
  return node;
}

function carriesRaise({ frames }: Batch): boolean {
  return frames.some(
    (frame) =>
      frame.kind === 'raft' && frame.message.kind === 'append' && frame.message.entries.some(isRaise),
  );
}

function isRaise({ index, payload }: Entry): boolean {
  if (payload.kind !== 'command') return false;
  return ledgerCodec.decodeEntry(payload.data, index).command.operation.kind === 'raise-version';
}

describe('an old program', () => {
  it('does not start on a state of a newer version', async () => {
    const mesh = await meshWithPoints();
    const node = mesh.followers[0]!;
    await agree(mesh);
    mesh.kill(node);
    node.understands = 1;
    await expect(mesh.restart(node)).rejects.toThrow(TOO_OLD);
  });

  it('ends where the log goes on by rules that it lacks, and goes on once it is replaced', async () => {
    const mesh = await VirtualMesh.start(3, 1, { understands: 1 });
    const node = await raiseBehindTheBackOfOne(mesh);
    await mesh.restart(node);
    await mesh.until(() => node.failure !== null);
    expect(node.failure!.message).toBe(TOO_OLD);
    node.failure = null;
    node.understands = 2;
    await mesh.restart(node);
    await agree(mesh);
  });

  it('takes no state of a newer version', async () => {
    const mesh = await compactingMesh(3, { understands: 1 });
    await registerMany(mesh, mesh.leader, 3);
    const node = await raiseBehindTheBackOfOne(mesh);
    await registerMany(mesh, mesh.leader, 60, 100);
    await mesh.run(1_000);
    await mesh.restart(node);
    await mesh.until(() => node.logged.some(({ message }) => message === TOO_OLD));
    await mesh.run(3_000);
    expect(node.running.status().ledgerVersion).toBe(1);
    await install(mesh, node, 2);
    await agree(mesh);
  });

  it('is not taken in, nor put in the place of another, and is told why', async () => {
    const mesh = await meshWithPoints();
    await agree(mesh);
    const stranger = mesh.newcomer();
    const old = { ...memberOf(stranger, 'new:1'), waits: true, understands: 1 };
    const refused = { kind: 'refused', reason: 'too-old', why: TOO_OLD };
    expect(await change(mesh, { kind: 'add', member: old })).toEqual(refused);
    const { company } = mesh.followers[0]!;
    expect(await change(mesh, { kind: 'replace', member: { ...old, company }, lost: null })).toEqual(refused);
    expect(await change(mesh, { kind: 'add', member: { ...old, understands: 2 } })).toMatchObject({
      kind: 'done',
    });
  });

  it('is taken in by a mesh that runs its version, which is raised no more then', async () => {
    const mesh = await VirtualMesh.start(3, 1, { understands: 1 });
    const node = await grow(mesh);
    await install(mesh, node, 1);
    for (const each of mesh.nodes.slice(0, 3)) await install(mesh, each, 2);
    await mesh.run(10_000);
    expect(versions(mesh)).toEqual([1, 1, 1, 1]);
  });
});

describe('what members said', () => {
  const [a, b] = [replicaId('a'.repeat(16)), replicaId('b'.repeat(16))];

  it('is the lowest of all, for as long as it is fresh', () => {
    const said = new Versions(3, 1_000);
    expect(said.common([], 0)).toBe(3);
    expect(said.common([a], 0)).toBeNull();
    said.heard(a, 2, 100);
    said.heard(b, 4, 200);
    expect([said.common([b], 300), said.common([a, b], 300)]).toEqual([3, 2]);
    expect([said.common([a, b], 1_100), said.common([a, b], 1_101)]).toEqual([2, null]);
    said.heard(a, 4, 1_150);
    expect(said.common([a, b], 1_200)).toBe(3);
  });
});
