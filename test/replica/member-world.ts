/**
 * What the tests of member changes share: asking for one, and taking companies in.
 */
import { expect } from 'vitest';
import type { ReplicaId } from '../../src/raft/entry.js';
import type { Member } from '../../src/replica/frame.js';
import type { MemberOutcome, MemberRequest } from '../../src/replica/member-requests.js';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';

export const PATIENT = { timeoutMs: 15_000 };

/** As the mesh notes it. */
export function memberOf({ id, company }: VirtualNode, address = ''): Member {
  return { id, company, address };
}

/** Asks the leader, over and over while leadership moves, as the service of every node does. */
export async function change(
  mesh: VirtualMesh,
  request: MemberRequest,
  options = PATIENT,
): Promise<MemberOutcome> {
  for (;;) {
    await mesh.until(() => mesh.leaderOrNull !== null);
    const outcome = await mesh.settle(mesh.leader.running.members.change(request, options));
    if (outcome.kind === 'done' || outcome.reason !== 'not-leader') return outcome;
    await mesh.run(100);
  }
}

/** Takes `node` in as a learner, and starts it. */
export async function add(mesh: VirtualMesh, node: VirtualNode, address = 'host:1'): Promise<void> {
  const request = {
    kind: 'add',
    member: { ...memberOf(node, address), waits: true, understands: 2 },
  } as const;
  expect(await change(mesh, request)).toEqual({
    kind: 'done',
    member: memberOf(node, address),
    removed: null,
  });
  await mesh.join(node);
}

/** One more company, as a voter. */
export async function grow(mesh: VirtualMesh): Promise<VirtualNode> {
  const node = mesh.newcomer();
  await add(mesh, node);
  await mesh.until(() => node.running.status().ready);
  expect(await change(mesh, { kind: 'promote', company: node.company })).toMatchObject({ kind: 'done' });
  return node;
}

/** Who votes, as `node` sees it. */
export function votersOf(node: VirtualNode): readonly ReplicaId[] {
  return node.running
    .status()
    .peers.filter(({ voter }) => voter)
    .map(({ replica }) => replica);
}
