import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../src/transport/backoff.js';
import { Fifo } from '../../src/transport/fifo.js';
import { BATCH_OVERHEAD_BYTES, LinkBuffer } from '../../src/transport/link-buffer.js';

describe('link buffer', () => {
  test('never holds more than its bound, gives batches in order, and accounts for every byte', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('offer' as const), bytes: fc.nat(3_000) }),
      fc.record({ do: fc.constant('next' as const) }),
      fc.record({ do: fc.constant('acknowledge' as const), count: fc.nat(4) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const buffer = new LinkBuffer(5_000);
        const unsent: Buffer[] = [];
        const sent: Buffer[] = [];
        const cost = () =>
          [...unsent, ...sent].reduce((sum, { length }) => sum + length + BATCH_OVERHEAD_BYTES, 0);
        for (const act of steps) {
          if (act.do === 'offer') {
            const batch = Buffer.alloc(act.bytes);
            const fits = cost() === 0 || cost() + act.bytes + BATCH_OVERHEAD_BYTES <= 5_000;
            expect(buffer.offer(batch)).toBe(fits);
            if (fits) unsent.push(batch);
          } else if (act.do === 'next') {
            const batch = buffer.next();
            expect(batch).toBe(unsent[0]);
            if (batch !== undefined) sent.push(unsent.shift()!);
          } else if (act.count <= sent.length) {
            buffer.acknowledge(act.count);
            sent.splice(0, act.count);
          } else {
            expect(() => buffer.acknowledge(act.count)).toThrow(RangeError);
          }
          expect(buffer.bytes).toBe(cost());
          expect(buffer.unacknowledged).toBe(sent.length);
          expect(buffer.full).toBe(cost() >= 5_000);
        }
      }),
    );
  });

  test('takes one batch that is larger than its bound when it holds nothing, and then nothing more', () => {
    const buffer = new LinkBuffer(1_000);
    expect(buffer.offer(Buffer.alloc(5_000))).toBe(true);
    expect(buffer.offer(Buffer.alloc(0))).toBe(false);
    buffer.next();
    buffer.acknowledge(1);
    expect(buffer.offer(Buffer.alloc(0))).toBe(true);
  });
});

test('a queue gives back what it was given, in order, over many refills', () => {
  const queue = new Fifo<number>();
  let pushed = 0;
  let shifted = 0;
  for (let round = 0; round < 50; round += 1) {
    for (let i = 0; i < 100; i += 1) queue.push(pushed++);
    for (let i = 0; i < 90; i += 1) expect(queue.shift()).toBe(shifted++);
    expect(queue.length).toBe(pushed - shifted);
  }
  while (shifted < pushed) expect(queue.shift()).toBe(shifted++);
  expect(queue.shift()).toBeUndefined();
  expect(queue.length).toBe(0);
});

describe('back-off', () => {
  test('doubles from its base to its cap, half of each step by chance, and starts over when told', () => {
    const lowest = new Backoff({ baseMs: 50, capMs: 400, random: () => 0 });
    expect([1, 2, 3, 4, 5].map(() => lowest.nextMs())).toEqual([25, 50, 100, 200, 200]);
    lowest.reset();
    expect(lowest.nextMs()).toBe(25);
    const highest = new Backoff({ baseMs: 50, capMs: 400, random: () => 1 });
    expect([1, 2, 3, 4, 5].map(() => highest.nextMs())).toEqual([50, 100, 200, 400, 400]);
  });

  test('stays at its cap after any number of failures', () => {
    const backoff = new Backoff({ baseMs: 1, capMs: 1_000, random: () => 1 });
    for (let n = 0; n < 5_000; n += 1) backoff.nextMs();
    expect(backoff.nextMs()).toBe(1_000);
  });
});
