import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedItem } from '../../src/doors/event-follower.js';
import { type StreamSource, streamEvents } from '../../src/gateway/v1/event-stream.js';
import { eventually } from '../support/eventually.js';

const BEAT_MS = 15_000;

/** A connection whose other side reads only when the test says so. */
class Wire extends Duplex {
  taken = '';
  #waiting: (() => void) | null = null;
  #open = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken += chunk.toString();
    if (this.#open) done();
    else this.#waiting = done;
  }

  /** Lets everything through from now on. */
  flow(): void {
    this.#open = true;
    this.#waiting?.();
  }
}

/** Events without end, each as soon as it is asked for. */
class Endless implements StreamSource {
  taken = 0;
  isStopped = false;
  #tellStopped: () => void = () => {};
  readonly stopped = new Promise<void>((resolve) => {
    this.#tellStopped = resolve;
  });

  get place(): string {
    return `${this.taken}.0`;
  }

  stop(): void {
    this.isStopped = true;
    this.#tellStopped();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedItem, void, undefined> {
    while (!this.isStopped) {
      // As a ledger does, it lets others have their turn.
      if (this.taken % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      this.taken += 1;
      const event = { kind: 'pruned', reservationId: `r${this.taken}` } as const;
      yield { kind: 'event', id: this.place, atMs: 0, event };
    }
  }
}

/** As many turns of the event loop as it takes until nothing new is taken. */
async function settled(source: Endless): Promise<void> {
  for (let last = -1; last !== source.taken; ) {
    last = source.taken;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a stream of events', () => {
  let wire: Wire;
  let response: ServerResponse;
  let source: Endless;
  let ended: Promise<void>;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    wire = new Wire();
    response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(wire as unknown as Socket);
    // As an HTTP server does for its connections.
    wire.on('drain', () => response.emit('drain'));
    source = new Endless();
    ended = streamEvents(response, source);
  });
  afterEach(async () => {
    source.stop();
    response.destroy();
    wire.destroy();
    await ended;
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('takes no more events than its connection has room for, and goes on when there is room', async () => {
    await settled(source);
    const taken = source.taken;
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(2_000);
    wire.flow();
    await eventually(() => source.taken > 2 * taken);
    source.stop();
    await ended;
    const told = [...wire.taken.matchAll(/^id: (\d+)\.0\nevent: pruned$/gm)].map(([, id]) => Number(id));
    expect(told).toEqual(told.map((_, k) => k + 1));
  });

  it('writes nothing more into a connection that is full, and cuts it off when it stays so', async () => {
    await settled(source);
    const { taken } = source;
    vi.advanceTimersByTime(3 * BEAT_MS);
    expect([response.destroyed, source.taken]).toEqual([false, taken]);
    vi.advanceTimersByTime(BEAT_MS);
    await ended;
    expect([response.destroyed, source.isStopped]).toEqual([true, true]);
  });

  it('ends with its source though its connection is full, and waits a second for its last words', async () => {
    await settled(source);
    source.stop();
    await ended;
    expect(response.destroyed).toBe(false);
    await eventually(() => response.destroyed);
  });

  it('ends when the connection does', async () => {
    await settled(source);
    response.destroy();
    await ended;
    expect(source.isStopped).toBe(true);
  });
});
