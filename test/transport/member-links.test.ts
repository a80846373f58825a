/** Links that follow the members of the mesh: they come and go while the replica runs. */
import { afterEach, describe, expect, test } from 'vitest';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Member } from '../../src/replica/frame.js';
import type { LinkStatus } from '../../src/transport/peer-link.js';
import { eventually } from '../support/eventually.js';
import { A, B, Node, type NodeOptions, peerAt } from './node.js';

const C = replicaId('00000000000000cc');
const D = replicaId('00000000000000dd');

/** Long enough that no link goes within a test. */
const HOUR_MS = 3_600_000;

const nodes: Node[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function listening(id: ReplicaId, company: string, options: NodeOptions = {}): Promise<Node> {
  const node = new Node(id, company, options);
  nodes.push(node);
  await node.listen();
  return node;
}

function memberAt(node: Node, company: string, address = `127.0.0.1:${node.port}`): Member {
  return { id: node.id, company, address };
}

function told(members: readonly Member[], ...nodesToTell: readonly Node[]): void {
  for (const node of nodesToTell) node.transport.membersChanged(members);
}

function linksTo(node: Node, company: string): readonly LinkStatus[] {
  return node.transport.links().filter((link) => link.company === company);
}

function reached(node: Node, company: string): readonly (ReplicaId | '')[] {
  return linksTo(node, company)
    .filter(({ state }) => state === 'up')
    .map(({ replica }) => replica);
}

describe('links and members', () => {
  test('a member that no setting names is dialled where the mesh says that it is', async () => {
    const [a, b] = [await listening(A, 'empresa_a'), await listening(B, 'empresa_b')];
    a.transport.start();
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    told([memberAt(a, 'empresa_a'), memberAt(b, 'empresa_b')], a);
    await eventually(() => reached(a, 'empresa_b').length === 1);
    expect(a.transport.send(a.batch(B, 2))).toBe(true);
    await eventually(() => b.received.length === 1);
    expect(a.transport.addressOf(B)).toBe(`127.0.0.1:${b.port}`);
    expect(linksTo(a, 'empresa_a')).toEqual([]);
  });

  test('what the settings say of a company is tried, whatever else the mesh says of it', async () => {
    const b = await listening(B, 'empresa_b');
    const a = await listening(A, 'empresa_a', { peers: [peerAt('empresa_b', b.port)] });
    a.transport.start();
    told([memberAt(a, 'empresa_a'), memberAt(b, 'empresa_b', '127.0.0.1:9')], a);
    await eventually(() => reached(a, 'empresa_b').length === 1);
    expect(a.transport.send(a.batch(B, 1))).toBe(true);
  });

  test('the link to who is no member any more goes after a while, and comes back with its company', async () => {
    const b = await listening(B, 'empresa_b');
    const peers = [peerAt('empresa_b', b.port)];
    const a = await listening(A, 'empresa_a', { peers, timeouts: { lingerMs: 50 } });
    const [selfOnly, both] = [
      [memberAt(a, 'empresa_a')],
      [memberAt(a, 'empresa_a'), memberAt(b, 'empresa_b', '')],
    ];
    a.transport.start();
    await eventually(() => reached(a, 'empresa_b').length === 1);
    told(selfOnly, a);
    await eventually(() => linksTo(a, 'empresa_b').length === 0);
    told(both, a);
    await eventually(() => reached(a, 'empresa_b').length === 1);
  });

  test('one that is a member again in time keeps its link', async () => {
    const b = await listening(B, 'empresa_b');
    const c = await listening(C, 'empresa_c');
    const a = await listening(A, 'empresa_a', { timeouts: { lingerMs: 200 } });
    const [self, other] = [memberAt(a, 'empresa_a'), memberAt(b, 'empresa_b')];
    const gone = memberAt(c, 'empresa_c');
    a.transport.start();
    told([self, other, gone], a);
    await eventually(() => reached(a, 'empresa_b').length + reached(a, 'empresa_c').length === 2);
    told([self], a);
    told([self, other], a);
    await eventually(() => linksTo(a, 'empresa_c').length === 0);
    expect(reached(a, 'empresa_b')).toEqual([B]);
  });

  test('a replica that is no member itself lets none go', async () => {
    const b = await listening(B, 'empresa_b');
    const c = await listening(C, 'empresa_c');
    const peers = [peerAt('empresa_b', b.port)];
    const a = await listening(A, 'empresa_a', { peers, timeouts: { lingerMs: 0 } });
    a.transport.start();
    told([], a);
    told([memberAt(c, 'empresa_c')], a);
    await eventually(() => reached(a, 'empresa_b').length + reached(a, 'empresa_c').length === 2);
  });

  test('while one replica of a company takes the place of another, both are reached', async () => {
    const old = await listening(B, 'empresa_b');
    const next = await listening(C, 'empresa_b');
    const peers = [peerAt('empresa_b', old.port)];
    const a = await listening(A, 'empresa_a', { peers, timeouts: { lingerMs: HOUR_MS } });
    a.transport.start();
    told([memberAt(a, 'empresa_a'), memberAt(old, 'empresa_b', ''), memberAt(next, 'empresa_b')], a);
    await eventually(() => reached(a, 'empresa_b').length === 2);
    for (const to of [B, C]) expect(a.transport.send(a.batch(to, 1))).toBe(true);
    await eventually(() => old.received.length === 1 && next.received.length === 1);
  });

  test('a company whose replica was replaced keeps its link; what is for the old one is dropped', async () => {
    const old = await listening(B, 'empresa_b');
    const { port } = old;
    const a = await listening(A, 'empresa_a', { peers: [peerAt('empresa_b', port)] });
    a.transport.start();
    await eventually(() => reached(a, 'empresa_b').length === 1);
    await old.stop();
    await eventually(() => linksTo(a, 'empresa_b')[0]?.state === 'down');
    const next = new Node(D, 'empresa_b', { peers: [peerAt('empresa_a', a.port)] });
    nodes.push(next);
    await next.listen(`127.0.0.1:${port}`);
    next.transport.start();
    await eventually(() => reached(a, 'empresa_b')[0] === D);
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    expect(a.transport.send(a.batch(D, 2))).toBe(true);
    await eventually(() => next.received.length === 1);
  });

  test('nothing is opened any more once the transport is closed', async () => {
    const b = await listening(B, 'empresa_b');
    const a = await listening(A, 'empresa_a');
    a.transport.start();
    await a.transport.close();
    told([memberAt(a, 'empresa_a'), memberAt(b, 'empresa_b')], a);
    expect(a.transport.links()).toEqual([]);
  });
});
