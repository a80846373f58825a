import { describe, expect, test } from 'vitest';
import { Outbox, type Parcel } from '../../src/mqtt/outbox.js';
import type { Timers } from '../../src/mqtt/timers.js';

const LIMITS = { windowMax: 3, waitingMax: 8, waitingBytesMax: 100, timeoutMs: 1_000 };

/** Time that a test moves. */
class HandTimers implements Timers {
  #nowMs = 0;
  readonly #due = new Set<{ readonly atMs: number; readonly action: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, action };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    for (const entry of [...this.#due]) {
      if (entry.atMs > this.#nowMs || !this.#due.delete(entry)) continue;
      entry.action();
    }
  }

  get pending(): number {
    return this.#due.size;
  }
}

/** A link that keeps what it was given until the test has it taken. */
class Link {
  readonly sent: string[] = [];
  readonly #open: (() => void)[] = [];

  readonly send = (parcel: Parcel, taken: () => void): void => {
    this.sent.push(parcel.payload.toString());
    this.#open.push(taken);
  };

  take(count: number): void {
    for (const taken of this.#open.splice(0, count)) taken();
  }
}

function setUp() {
  const timers = new HandTimers();
  const outbox = new Outbox(LIMITS, timers);
  const put = (text: string, qos: 0 | 1 = 1): Promise<string> =>
    outbox.put({ topic: 't', payload: Buffer.from(text), qos, retain: false }).then(
      () => 'taken',
      (error) => error.code as string,
    );
  return { timers, outbox, put, link: new Link() };
}

describe('the window', () => {
  test('no more than its size is in flight', async () => {
    const { outbox, put, link } = setUp();
    const puts = Array.from({ length: 6 }, (_, i) => put(String(i)));
    expect(link.sent).toEqual([]);

    outbox.open(link.send);
    expect(link.sent).toEqual(['0', '1', '2']);
    link.take(2);
    expect(link.sent).toEqual(['0', '1', '2', '3', '4']);
    expect(outbox.inFlight).toBe(3);
    link.take(3);
    link.take(3);
    expect(await Promise.all(puts)).toEqual(Array(6).fill('taken'));
  });

  test('a message whose time is over keeps its place until the broker is done with it', async () => {
    const { timers, outbox, put, link } = setUp();
    outbox.open(link.send);
    const late = [put('0'), put('1'), put('2')];
    timers.advance(LIMITS.timeoutMs);
    expect(await Promise.all(late)).toEqual(Array(3).fill('DEADLINE_EXCEEDED'));

    void put('3');
    expect(link.sent).toHaveLength(3);
    link.take(1);
    expect(link.sent).toEqual(['0', '1', '2', '3']);
  });
});

describe('a lost link', () => {
  test('what was in flight at QoS 1 goes first over the next one, in order; QoS 0 is given up', async () => {
    const { outbox, put, link } = setUp();
    outbox.open(link.send);
    const puts = [put('0'), put('1', 0), put('2'), put('3')];

    outbox.lose();
    const next = new Link();
    outbox.open(next.send);
    expect(next.sent).toEqual(['0', '2', '3']);
    next.take(3);
    expect(await Promise.all(puts)).toEqual(['taken', 'UNAVAILABLE', 'taken', 'taken']);
  });

  test('what has timed out is not sent again', async () => {
    const { timers, outbox, put, link } = setUp();
    outbox.open(link.send);
    const late = put('0');
    timers.advance(LIMITS.timeoutMs);
    expect(await late).toBe('DEADLINE_EXCEEDED');

    outbox.lose();
    const next = new Link();
    outbox.open(next.send);
    expect(next.sent).toEqual([]);
  });

  test('an acknowledgement that comes late over the old link settles the message once', async () => {
    const { outbox, put, link } = setUp();
    outbox.open(link.send);
    const sent = put('0');
    outbox.lose();
    link.take(1);

    expect(await sent).toBe('taken');
    const next = new Link();
    outbox.open(next.send);
    expect(next.sent).toEqual([]);
  });
});

describe('what waits is bounded', () => {
  test('by count', async () => {
    const { put } = setUp();
    for (let i = 0; i < LIMITS.waitingMax; i += 1) void put('x');

    expect(await put('x')).toBe('RESOURCE_EXHAUSTED');
  });

  test('by bytes, and what is over makes room', async () => {
    const { outbox, put, link } = setUp();
    void put('x'.repeat(60));
    expect(await put('x'.repeat(60))).toBe('RESOURCE_EXHAUSTED');

    outbox.open(link.send);
    link.take(1);
    void put('x'.repeat(60));
    expect(link.sent).toHaveLength(2);
  });

  test('by time', async () => {
    const { timers, outbox, put, link } = setUp();
    const waiting = put('0');
    timers.advance(LIMITS.timeoutMs);
    expect(await waiting).toBe('UNAVAILABLE');

    outbox.open(link.send);
    expect(link.sent).toEqual([]);
    expect(timers.pending).toBe(0);
  });
});

test('closed, it gives up everything and takes nothing', async () => {
  const { timers, outbox, put, link } = setUp();
  outbox.open(link.send);
  const puts = Array.from({ length: 5 }, (_, i) => put(String(i)));
  outbox.close();

  expect(await Promise.all(puts)).toEqual(Array(5).fill('UNAVAILABLE'));
  expect(await put('x')).toBe('UNAVAILABLE');
  expect(timers.pending).toBe(0);
});
