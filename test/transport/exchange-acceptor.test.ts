import { type ClientDuplexStream, credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchToProto } from '../../src/codec/peer-codec.js';
import {
  type ExchangeRequest,
  type ExchangeResponse,
  PeerServiceClient,
} from '../../src/gen/malha/mesh/v1/peer.js';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Batch } from '../../src/replica/frame.js';
import { eventually } from '../support/eventually.js';
import { A, B, CLUSTER, Node, OTHER_CLUSTER } from './node.js';

const C = replicaId('00000000000000cc');

interface Dialled {
  readonly stream: ClientDuplexStream<Buffer, ExchangeResponse>;
  readonly acknowledged: number[];
  /** The status that the stream ended with; null while it is open. */
  ended: { code: status; details: string } | null;
  write(request: ExchangeRequest): void;
}

describe('exchange acceptor', () => {
  let node: Node;
  let client: PeerServiceClient;
  const warnings: object[] = [];

  beforeEach(async () => {
    warnings.length = 0;
    const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => warnings.push(fields) };
    node = await new Node(B, 'empresa_b', { logger }).listen();
    client = new PeerServiceClient(`127.0.0.1:${node.port}`, credentials.createInsecure());
  });

  afterEach(async () => {
    client.close();
    await node.stop();
  });

  function dial(): Dialled {
    const { path, requestSerialize, responseDeserialize } = PeerServiceClient.service.exchange;
    const stream = client.makeBidiStreamRequest(path, (bytes: Buffer) => bytes, responseDeserialize);
    const dialled: Dialled = {
      stream,
      acknowledged: [],
      ended: null,
      write: (request) => stream.write(requestSerialize(request)),
    };
    stream.on('data', ({ batches }: ExchangeResponse) => dialled.acknowledged.push(Number(batches)));
    stream.on('error', () => {});
    stream.on('status', ({ code, details }) => {
      dialled.ended = { code, details };
    });
    return dialled;
  }

  function request(n: number, change: Partial<Batch> = {}, cluster = CLUSTER): ExchangeRequest {
    const batch: Batch = {
      from: A,
      to: B,
      wallMs: n,
      ledgerMs: 0,
      medianMs: 0,
      commitIndex: 0,
      understands: 2,
      frames: [],
      ...change,
    };
    return batchToProto({ cluster, batch });
  }

  const numbers = () => node.received.map(({ wallMs }) => wallMs);

  test.each<[string, ExchangeRequest, string]>([
    ['another cluster (D6)', request(2, {}, OTHER_CLUSTER), `cluster ${OTHER_CLUSTER}`],
    ['no cluster', request(2, {}, ''), 'the batch is of cluster'],
    ['another recipient', request(2, { to: C }), `the batch is for ${C}`],
    ['another sender than before', request(2, { from: C }), `earlier ones of its stream from ${A}`],
    ['its own recipient as its sender', request(2, { from: B }), 'claims to be from its recipient'],
  ])(
    'a batch of %s ends the stream, and nothing of it or after it is delivered',
    async (_, wrong, details) => {
      const link = dial();
      link.write(request(1));
      await eventually(() => numbers().length === 1);
      link.write(wrong);
      link.write(request(3));
      await eventually(() => link.ended !== null);
      expect(link.ended).toEqual({
        code: status.FAILED_PRECONDITION,
        details: expect.stringContaining(details),
      });
      expect(numbers()).toEqual([1]);
      expect(warnings).toHaveLength(1);

      const next = dial();
      next.write(request(4));
      await eventually(() => numbers().includes(4));
      expect(numbers()).toEqual([1, 4]);
    },
  );

  test('a batch whose content makes no sense ends its stream as INVALID_ARGUMENT, and other streams go on', async () => {
    const healthy = dial();
    healthy.write(request(1, { from: C }));
    await eventually(() => numbers().length === 1);
    for (const nonsense of [{ wallMs: 2n ** 60n }, { from: 0n }, { frames: [{ body: undefined }] }]) {
      const link = dial();
      link.write({ ...request(2), ...nonsense });
      await eventually(() => link.ended !== null);
      expect(link.ended).toMatchObject({ code: status.INVALID_ARGUMENT });
    }
    healthy.write(request(3, { from: C }));
    await eventually(() => numbers().length === 2);
    expect(numbers()).toEqual([1, 3]);
  });

  test('bytes that are no protobuf end their stream only', async () => {
    const link = dial();
    link.stream.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await eventually(() => link.ended !== null);
    expect(link.ended).toMatchObject({ code: status.INTERNAL });
    const next = dial();
    next.write(request(1));
    await eventually(() => numbers().length === 1);
  });

  test('a replica that belongs to no mesh lets no stream in', async () => {
    node.identity = { ...node.identity, cluster: '' };
    const link = dial();
    link.write(request(1, {}, ''));
    await eventually(() => link.ended !== null);
    expect(link.ended).toMatchObject({ code: status.FAILED_PRECONDITION });
    expect(numbers()).toEqual([]);
  });

  test('a newer stream of a sender ends the older one', async () => {
    const older = dial();
    older.write(request(1));
    await eventually(() => numbers().length === 1);
    const newer = dial();
    newer.write(request(2));
    await eventually(() => older.ended !== null);
    expect(older.ended).toMatchObject({ code: status.ABORTED });
    newer.write(request(3));
    await eventually(() => numbers().length === 3);
    expect(newer.ended).toBeNull();
  });

  test('a burst is acknowledged with fewer answers than batches, up to the last one', async () => {
    const link = dial();
    for (let n = 1; n <= 1_000; n += 1) link.write(request(n));
    await eventually(() => link.acknowledged.at(-1) === 1_000);
    expect(link.acknowledged.length).toBeLessThan(900);
    expect(link.acknowledged).toEqual([...link.acknowledged].sort((x, y) => x - y));
  });

  test('a stream that the dialler finishes is finished here', async () => {
    const link = dial();
    link.write(request(1));
    link.stream.end();
    await eventually(() => link.ended !== null);
    expect(link.ended).toMatchObject({ code: status.OK });
    expect(numbers()).toEqual([1]);
  });

  test('closing ends open streams and lets no more in', async () => {
    const open = dial();
    open.write(request(1));
    await eventually(() => numbers().length === 1);
    await node.transport.close();
    const late = dial();
    late.write(request(2));
    await eventually(() => open.ended !== null && late.ended !== null);
    expect([open.ended?.code, late.ended?.code]).toEqual([status.UNAVAILABLE, status.UNAVAILABLE]);
    expect(numbers()).toEqual([1]);
  });

  test('whoever asks Identify is answered, nonsense is refused', async () => {
    const ask = (asker: { replicaId: bigint } | undefined) =>
      new Promise<unknown>((resolve) => {
        const rest = {
          ...{ clusterId: 0n, company: 'empresa_x', peerCompanies: [] },
          ...{ founders: [], members: [], membersIndex: 0n, ledgerVersion: 2 },
        };
        client.identify({ asker: asker && { ...rest, ...asker } }, (error, answer) =>
          resolve(error === null ? answer.identity?.company : error.code),
        );
      });
    expect(await ask(undefined)).toBe('empresa_b');
    expect(await ask({ replicaId: 5n })).toBe('empresa_b');
    expect(await ask({ replicaId: 0n })).toBe(status.INVALID_ARGUMENT);
  });

  test('streams of several senders do not mix', async () => {
    const senders: ReplicaId[] = [A, C];
    const links = senders.map((from) => ({ from, link: dial() }));
    for (let n = 1; n <= 200; n += 1) {
      for (const { from, link } of links) link.write(request(n, { from }));
    }
    await eventually(() => numbers().length === 400);
    for (const sender of senders) {
      const own = node.received.filter(({ from }) => from === sender).map(({ wallMs }) => wallMs);
      expect(own).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    }
  });
});
