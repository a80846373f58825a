/** One cut of a state, read in as many streams as it takes. */
import { describe, expect, it } from 'vitest';
import type { SnapshotChunk, SnapshotPlace, StateRow } from '../../src/replica/ports.js';
import { SnapshotCut } from '../../src/replica/snapshot-cut.js';
import { BEGINNING, behind, isSamePlace } from '../../src/replica/snapshot-place.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { metaAt } from '../contracts/state-store.js';

function rowsOf(count: number, characters = 100): StateRow[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k${10_000 + i}`, row: 'x'.repeat(characters) }));
}

async function cutOf(rows: readonly StateRow[]) {
  const state = new MemoryStateStore();
  await state.write(rows, metaAt(5));
  return { state, cut: new SnapshotCut(7, 0, (await state.snapshot())!) };
}

/** The first `count` chunks behind `after`, as a stream that breaks then would read them. */
async function read(cut: SnapshotCut, after: SnapshotPlace, count = Infinity): Promise<SnapshotChunk[]> {
  const chunks: SnapshotChunk[] = [];
  for await (const chunk of cut.chunks(after)) {
    chunks.push(chunk);
    if (chunks.length === count) break;
  }
  return chunks;
}

describe('a place', () => {
  it('is told by the rows before it: how many, which, and in which order', () => {
    const [a, b] = [
      { key: 'a', row: '1' },
      { key: 'b', row: '2' },
    ] as const;
    const place = behind(BEGINNING, [a, b]);
    expect(isSamePlace(place, behind(BEGINNING, [a, b]))).toBe(true);
    for (const other of [
      behind(BEGINNING, [b, a]),
      behind(BEGINNING, [a]),
      behind(BEGINNING, [a, { ...b, row: '3' }]),
      behind(BEGINNING, [a, { ...b, key: 'c' }]),
      behind(BEGINNING, [a, b, b]),
      BEGINNING,
    ]) {
      expect(isSamePlace(place, other)).toBe(false);
    }
    // The chain minds no borders of chunks; the number of chunks does.
    const twoSteps = behind(behind(BEGINNING, [a]), [b]);
    expect([twoSteps.chain, twoSteps.rows]).toEqual([place.chain, 2]);
    expect(isSamePlace(place, twoSteps)).toBe(false);
  });
});

describe('a cut', () => {
  it('is handed out whole, in chunks of bounded size, each with the place behind it', async () => {
    const rows = [...rowsOf(70, 3_000), { key: 'k9', row: 'y'.repeat(100_000) }, { key: 'k9a', row: '' }];
    const { cut } = await cutOf(rows);
    const chunks = await read(cut, BEGINNING);
    expect(chunks.flatMap((chunk) => chunk.rows)).toEqual(rows);
    let place = BEGINNING;
    for (const chunk of chunks) {
      place = behind(place, chunk.rows);
      expect(chunk.place).toEqual(place);
      const characters = chunk.rows.reduce((sum, { key, row }) => sum + key.length + row.length, 0);
      if (chunk.rows.length > 1) expect(characters).toBeLessThanOrEqual(16 * 1024);
    }
    expect(chunks.length).toBeGreaterThan(14);
    expect(place.chunks).toBe(chunks.length);
  });

  it('goes on behind every place that it reached, with the rest and nothing else', async () => {
    const rows = rowsOf(200);
    const { state, cut } = await cutOf(rows);
    const all = await read(cut, BEGINNING);
    // What is written meanwhile does not show.
    await state.write([{ key: 'k00000', row: 'new' }], metaAt(6));
    await state.write([{ key: 'k10150', row: null }], metaAt(7));
    for (const { place } of all.toReversed()) {
      const rest = await read(cut, place);
      expect(rest.flatMap((chunk) => chunk.rows)).toEqual(rows.slice(place.rows));
      if (rest.length > 0)
        expect(rest.at(-1)!.place).toMatchObject({ rows: 200, chain: all.at(-1)!.place.chain });
    }
  });

  it('knows the places that it reached, up to where the newest stream goes on', async () => {
    const { cut } = await cutOf(rowsOf(200));
    expect([cut.isBegun, cut.reached(BEGINNING)]).toEqual([false, false]);
    const first = await read(cut, BEGINNING, 6);
    expect(cut.isBegun).toBe(true);
    for (const { place } of first) expect(cut.reached(place)).toBe(true);
    expect(cut.reached(BEGINNING)).toBe(false);
    expect(cut.reached({ ...first[2]!.place, chain: 'f'.repeat(32) })).toBe(false);
    expect(cut.reached({ ...first[2]!.place, rows: 59 })).toBe(false);
    // Nobody may claim to be where only an earlier stream had been.
    await read(cut, first[2]!.place, 1);
    expect(first.map(({ place }) => cut.reached(place))).toEqual([true, true, true, true, false, false]);
  });

  it('does not begin at a place that it never reached', async () => {
    const { cut } = await cutOf(rowsOf(100));
    const [first, second] = await read(cut, BEGINNING, 2);
    await read(cut, first!.place, 1);
    const stranger = { ...second!.place, chain: '1'.repeat(32) };
    await expect(read(cut, stranger)).rejects.toThrow('assertion');
  });

  it('remembers a bounded number of places', async () => {
    const { cut } = await cutOf(rowsOf(4_100, 17_000));
    const all = await read(cut, BEGINNING);
    expect(all).toHaveLength(4_100);
    expect(all.filter(({ place }) => cut.reached(place))).toHaveLength(4_096);
    expect(cut.reached(all[3]!.place)).toBe(false);
    expect((await read(cut, all[4]!.place)).length).toBe(4_095);
  });
});
