/** Whole states between replicas: the contract on both implementations, and what only gRPC can get wrong. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SnapshotHeader, StateRow } from '../../src/replica/ports.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { snapshotTransportContract } from '../contracts/snapshot-transport.js';
import { metaAt } from '../contracts/state-store.js';
import { eventually } from '../support/eventually.js';
import { A, B, CLUSTER, Node, OTHER_CLUSTER, peerAt } from './node.js';
import { SlowPeer } from './slow-peer.js';
import { TcpRelay } from './tcp-relay.js';

snapshotTransportContract('in-memory network', async () => {
  const network = new MemoryNetwork();
  return {
    a: { id: A, snapshots: network.snapshotTransport(A) },
    b: { id: B, snapshots: network.snapshotTransport(B) },
    start: async () => {},
    cut: () => network.cut(A, B),
    close: async () => {},
  };
});

snapshotTransportContract('gRPC', async () => {
  const [toA, toB] = [await TcpRelay.open(), await TcpRelay.open()];
  const a = new Node(A, 'empresa_a', { peers: [{ company: 'empresa_b', address: toB.address }] });
  const b = new Node(B, 'empresa_b', { peers: [{ company: 'empresa_a', address: toA.address }] });
  await Promise.all([a.listen(), b.listen()]);
  toA.leadTo(a.port);
  toB.leadTo(b.port);
  return {
    a: { id: A, snapshots: a.transport.snapshots },
    b: { id: B, snapshots: b.transport.snapshots },
    start: async () => {
      a.transport.start();
      b.transport.start();
      await eventually(() => [a, b].every((node) => node.transport.links()[0]?.state === 'up'));
    },
    cut: () => {
      toA.cut();
      toB.cut();
    },
    close: async () => {
      await Promise.all([a.stop(), b.stop(), toA.close(), toB.close()]);
    },
  };
});

describe('snapshots over gRPC', () => {
  const cleanups: (() => Promise<void>)[] = [];
  const never = new AbortController().signal;
  const header: SnapshotHeader = { from: A, to: B, term: 3, meta: metaAt(20_000) };

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function receiver(): Promise<Node> {
    const node = await new Node(B, 'empresa_b').listen();
    cleanups.push(() => node.stop());
    return node;
  }

  async function sender(port: number, snapshotStallMs = 15_000): Promise<Node> {
    const node = new Node(A, 'empresa_a', {
      peers: [peerAt('empresa_b', port)],
      timeouts: { snapshotStallMs },
    });
    cleanups.push(() => node.stop());
    node.transport.start();
    await eventually(() => node.transport.links()[0]?.state === 'up');
    return node;
  }

  /** A state of so many rows, a thousand a page. */
  async function* state(rows: number): AsyncGenerator<readonly StateRow[]> {
    for (let from = 0; from < rows; from += 1_000) {
      yield Array.from({ length: 1_000 }, (_, i) => ({
        key: `v:r${from + i}`,
        row: JSON.stringify({ id: from + i, note: 'é'.repeat(120) }),
      }));
    }
  }

  it('carry twenty thousand rows', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    const keys: string[] = [];
    b.transport.snapshots.receive(async (_, pages) => {
      for await (const rows of pages) for (const { key } of rows) keys.push(key);
    });
    expect(await a.transport.snapshots.send(header, state(20_000), never)).toBe(true);
    expect(keys).toEqual(Array.from({ length: 20_000 }, (_, i) => `v:r${i}`));
  });

  it('do not keep heartbeats waiting', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    let resume: () => void = () => {};
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let chunks = 0;
    b.transport.snapshots.receive(async (_, pages) => {
      for await (const _rows of pages) {
        chunks += 1;
        // From here on the stream is full to the brim, and stays so.
        if (chunks === 3) await resumed;
      }
    });
    let delivered = false;
    const sending = a.transport.snapshots.send(header, state(100_000), never).then((outcome) => {
      delivered = outcome;
    });
    await eventually(() => chunks === 3);
    for (let n = 1; n <= 50; n += 1) {
      expect(a.transport.send(a.batch(B, n))).toBe(true);
      await eventually(() => b.received.length === n, { everyMs: 1 });
    }
    expect({ chunks, delivered }).toEqual({ chunks: 3, delivered: false });
    resume();
    await sending;
    expect(delivered).toBe(true);
  });

  it('are refused by a replica of another mesh, or when they are for somebody else', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    let taken = 0;
    b.transport.snapshots.receive(async () => {
      taken += 1;
    });
    b.identity = { ...b.identity, cluster: OTHER_CLUSTER };
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    b.identity = { ...b.identity, cluster: CLUSTER, replica: A };
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    expect(taken).toBe(0);
  });

  it('are not taken before anybody takes them', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
  });

  it('are given up when nothing moves: the peer reads nothing, or never answers', async () => {
    const peer = await SlowPeer.listen(B, 'empresa_b', CLUSTER);
    cleanups.push(() => peer.close());
    const a = await sender(peer.port, 200);
    expect(await a.transport.snapshots.send(header, state(200_000), never)).toBe(false);
    peer.installSnapshot = (call) => {
      call.resume();
    };
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
  });

  for (const side of ['sender', 'receiver'] as const) {
    it(`end on both sides when the ${side} closes`, async () => {
      const b = await receiver();
      const a = await sender(b.port);
      let begun = false;
      let broken = false;
      b.transport.snapshots.receive(async (_, pages) => {
        try {
          for await (const _rows of pages) begun = true;
        } catch (error) {
          broken = true;
          throw error;
        }
      });
      const sending = a.transport.snapshots.send(header, state(1_000_000), never);
      await eventually(() => begun);
      await (side === 'sender' ? a : b).transport.close();
      expect(await sending).toBe(false);
      await eventually(() => broken);
      expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    });
  }
});
