/** Records of the audit trail between replicas: the contract on both implementations, and what only gRPC can get wrong. */
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { trailRequestToProto } from '../../src/codec/trail-codec.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import { PeerChannel } from '../../src/transport/peer-channel.js';
import { LINK_TIMEOUTS } from '../../src/transport/timeouts.js';
import { trailTransportContract } from '../contracts/trail-transport.js';
import { eventually } from '../support/eventually.js';
import { A, B, CLUSTER, Node, OTHER_CLUSTER } from './node.js';
import { TcpRelay } from './tcp-relay.js';

trailTransportContract('in-memory network', async () => {
  const network = new MemoryNetwork();
  return {
    a: { id: A, trails: network.trailTransport(A) },
    b: { id: B, trails: network.trailTransport(B) },
    start: async () => {},
    cut: () => network.cut(A, B),
    close: async () => {},
  };
});

trailTransportContract('gRPC', async () => {
  const [toA, toB] = [await TcpRelay.open(), await TcpRelay.open()];
  const a = new Node(A, 'empresa_a', {
    peers: [{ company: 'empresa_b', address: toB.address }],
    timeouts: { snapshotStallMs: 1_000 },
  });
  const b = new Node(B, 'empresa_b', { peers: [{ company: 'empresa_a', address: toA.address }] });
  await Promise.all([a.listen(), b.listen()]);
  toA.leadTo(a.port);
  toB.leadTo(b.port);
  return {
    a: { id: A, trails: a.transport.trails },
    b: { id: B, trails: b.transport.trails },
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

describe('records over gRPC', () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  const terms = { signal: new AbortController().signal, timeoutMs: 5_000 };

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function asked(): Promise<{ readonly node: Node; readonly channel: PeerChannel }> {
    const node = await new Node(B, 'empresa_b').listen();
    cleanups.push(() => node.stop());
    const channel = new PeerChannel(`127.0.0.1:${node.port}`, LINK_TIMEOUTS);
    cleanups.push(() => channel.close());
    return { node, channel };
  }

  it('are told to nobody of another mesh, nor in the name of another replica, nor without bounds', async () => {
    const { node, channel } = await asked();
    let served = 0;
    node.transport.trails.serve(async () => {
      served += 1;
      return [];
    });
    const request = { before: 10, limit: 5 };
    const good = { cluster: CLUSTER, from: A, to: B, request };
    const questions = [
      { ...good, cluster: OTHER_CLUSTER },
      { ...good, cluster: '' },
      { ...good, to: A },
      { ...good, request: { before: 10, limit: 0 } },
      { ...good, request: { before: 10, limit: 10_001 } },
    ];
    for (const question of questions) {
      await expect(channel.readTrail(trailRequestToProto(question), terms)).rejects.toMatchObject({
        code: status.ABORTED,
      });
    }
    expect(served).toBe(0);
    expect(await channel.readTrail(trailRequestToProto(good), terms)).toEqual({ records: [] });
    expect(served).toBe(1);
  });

  it('are told by nobody who is shutting down', async () => {
    const { node, channel } = await asked();
    node.transport.trails.serve(async () => []);
    const question = trailRequestToProto({
      cluster: CLUSTER,
      from: A,
      to: B,
      request: { before: 1, limit: 1 },
    });
    expect(await channel.readTrail(question, terms)).toEqual({ records: [] });
    await node.transport.close();
    await expect(channel.readTrail(question, terms)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});
