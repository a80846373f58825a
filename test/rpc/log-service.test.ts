import { createServer, type Server } from 'node:net';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logItemOf } from '../../src/codec/log-messages.js';
import { LogServiceClient } from '../../src/gen/malha/mesh/v1/log.js';
import type { LogFollowing, LogItem } from '../../src/observe/log-follower.js';
import { LogRing } from '../../src/observe/log-ring.js';
import { SILENT } from '../../src/observe/logger.js';
import { GrpcServer } from '../../src/rpc/grpc-server.js';
import { logService } from '../../src/rpc/log-service.js';
import { followNode } from '../../src/transport/log-client.js';
import { eventually } from '../support/eventually.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ALL: LogFollowing = { after: null, least: 'debug', trace: '', tail: 1_000 };

let ring: LogRing;
let server: GrpcServer;
let over: AbortController;
beforeEach(async () => {
  ring = new LogRing('s1', { linesMax: 100, bytesMax: 10_000_000, lineBytesMax: 100_000 });
  const services = [logService(ring, 2)];
  server = await GrpcServer.listen({ address: '127.0.0.1:0', services, logger: SILENT });
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await server.close(100);
});

interface Reading {
  readonly items: LogItem[];
  /** Why it ended; '' where nothing was wrong. */
  readonly ended: Promise<string>;
}

function read(following: Partial<LogFollowing> = {}, signal = over.signal): Reading {
  const items: LogItem[] = [];
  const run = async (): Promise<string> => {
    for await (const item of followNode(server.address, { ...ALL, ...following }, signal)) items.push(item);
    return '';
  };
  return { items, ended: run().catch((error: unknown) => (error as Error).message) };
}

function numbersOf(items: readonly LogItem[]): readonly number[] {
  return items.filter(({ kind }) => kind === 'line').map(({ position }) => position.number);
}

describe('the lines of another node', () => {
  it('arrive as they are, those that it keeps and those that it says', async () => {
    ring.add('warn', '{"msg":"café"}');
    const { items } = read();
    await eventually(() => items.length === 2);
    ring.add('info', '{"msg":"two"}');
    await eventually(() => items.length === 3);
    expect(items).toEqual([
      { kind: 'line', position: { start: 's1', number: 1 }, level: 'warn', text: '{"msg":"café"}' },
      { kind: 'even', position: { start: 's1', number: 1 } },
      { kind: 'line', position: { start: 's1', number: 2 }, level: 'info', text: '{"msg":"two"}' },
    ]);
  });

  it('are filtered there, and go on behind a place', async () => {
    for (let n = 1; n <= 10; n += 1)
      ring.add(n % 2 === 0 ? 'info' : 'debug', `{"n":${n},"trace":"${TRACE}"}`);
    ring.add('error', '{}');
    const byLevel = read({ least: 'info', after: { start: 's1', number: 4 } });
    const byTrace = read({ trace: TRACE, tail: 3 });
    await eventually(() => byLevel.items.length === 5 && byTrace.items.length === 3);
    expect(numbersOf(byLevel.items)).toEqual([6, 8, 10, 11]);
    expect(numbersOf(byTrace.items)).toEqual([9, 10]);
  });

  it('are given up for, and counted, where a reader is too slow', async () => {
    const lines = followNode(server.address, ALL, over.signal);
    expect((await lines.next()).value).toMatchObject({ kind: 'even' });
    const filler = 'x'.repeat(50_000);
    for (let n = 1; n <= 2_000; n += 1) {
      ring.add('info', JSON.stringify({ n, filler }));
      // Lets the stream take what it can.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const items: LogItem[] = [];
    while (items.at(-1)?.position.number !== 2_000) items.push((await lines.next()).value as LogItem);
    await lines.return();
    const missed = items.reduce((sum, item) => sum + (item.kind === 'gap' ? item.lines! : 0), 0);
    expect(missed).toBeGreaterThan(1_000);
    expect(numbersOf(items)).toHaveLength(2_000 - missed);
  });

  it('say that the node started anew', async () => {
    ring.add('info', '{}');
    const { items } = read({ after: { start: 'other', number: 12 } });
    await eventually(() => items.length === 3);
    expect(items[0]).toEqual({ kind: 'gap', position: { start: 's1', number: 0 }, lines: null });
  });

  it('end when the reader leaves, and make room for the next one', async () => {
    const own = new AbortController();
    const first = read({}, own.signal);
    const second = read();
    await eventually(() => first.items.length + second.items.length === 2);
    expect(await read().ended).toBe('2 readers follow this log already');
    own.abort();
    expect(await first.ended).toBe('');
    await eventually(async () => {
      const third = read();
      await eventually(() => third.items.length === 1, { timeoutMs: 200 });
    });
  });

  it('end when the node does', async () => {
    const { items, ended } = read();
    await eventually(() => items.length === 1);
    server.leave();
    expect(await ended).toBe('');
  });
});

describe('a node that cannot be read', () => {
  /** Takes connections, and says nothing. */
  let mute: Server;
  let connections: number;
  beforeEach(() => {
    connections = 0;
    mute = createServer((socket) => {
      connections += 1;
      socket.resume();
      socket.on('error', () => {});
      socket.on('close', () => {
        connections -= 1;
      });
    });
  });
  afterEach(() => new Promise<void>((resolve) => mute.close(() => resolve())));

  it('is said to be silent when nobody listens', async () => {
    await server.close(0);
    expect(await read().ended).toBe('it does not answer');
  });

  it('is given up when it takes the connection and says nothing, and so is the connection', async () => {
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port));
    });
    const timeouts = { firstMs: 1_000, keepaliveMs: 10_000, keepaliveAnswerMs: 10_000 };
    const lines = followNode(`127.0.0.1:${port}`, ALL, over.signal, timeouts);
    const next = lines.next();
    await eventually(() => connections === 1);
    await expect(next).rejects.toThrow('no answer within 1000 ms');
    await eventually(() => connections === 0);
  });

  it('is not believed what is no line', () => {
    const position = { start: 's1', number: 1n };
    const line = (text: string, level = 'info') =>
      logItemOf({ item: { $case: 'line', value: { position, level, text } } });
    expect(line('{"a":1}')).toMatchObject({ text: '{"a":1}' });
    for (const text of ['', 'x', '{"a":1}\n\nevent: x', '{"a":1', '[1]', '{}{}']) {
      expect(() => line(text)).toThrow(RangeError);
    }
    expect(() => line('{}', 'loud')).toThrow(RangeError);
    expect(() => logItemOf({ item: undefined })).toThrow(RangeError);
    const far = { start: 's1', number: 2n ** 60n };
    expect(() => logItemOf({ item: { $case: 'even', value: { position: far } } })).toThrow(RangeError);
    const odd = { start: 'a,b=c', number: 1n };
    expect(() => logItemOf({ item: { $case: 'even', value: { position: odd } } })).toThrow(RangeError);
  });
});

describe('a question that makes no sense', () => {
  it.each([
    ['level', { level: 'loud' }],
    ['trace', { trace: 'xyz' }],
    ['position.start', { after: { start: '', number: 0n } }],
  ])('is refused for its %s', async (named, fields) => {
    const client = new LogServiceClient(server.address, credentials.createInsecure());
    const call = client.follow({ level: '', trace: '', tail: 0, after: undefined, ...fields });
    const error = await new Promise<ServiceError>((resolve) => {
      call.on('error', resolve);
      call.resume();
    });
    client.close();
    expect([error.code, error.details]).toEqual([status.INVALID_ARGUMENT, expect.stringContaining(named)]);
  });
});
