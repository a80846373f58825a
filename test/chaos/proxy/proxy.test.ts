/** The proxy does to connections what it says, and nothing else. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-ports.js';
import { FAIR } from './lane.js';
import { Network } from './network.js';

let server: Server;
let network: Network;
let accepted: Socket[];
let heard: string;
const dialled: Socket[] = [];

beforeEach(async () => {
  const port = await freePort();
  await listen(port);
  network = await Network.open(
    new Map([
      ['a', await freePort()],
      ['b', port],
    ]),
  );
});
afterEach(async () => {
  for (const socket of [...dialled.splice(0), ...accepted]) socket.destroy();
  await network.close();
  server.close();
});

async function listen(port: number): Promise<void> {
  accepted = [];
  heard = '';
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes;
      socket.write(bytes);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

interface Dialled {
  readonly socket: Socket;
  readonly told: { text: string; error: string };
}

async function dial(): Promise<Dialled> {
  const [host, port] = network.addressOf('a', 'b').split(':') as [string, string];
  const socket = connect(Number(port), host);
  dialled.push(socket);
  const told = { text: '', error: '' };
  socket.on('data', (bytes) => {
    told.text += bytes;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    told.error = error.code ?? '';
  });
  await once(socket, 'connect').catch(() => {});
  return { socket, told };
}

describe('the proxy between two nodes', () => {
  it('carries bytes both ways, and ends', async () => {
    const { socket, told } = await dial();
    socket.end('hello');
    await eventually(() => told.text === 'hello' && socket.closed);
    expect(heard).toBe('hello');
    expect(network.suffered('a', 'b')).toBe(0);
  });

  it('holds one direction back whole, and lets it go on where it was', async () => {
    const { socket, told } = await dial();
    socket.write('one');
    await eventually(() => told.text === 'one');
    network.setWeather('a', 'b', { ...FAIR, holds: true });
    socket.write('two');
    accepted[0]!.write('back');
    await eventually(() => told.text === 'oneback');
    await eventually(() => network.suffered('a', 'b') === 3);
    expect(heard).toBe('one');
    network.setWeather('a', 'b', FAIR);
    await eventually(() => told.text === 'onebacktwo');
  });

  it('tells nobody behind a black hole that the other end is gone', async () => {
    const { socket, told } = await dial();
    socket.write('one');
    await eventually(() => told.text === 'one');
    network.setWeather('b', 'a', { ...FAIR, holds: true });
    accepted[0]!.resetAndDestroy();
    await eventually(() => accepted[0]!.closed);
    expect(socket.closed).toBe(false);
    network.heal();
    await eventually(() => socket.closed);
    expect(told.error).toBe('ECONNRESET');
  });

  it('resets what stands and what comes while a link is cut, and the other link not', async () => {
    const { socket, told } = await dial();
    socket.write('one');
    await eventually(() => told.text === 'one');
    network.setGate('a', 'b', 'resets');
    await eventually(() => told.error === 'ECONNRESET' && socket.closed);
    const again = await dial();
    await eventually(() => again.told.error === 'ECONNRESET');
    expect(network.struck('a', 'b')).toBe(2);
    network.heal();
    const last = await dial();
    last.socket.write('on');
    await eventually(() => last.told.text === 'on');
  });

  it('leaves the end that dialled alone with a connection that is none any more', async () => {
    const { socket, told } = await dial();
    socket.write('one');
    await eventually(() => told.text === 'one');
    network.halfOpen('a', 'b');
    await eventually(() => accepted[0]!.closed);
    socket.write('two');
    await eventually(() => socket.writableLength === 0);
    expect([socket.closed, told.text, heard]).toEqual([false, 'one', 'one']);
    const again = await dial();
    again.socket.write('on');
    await eventually(() => again.told.text === 'on');
  });

  it('gives no more bytes than a slow way lets through', async () => {
    const { socket, told } = await dial();
    network.setWeather('a', 'b', { ...FAIR, bytesPerSecond: 50_000 });
    const bytes = Buffer.alloc(20_000, 'x');
    const sinceMs = performance.now();
    socket.write(bytes);
    await eventually(() => told.text.length === bytes.length);
    expect(performance.now() - sinceMs).toBeGreaterThan(300);
  });

  it('gives everything later, in order', async () => {
    const { socket, told } = await dial();
    network.setWeather('a', 'b', { ...FAIR, delayMs: 100 });
    const sinceMs = performance.now();
    for (const word of ['one', 'two', 'three']) socket.write(word);
    await eventually(() => told.text === 'onetwothree');
    expect(performance.now() - sinceMs).toBeGreaterThan(95);
  });

  it('refuses those who dial a node that ended, until it listens again', async () => {
    const { port } = server.address() as { port: number };
    const { socket, told } = await dial();
    socket.write('one');
    await eventually(() => told.text === 'one');
    for (const each of accepted) each.destroy();
    server.close();
    await eventually(async () => (await dial()).told.error === 'ECONNREFUSED');
    await listen(port);
    await eventually(async () => {
      const again = await dial();
      again.socket.write('on');
      await eventually(() => again.told.text === 'on', { timeoutMs: 200 });
    });
  });
});
