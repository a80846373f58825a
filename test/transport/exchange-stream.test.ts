import { connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { ExchangeResponse } from '../../src/gen/malha/mesh/v1/peer.js';
import { ExchangeStream } from '../../src/transport/exchange-stream.js';
import { LINK_TIMEOUTS } from '../../src/transport/timeouts.js';
import { eventually } from '../support/eventually.js';

/** The client's end of a stream, without a connection: a test plays the peer. */
class PlayedStream extends Duplex {
  readonly written: Buffer[] = [];
  cancelled = false;
  #release: (() => void) | null = null;

  constructor(readonly holds = false) {
    super({ objectMode: true, writableHighWaterMark: 2 });
  }

  cancel(): void {
    this.cancelled = true;
  }

  release(): void {
    this.#release?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written.push(chunk);
    if (this.holds) this.#release = done;
    else done();
  }
}

function open(stream: PlayedStream, acknowledgeMs: number, bufferBytesMax = 1 << 20) {
  const link = new ExchangeStream({
    stream: stream as unknown as ClientDuplexStream<Buffer, ExchangeResponse>,
    bufferBytesMax,
    timeouts: { ...LINK_TIMEOUTS, acknowledgeMs },
    onUp: () => {},
    onProven: () => {},
  });
  stream.emit('metadata');
  return link;
}

test('a stall of our own does not end a stream whose acknowledgements wait in the socket', async () => {
  const stream = new PlayedStream();
  const link = open(stream, 100);
  let ended = false;
  void link.ended.then(() => {
    ended = true;
  });
  // A socket of its own brings the acknowledgement, as the network would: it is read in the poll phase.
  const server = createServer((socket) => socket.once('data', () => stream.push({ batches: 1n })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const far = connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => far.once('connect', resolve));
  await eventually(async () => (await connections(server)) === 1);

  expect(link.send(Buffer.from('a batch'))).toBe(true);
  far.write('taken');
  const until = performance.now() + 300;
  while (performance.now() < until);

  await eventually(() => link.pendingBytes === 0);
  expect(ended).toBe(false);
  expect(link.send(Buffer.from('another'))).toBe(true);
  link.end({ reason: 'closed', detail: '' });
  far.destroy();
  server.close();
});

test('nothing is written to a stream that said no, until it drained, and then in order', async () => {
  const stream = new PlayedStream(true);
  const link = open(stream, 60_000);
  const batches = Array.from({ length: 10 }, (_, n) => Buffer.from([n]));
  for (const batch of batches) expect(link.send(batch)).toBe(true);
  expect(stream.written).toHaveLength(1);
  expect(stream.writableLength).toBe(2);
  await eventually(
    () => {
      stream.release();
      return stream.written.length === 10;
    },
    { everyMs: 1 },
  );
  expect(Buffer.concat(stream.written)).toEqual(Buffer.concat(batches));
  link.end({ reason: 'closed', detail: '' });
});

test('a stream that is not up takes nothing, and one that ended never comes up', async () => {
  const stream = new PlayedStream();
  const link = open(stream, 60_000);
  link.end({ reason: 'closed', detail: 'first' });
  link.end({ reason: 'closed', detail: 'second' });
  stream.emit('metadata');
  stream.emit('error', new Error('late'));
  expect(link.send(Buffer.from('x'))).toBe(false);
  expect(link.open).toBe(false);
  expect(stream.cancelled).toBe(true);
  expect(await link.ended).toEqual({ reason: 'closed', detail: 'first' });
});

test('acknowledgements that go back end the stream', async () => {
  const stream = new PlayedStream();
  const link = open(stream, 60_000);
  for (const text of ['a', 'b']) link.send(Buffer.from(text));
  stream.push({ batches: 2n });
  stream.push({ batches: 1n });
  expect(await link.ended).toEqual({ reason: 'misunderstood', detail: 'acknowledgements went back' });
});

function connections(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}
