/** A state in frames and back: what comes out is what went in, or an Error that says why not. */
import { describe, expect, it } from 'vitest';
import type { InstallSnapshotRequest } from '../../src/gen/malha/mesh/v1/peer.js';
import { replicaId } from '../../src/raft/entry.js';
import type { SnapshotHeader, StateRow } from '../../src/replica/ports.js';
import { framesOf, takeSnapshot } from '../../src/transport/snapshot-frames.js';
import { metaAt } from '../contracts/state-store.js';

const CLUSTER = 'c'.repeat(16);
const HEADER: SnapshotHeader = {
  from: replicaId('a'.repeat(16)),
  to: replicaId('b'.repeat(16)),
  term: 7,
  meta: metaAt(42),
};

function rowsOf(count: number, bytes: number): StateRow[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k:é${i}`, row: `${i} `.padEnd(bytes, 'x') }));
}

async function framesFor(...pages: readonly (readonly StateRow[])[]): Promise<InstallSnapshotRequest[]> {
  const source = (async function* () {
    yield* pages;
  })();
  const frames: InstallSnapshotRequest[] = [];
  for await (const frame of framesOf({ cluster: CLUSTER, header: HEADER }, source)) frames.push(frame);
  return frames;
}

async function take(frames: readonly InstallSnapshotRequest[], fault: string | null = null) {
  const taken: { header: SnapshotHeader | null; rows: StateRow[] } = { header: null, rows: [] };
  const source = (async function* () {
    yield* frames;
  })();
  await takeSnapshot(
    source,
    () => fault,
    async (header, pages) => {
      taken.header = header;
      for await (const page of pages) taken.rows.push(...page);
    },
  );
  return taken;
}

describe('a state in frames', () => {
  it('comes out as it went in, in chunks of bounded size', async () => {
    const pages = [rowsOf(500, 900), rowsOf(3, 200_000), rowsOf(1, 0)];
    const frames = await framesFor(...pages);
    expect(await take(frames)).toEqual({ header: HEADER, rows: pages.flat() });
    const sizes = frames.flatMap(({ body }) => (body?.$case === 'chunk' ? [body.value.rows.length] : []));
    expect(sizes.length).toBeGreaterThan(8);
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
    // Only a row that is larger than a chunk makes a larger one.
    expect(sizes.filter((size) => size > 16 * 1024)).toHaveLength(3);
  });

  it('may have no rows at all', async () => {
    expect(await take(await framesFor())).toEqual({ header: HEADER, rows: [] });
  });

  it('is nothing without its header, its trailer, or any of its chunks', async () => {
    const frames = await framesFor(rowsOf(10, 2_000), rowsOf(5, 5));
    expect(frames).toHaveLength(5);
    const without = (i: number): InstallSnapshotRequest[] => frames.filter((_, k) => k !== i);
    await expect(take(without(0))).rejects.toThrow('without a header');
    await expect(take(without(1))).rejects.toThrow('chunk 2 came after chunk 0');
    await expect(take(without(2))).rejects.toThrow('chunk 3 came after chunk 1');
    await expect(take(without(3))).rejects.toThrow('10 rows in 2 chunks came of 15 in 3');
    await expect(take(without(4))).rejects.toThrow('without its trailer');
    await expect(take([])).rejects.toThrow('without a header');
    await expect(take([frames[0]!, ...frames])).rejects.toThrow('second header');
    await expect(take([frames[0]!, frames[1]!, frames[1]!, ...frames.slice(2)])).rejects.toThrow(
      'chunk 1 came after',
    );
    await expect(take([frames[0]!, {}, ...frames.slice(1)] as InstallSnapshotRequest[])).rejects.toThrow(
      'a kind',
    );
  });

  it('is refused when a bit of a chunk changed, or the chunk got another number', async () => {
    const frames = await framesFor(rowsOf(3, 100));
    const { body } = frames[1]!;
    if (body?.$case !== 'chunk') throw new Error('no chunk');
    for (const at of [0, 50, body.value.rows.length - 1]) {
      const rows = Buffer.from(body.value.rows);
      rows[at]! ^= 4;
      const changed = { body: { $case: 'chunk', value: { ...body.value, rows } } } as const;
      await expect(take([frames[0]!, changed, frames[2]!])).rejects.toThrow('not as it was sent');
    }
    const second = { body: { $case: 'chunk', value: { ...body.value, sequence: 2n } } } as const;
    await expect(take([frames[0]!, frames[1]!, second, frames[2]!])).rejects.toThrow('not as it was sent');
  });

  it('is refused for a fault that its taker finds with the header', async () => {
    await expect(take(await framesFor(), 'for somebody else')).rejects.toThrow('for somebody else');
  });
});
