/**
 * The guard against event-loop stalls, on the real event loop: heartbeats wait in a real socket while this process does
 * nothing, and must be read before a beat may count them as missing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { Ticker } from '../../src/cli/node/ticker.js';
import { eventually } from '../support/eventually.js';

const TICK_MS = 20;
const STALL_MS = 6 * TICK_MS;
const STALLS = 10;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A thread of its own that says something every few milliseconds, whatever this one does. */
async function leader(heard: () => void): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', heard);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `
    const socket = require('node:net').connect(${port}, '127.0.0.1');
    socket.setNoDelay();
    socket.on('error', () => {});
    setInterval(() => socket.write('x'), 5);
  `;
  const worker = new Worker(program, { eval: true });
  cleanups.push(async () => {
    await worker.terminate();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await eventually(() => sockets.length === 1);
}

function stall(): void {
  const untilMs = performance.now() + STALL_MS;
  while (performance.now() < untilMs);
}

/** Where in the event loop a stall may happen. */
const PHASES: readonly [string, (run: () => void) => unknown][] = [
  ['a timer', (run) => setTimeout(run, 1)],
  ['an immediate', (run) => setImmediate(run)],
  ['a microtask', (run) => queueMicrotask(run)],
];

test.each(PHASES)(
  'after a stall in %s what waited in the socket comes before the next beat',
  async (_, inPhase) => {
    const events: string[] = [];
    await leader(() => events.push('heard'));
    const ticker = new Ticker(() => events.push('beat'), TICK_MS);
    cleanups.push(() => ticker.stop());
    for (let stalls = 0; stalls < STALLS; stalls += 1) {
      const before = events.length;
      await eventually(() => events.slice(before).includes('heard') && events.slice(before).includes('beat'));
      await new Promise<void>((resolve) => {
        inPhase(() => {
          stall();
          events.push('stalled');
          resolve();
        });
      });
    }
    await eventually(() => events.at(-1) !== 'stalled');
    const next = events.flatMap((event, at) => (event === 'stalled' ? [events[at + 1]] : []));
    expect(next).toEqual(Array<string>(STALLS).fill('heard'));
  },
);

test('the beats that a stall swallowed are not made up for', async () => {
  let beats = 0;
  const ticker = new Ticker(() => {
    beats += 1;
  }, TICK_MS);
  cleanups.push(() => ticker.stop());
  for (let stalls = 0; stalls < STALLS; stalls += 1) {
    const before = beats;
    await eventually(() => beats > before, { everyMs: 1 });
    stall();
    const [atStall, sinceMs] = [beats, performance.now()];
    for (let turn = 0; turn < 2 * TICK_MS; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    // The one that is overdue, one for each tick since, and one for where they fall.
    const ticks = Math.floor((performance.now() - sinceMs) / TICK_MS);
    expect(beats - atStall).toBeLessThanOrEqual(ticks + 2);
  }
});

test('a loop that is never quick does not keep it from beating', async () => {
  let beats = 0;
  const ticker = new Ticker(() => {
    beats += 1;
  }, TICK_MS);
  cleanups.push(() => ticker.stop());
  let over = false;
  const hog = (): void => {
    const untilMs = performance.now() + TICK_MS;
    while (performance.now() < untilMs);
    if (!over) setImmediate(hog);
  };
  hog();
  await eventually(() => beats >= 5);
  over = true;
});
