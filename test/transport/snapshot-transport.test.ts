/** Whole states between replicas: the contract on both implementations, and what only gRPC can get wrong. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SnapshotChunk, SnapshotHeader } from '../../src/replica/ports.js';
import { BEGINNING, behind } from '../../src/replica/snapshot-place.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { snapshotTransportContract, takerOf } from '../contracts/snapshot-transport.js';
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
  const header: SnapshotHeader = {
    ...{ from: A, to: B, term: 3, meta: metaAt(20_000) },
    ...{ cut: 1, after: BEGINNING },
  };

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function receiver(snapshotStallMs = 15_000): Promise<Node> {
    const node = await new Node(B, 'empresa_b', { timeouts: { snapshotStallMs } }).listen();
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

  /** A state of so many rows, a hundred a chunk. */
  async function* state(rows: number): AsyncGenerator<SnapshotChunk> {
    let place = BEGINNING;
    for (let from = 0; from < rows; from += 100) {
      const part = Array.from({ length: 100 }, (_, i) => ({
        key: `v:r${from + i}`,
        row: JSON.stringify({ id: from + i, note: 'é'.repeat(120) }),
      }));
      place = behind(place, part);
      yield { rows: part, place };
    }
  }

  it('carry twenty thousand rows', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    const keys: string[] = [];
    b.transport.snapshots.receive(
      takerOf(async (_, parts) => {
        for await (const { rows } of parts) for (const { key } of rows) keys.push(key);
      }),
    );
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
    b.transport.snapshots.receive(
      takerOf(async (_, parts) => {
        for await (const _part of parts) {
          chunks += 1;
          // From here on the stream is full to the brim, and stays so.
          if (chunks === 3) await resumed;
        }
      }),
    );
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
    b.transport.snapshots.receive({
      placeOf: async () => {
        taken += 1;
        return BEGINNING;
      },
      take: async () => {
        taken += 1;
      },
    });
    b.identity = { ...b.identity, cluster: OTHER_CLUSTER };
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    expect(await a.transport.snapshots.ask(header, never)).toBeNull();
    b.identity = { ...b.identity, cluster: CLUSTER, replica: A };
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    expect(await a.transport.snapshots.ask(header, never)).toBeNull();
    expect(taken).toBe(0);
  });

  it('are not taken before anybody takes them', async () => {
    const b = await receiver();
    const a = await sender(b.port);
    expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
    expect(await a.transport.snapshots.ask(header, never)).toBeNull();
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
    expect(await a.transport.snapshots.ask(header, never)).toBeNull();
  });

  it('are given up by the receiver when nothing comes, and not while the receiver itself is slow', async () => {
    const b = await receiver(1_000);
    const a = await sender(b.port);
    let ended = '';
    let seen = 0;
    b.transport.snapshots.receive(
      takerOf(async (_, parts) => {
        try {
          for await (const _part of parts) {
            seen += 1;
            // Longer than a sender may be silent.
            if (seen === 1) await new Promise((resolve) => setTimeout(resolve, 1_500));
          }
        } catch (error) {
          ended = (error as Error).message;
          throw error;
        }
      }),
    );
    const silent = async function* (): AsyncGenerator<SnapshotChunk> {
      yield* state(500);
      await new Promise(() => {});
    };
    const giveUp = new AbortController();
    const sending = a.transport.snapshots.send(header, silent(), giveUp.signal);
    await eventually(() => ended !== '');
    expect([seen, ended]).toEqual([5, 'nothing came for 1000 ms']);
    giveUp.abort();
    void sending;
  });

  for (const side of ['sender', 'receiver'] as const) {
    it(`end on both sides when the ${side} closes`, async () => {
      const b = await receiver();
      const a = await sender(b.port);
      let begun = false;
      let broken = false;
      b.transport.snapshots.receive(
        takerOf(async (_, parts) => {
          try {
            for await (const _part of parts) begun = true;
          } catch (error) {
            broken = true;
            throw error;
          }
        }),
      );
      const sending = a.transport.snapshots.send(header, state(1_000_000), never);
      await eventually(() => begun);
      await (side === 'sender' ? a : b).transport.close();
      expect(await sending).toBe(false);
      await eventually(() => broken);
      expect(await a.transport.snapshots.send(header, state(1_000), never)).toBe(false);
      expect(await a.transport.snapshots.ask(header, never)).toBeNull();
    });
  }
});
