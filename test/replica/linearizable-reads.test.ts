import { describe, expect, it } from 'vitest';
import { LinearizableReads } from '../../src/replica/linearizable-reads.js';

async function outcome(read: Promise<void>): Promise<string> {
  return Promise.race([
    read.then(
      () => 'served',
      (failure) => failure.code,
    ),
    new Promise<string>((resolve) => setImmediate(() => resolve('waiting'))),
  ]);
}

describe('linearizable reads', () => {
  it('are asked once for all that wait, and served when the index they got is applied', async () => {
    const reads = new LinearizableReads(10);
    const [one, two] = [reads.add(1_000, 0), reads.add(1_000, 0)];
    const asked: number[] = [];
    reads.ask((id) => asked.push(id) > 0, 0);
    reads.ask((id) => asked.push(id) > 0, 0);
    expect(asked).toHaveLength(1);
    reads.answered(asked[0]!, 7);
    reads.applied(6);
    expect(await outcome(one)).toBe('waiting');
    reads.applied(7);
    expect(await outcome(one)).toBe('served');
    expect(await outcome(two)).toBe('served');
  });

  it('are asked again under a new id when the answer is lost', async () => {
    const reads = new LinearizableReads(10);
    const read = reads.add(1_000, 0);
    const asked: number[] = [];
    const ask = (id: number): boolean => asked.push(id) > 0;
    reads.ask(ask, 0);
    reads.askOldOnesAgain(500, 500);
    reads.ask(ask, 500);
    expect(new Set(asked).size).toBe(2);
    reads.answered(asked[1]!, 1);
    reads.applied(1);
    expect(await outcome(read)).toBe('served');
    reads.expire(1_000);
  });

  it('are served by a late answer too, those that had asked by then and no others', async () => {
    const reads = new LinearizableReads(2);
    const early = reads.add(10_000, 0);
    const asked: number[] = [];
    const ask = (id: number): boolean => asked.push(id) > 0;
    reads.ask(ask, 0);
    reads.askOldOnesAgain(500, 500);
    const later = reads.add(10_000, 500);
    reads.ask(ask, 500);
    reads.answered(asked[0]!, 1);
    reads.applied(1);
    expect(await outcome(early)).toBe('served');
    expect(await outcome(later)).toBe('waiting');
    reads.answered(asked[1]!, 1);
    reads.applied(1);
    expect(await outcome(later)).toBe('served');
    // Each was counted once.
    const next = [reads.add(1_000, 0), reads.add(1_000, 0)];
    expect(await outcome(reads.add(1_000, 0))).toBe('RESOURCE_EXHAUSTED');
    reads.close();
    for (const each of next) expect(await outcome(each)).toBe('UNAVAILABLE');
  });

  it('wait for a leader, and fail with UNAVAILABLE at their deadline, wherever they are', async () => {
    const reads = new LinearizableReads(10);
    const unasked = reads.add(100, 0);
    reads.ask(() => false, 0);
    expect(reads.hasUnasked).toBe(true);
    expect(await outcome(unasked)).toBe('waiting');
    reads.expire(100);
    expect(await outcome(unasked)).toBe('UNAVAILABLE');

    const ids: number[] = [];
    const confirmed = reads.add(100, 200);
    reads.ask((id) => ids.push(id) > 0, 200);
    reads.answered(ids[0]!, 99);
    const asked = reads.add(100, 200);
    reads.ask((id) => ids.push(id) > 0, 200);
    reads.expire(300);
    expect(await outcome(confirmed)).toBe('UNAVAILABLE');
    expect(await outcome(asked)).toBe('UNAVAILABLE');
  });

  it('are turned away when too many wait', async () => {
    const reads = new LinearizableReads(1);
    const first = reads.add(1_000, 0);
    expect(await outcome(reads.add(1_000, 0))).toBe('RESOURCE_EXHAUSTED');
    reads.close();
    expect(await outcome(first)).toBe('UNAVAILABLE');
  });

  it('count against the bound wherever they wait', async () => {
    const reads = new LinearizableReads(2);
    const ids: number[] = [];
    const ask = (id: number): boolean => ids.push(id) > 0;
    const asked = reads.add(1_000, 0);
    reads.ask(ask, 0);
    const confirmed = reads.add(500, 0);
    reads.ask(ask, 0);
    reads.answered(ids[1]!, 9);
    expect(await outcome(reads.add(1_000, 0))).toBe('RESOURCE_EXHAUSTED');
    reads.expire(500);
    expect(await outcome(confirmed)).toBe('UNAVAILABLE');
    const next = reads.add(1_000, 500);
    expect(await outcome(next)).toBe('waiting');
    expect(await outcome(reads.add(1_000, 500))).toBe('RESOURCE_EXHAUSTED');
    reads.answered(ids[0]!, 9);
    reads.applied(9);
    expect(await outcome(asked)).toBe('served');
    expect(await outcome(reads.add(1_000, 500))).toBe('waiting');
  });
});
