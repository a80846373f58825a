/** A state in frames and back: what comes out is what went in, or an Error that says why not. */
import { describe, expect, it } from 'vitest';
import type { InstallSnapshotRequest } from '../../src/gen/malha/mesh/v1/peer.js';
import { replicaId } from '../../src/raft/entry.js';
import type { SnapshotChunk, SnapshotHeader, StateRow } from '../../src/replica/ports.js';
import { BEGINNING, behind } from '../../src/replica/snapshot-place.js';
import { framesOf, takeSnapshot } from '../../src/transport/snapshot-frames.js';
import { takerOf } from '../contracts/snapshot-transport.js';
import { metaAt } from '../contracts/state-store.js';

const CLUSTER = 'c'.repeat(16);
const HEADER: SnapshotHeader = {
  from: replicaId('a'.repeat(16)),
  to: replicaId('b'.repeat(16)),
  term: 7,
  meta: metaAt(42),
  cut: 2 ** 52 + 1,
  after: BEGINNING,
};

function rowsOf(count: number, bytes: number): StateRow[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k:é${i}`, row: `${i} `.padEnd(bytes, 'x') }));
}

/** The chunks of these rows, behind a place. */
function chunksOf(parts: readonly (readonly StateRow[])[], after = BEGINNING): SnapshotChunk[] {
  let place = after;
  return parts.map((rows) => {
    place = behind(place, rows);
    return { rows, place };
  });
}

async function framesFor(
  chunks: readonly SnapshotChunk[],
  after = BEGINNING,
): Promise<InstallSnapshotRequest[]> {
  const source = (async function* () {
    yield* chunks;
  })();
  const frames: InstallSnapshotRequest[] = [];
  const addressed = { cluster: CLUSTER, header: { ...HEADER, after } };
  for await (const frame of framesOf(addressed, source)) frames.push(frame);
  return frames;
}

async function take(frames: readonly InstallSnapshotRequest[], fault: string | null = null) {
  const taken: { header: SnapshotHeader | null; chunks: SnapshotChunk[] } = { header: null, chunks: [] };
  const source = (async function* () {
    yield* frames;
  })();
  await takeSnapshot(
    source,
    () => fault,
    takerOf(async (header, chunks) => {
      taken.header = header;
      for await (const chunk of chunks) taken.chunks.push(chunk);
    }),
  );
  return taken;
}

/** A chunk's frame with something else in it. */
function changed(frame: InstallSnapshotRequest, change: object): InstallSnapshotRequest {
  if (frame.body?.$case !== 'chunk') throw new Error('no chunk');
  return { body: { $case: 'chunk', value: { ...frame.body.value, ...change } } };
}

describe('a state in frames', () => {
  it('comes out as it went in, with the place behind each chunk', async () => {
    const chunks = chunksOf([rowsOf(500, 90), rowsOf(3, 200_000), rowsOf(1, 0)]);
    expect(await take(await framesFor(chunks))).toEqual({ header: HEADER, chunks });
  });

  it('may have no rows at all', async () => {
    expect(await take(await framesFor([]))).toEqual({ header: HEADER, chunks: [] });
  });

  it('goes on where an earlier stream broke, with chunks and rows counted on', async () => {
    const all = chunksOf([rowsOf(3, 10), rowsOf(4, 10), rowsOf(5, 10)]);
    const after = all[1]!.place;
    const frames = await framesFor(all.slice(2), after);
    expect(frames.map(({ body }) => body?.$case)).toEqual(['header', 'chunk', 'trailer']);
    expect(frames[1]!.body).toMatchObject({ value: { sequence: 3n } });
    expect(frames[2]!.body).toMatchObject({ value: { chunks: 3n, rows: 12n } });
    expect(await take(frames)).toEqual({ header: { ...HEADER, after }, chunks: all.slice(2) });
    // The end alone, when all the rest had come.
    const end = all[2]!.place;
    expect(await take(await framesFor([], end))).toEqual({ header: { ...HEADER, after: end }, chunks: [] });
    // The same chunks behind another place are not what was sent.
    const others = await framesFor(all.slice(2), all[0]!.place);
    await expect(take(others)).rejects.toThrow('chunk 3 came after chunk 1');
    const header = (await framesFor([], { ...after, rows: 6 }))[0]!;
    await expect(take([header, ...frames.slice(1)])).rejects.toThrow('11 rows in 3 chunks came of 12 in 3');
  });

  it('is nothing without its header, its trailer, or any of its chunks', async () => {
    const frames = await framesFor(chunksOf([rowsOf(8, 2), rowsOf(2, 2), rowsOf(5, 5)]));
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
    const frames = await framesFor(chunksOf([rowsOf(3, 100)]));
    const { body } = frames[1]!;
    if (body?.$case !== 'chunk') throw new Error('no chunk');
    for (const at of [0, 50, body.value.rows.length - 1]) {
      const rows = Buffer.from(body.value.rows);
      rows[at]! ^= 4;
      const frame = changed(frames[1]!, { rows });
      await expect(take([frames[0]!, frame, frames[2]!])).rejects.toThrow('not as it was sent');
    }
    const first = await framesFor(chunksOf([rowsOf(3, 100), rowsOf(3, 100)]));
    const renumbered = changed(first[1]!, { sequence: 2n });
    await expect(take([first[0]!, first[1]!, renumbered, first[3]!])).rejects.toThrow('not as it was sent');
    const chainless = changed(frames[1]!, { chain: new Uint8Array(15) });
    await expect(take([frames[0]!, chainless, frames[2]!])).rejects.toThrow('a hash of 15 bytes');
  });

  it('is refused when its header does not say of which cut it is and where it begins', async () => {
    const [header, ...rest] = await framesFor([]);
    if (header?.body?.$case !== 'header') throw new Error('no header');
    const { value } = header.body;
    for (const [change, why] of [
      [{ cut: 0n }, 'number of its cut'],
      [{ after: undefined }, 'where it begins'],
      [{ after: { chunks: 0n, rows: 0n, chain: new Uint8Array(0) } }, 'a hash of 0 bytes'],
    ] as const) {
      const frame = { body: { $case: 'header', value: { ...value, ...change } } } as InstallSnapshotRequest;
      await expect(take([frame, ...rest])).rejects.toThrow(why);
    }
  });

  it('is refused for a fault that its taker finds with the header', async () => {
    await expect(take(await framesFor([]), 'for somebody else')).rejects.toThrow('for somebody else');
  });
});
