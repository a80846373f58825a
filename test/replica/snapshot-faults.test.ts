/**
 * What goes wrong with a state on its way, over whole replicas on virtual time: what is lost, repeated, reordered or
 * changed, ways that break, leaders and followers that go.
 */
import { describe, expect, it } from 'vitest';
import type { InstallSnapshotRequest } from '../../src/gen/malha/mesh/v1/peer.js';
import { CUT_KEPT_MS } from '../../src/replica/snapshot-sender.js';
import type { Tamper } from '../../src/transport/memory-snapshots.js';
import { SteppedLog, SteppedState } from '../support/faulty-disk.js';
import type { VirtualMesh } from '../support/virtual-mesh.js';
import {
  agree,
  COMPACT_ENTRIES,
  chunkNumber,
  meshWithLaggard,
  registerPoints,
  watchStreams,
} from './snapshot-world.js';

describe('C24: a state is credited only when it arrived whole', () => {
  let held: InstallSnapshotRequest | null = null;
  const faults: readonly (readonly [string, Tamper])[] = [
    ['the header is lost', (frame) => (frame.body?.$case === 'header' ? [] : [frame])],
    ['a chunk is lost', (frame) => (chunkNumber(frame) === 2 ? [] : [frame])],
    ['the trailer is lost', (frame) => (frame.body?.$case === 'trailer' ? [] : [frame])],
    ['a chunk is repeated', (frame) => (chunkNumber(frame) === 2 ? [frame, frame] : [frame])],
    ['the header is repeated', (frame) => (frame.body?.$case === 'header' ? [frame, frame] : [frame])],
    [
      'two chunks change places',
      (frame) => {
        if (chunkNumber(frame) === 1) {
          held = frame;
          return [];
        }
        return chunkNumber(frame) === 2 ? [frame, held!] : [frame];
      },
    ],
    [
      'a chunk is changed',
      (frame) => {
        if (frame.body?.$case !== 'chunk' || chunkNumber(frame) !== 2) return [frame];
        const rows = Buffer.from(frame.body.value.rows);
        rows[rows.length >> 1]! ^= 1;
        return [{ body: { $case: 'chunk', value: { ...frame.body.value, rows } } }];
      },
    ],
    [
      'a chunk carries another one’s rows under its own number',
      (frame) => {
        if (frame.body?.$case !== 'chunk') return [frame];
        if (chunkNumber(frame) === 1) held = frame;
        if (chunkNumber(frame) !== 2 || held?.body?.$case !== 'chunk') return [frame];
        const { rows, crc32 } = held.body.value;
        return [{ body: { $case: 'chunk', value: { ...frame.body.value, rows, crc32 } } }];
      },
    ],
    [
      'the stream is cut short under a trailer that hides it',
      (frame) => {
        if (chunkNumber(frame) >= 2) return [];
        if (frame.body?.$case !== 'trailer') return [frame];
        return [{ body: { $case: 'trailer', value: { chunks: 1n, rows: 20n } } }];
      },
    ],
  ];

  for (const [name, tamper] of faults) {
    it(`when ${name}, nothing of it is in use before all of it came`, async () => {
      held = null;
      const { mesh, laggard } = await meshWithLaggard();
      const lastIndex = laggard.log.lastIndex();
      let appliedAtSecond = -1;
      const streams = watchStreams(mesh, tamper);
      const inner = mesh.network.snapshots.tamper;
      mesh.network.snapshots.tamper = (frame, from, to) => {
        const frames = inner(frame, from, to);
        if (streams.count === 2 && appliedAtSecond < 0) {
          appliedAtSecond = laggard.running.status().appliedIndex;
        }
        return frames;
      };
      await mesh.restart(laggard);
      await agree(mesh);
      expect(streams.count).toBe(2);
      expect(appliedAtSecond).toBeGreaterThan(0);
      expect(appliedAtSecond).toBeLessThanOrEqual(lastIndex);
    });
  }

  it('chunks of one stream are no part of another one, whatever their numbers', async () => {
    const { mesh, laggard } = await meshWithLaggard();
    const strays: InstallSnapshotRequest[] = [];
    let streams = 0;
    mesh.network.snapshots.tamper = (frame) => {
      if (frame.body?.$case === 'header') streams += 1;
      // The first stream never gets its third chunk; the second one is mixed with it, the third is left alone.
      if (streams === 1 && chunkNumber(frame) === 3) {
        strays.push(frame);
        return [];
      }
      return streams === 2 && chunkNumber(frame) === 3 ? [...strays.splice(0), frame] : [frame];
    };
    await mesh.restart(laggard);
    await agree(mesh);
    expect(streams).toBe(3);
  });
});

/** What each stream was to carry, by the frames that a mesh sends. */
interface Sent {
  readonly cut: bigint;
  readonly index: bigint;
  /** Chunks before it, and the numbers of those in it. */
  readonly after: number;
  readonly chunks: number[];
}

function noteStreams(mesh: VirtualMesh): readonly Sent[] {
  const streams: Sent[] = [];
  mesh.network.snapshots.tamper = (frame) => {
    if (frame.body?.$case === 'header') {
      const { cut, after, snapshot } = frame.body.value;
      streams.push({ cut, index: snapshot!.index, after: Number(after!.chunks), chunks: [] });
    } else if (frame.body?.$case === 'chunk') {
      streams.at(-1)!.chunks.push(chunkNumber(frame));
    }
    return [frame];
  };
  return streams;
}

/** A mesh whose laggard is cut off when so many chunks are put down there. */
async function cutOffBehind(chunks: number) {
  const { mesh, laggard } = await meshWithLaggard();
  const streams = noteStreams(mesh);
  let begun = 0;
  const atStep = async (step: string): Promise<void> => {
    if (step !== 'before rows are staged') return;
    begun += 1;
    // This one still gets there.
    if (begun === chunks) mesh.isolate(laggard);
  };
  await mesh.found(laggard, { log: new SteppedLog(atStep), state: new SteppedState(atStep) });
  await mesh.restart(laggard);
  const staged = (): number => begun;
  return { mesh, laggard, streams, staged };
}

describe('a follower that is cut off while it is sent the state', () => {
  it('goes on behind each chunk that it has put down, and the rest alone is sent', async () => {
    for (let boundary = 1, chunks = boundary; boundary <= chunks; boundary += 1) {
      const { mesh, streams, staged } = await cutOffBehind(boundary);
      await mesh.until(() => staged() === boundary);
      await mesh.run(300);
      mesh.heal();
      await agree(mesh);
      expect(streams).toHaveLength(2);
      const [first, second] = [streams[0]!, streams[1]!];
      chunks = Math.max(...first.chunks, ...second.chunks);
      expect(second).toMatchObject({ cut: first.cut, index: first.index, after: boundary });
      expect(second.chunks).toEqual(Array.from({ length: chunks - boundary }, (_, i) => boundary + 1 + i));
      expect(staged()).toBe(chunks);
      expect(chunks).toBeGreaterThan(4);
    }
  });

  it('C23: finds the log that it needs behind that state, however much is written meanwhile', async () => {
    const { mesh, laggard, streams, staged } = await cutOffBehind(3);
    await mesh.until(() => staged() === 3);
    await registerPoints(mesh, mesh.leader, 8 * COMPACT_ENTRIES, 5_000);
    expect(BigInt(mesh.leader.log.snapshot().index)).toBeLessThanOrEqual(streams[0]!.index);
    mesh.heal();
    await mesh.until(() => laggard.log.snapshot().index > 1, 60_000);
    expect(BigInt(laggard.log.snapshot().index)).toBe(streams[0]!.index);
    await agree(mesh);
    expect(streams.map(({ after }) => after)).toEqual([0, 3]);
    // And then the log is cut again.
    await registerPoints(mesh, mesh.leader, 2 * COMPACT_ENTRIES, 9_000);
    await mesh.run(1_000);
    const { log } = mesh.leader;
    expect(log.lastIndex() - log.snapshot().index).toBeLessThanOrEqual(2 * COMPACT_ENTRIES);
  });

  it('for minutes holds up no compaction, and gets a newer state', async () => {
    const { mesh, laggard, streams, staged } = await cutOffBehind(3);
    await mesh.until(() => staged() === 3);
    await mesh.run(CUT_KEPT_MS + 5_000);
    await registerPoints(mesh, mesh.leader, 3 * COMPACT_ENTRIES, 5_000);
    await mesh.run(1_000);
    expect(BigInt(mesh.leader.log.snapshot().index)).toBeGreaterThan(streams[0]!.index);
    mesh.heal();
    await agree(mesh);
    expect(streams).toHaveLength(2);
    expect(streams[1]!.after).toBe(0);
    expect(streams[1]!.index).toBeGreaterThan(streams[0]!.index);
    expect(laggard.state.staged()).toBeNull();
  });

  it('and is started anew begins at the beginning, of a newer state', async () => {
    const { mesh, laggard, streams, staged } = await cutOffBehind(3);
    await mesh.until(() => staged() === 3);
    mesh.kill(laggard);
    await registerPoints(mesh, mesh.leader, 5, 5_000);
    mesh.heal();
    await mesh.restart(laggard);
    await agree(mesh);
    expect(streams).toHaveLength(2);
    expect(streams[1]!.after).toBe(0);
    expect(streams[1]!.cut).toBeGreaterThan(streams[0]!.cut);
  });

  it('C24: takes nothing of it over into the state of the next leader', async () => {
    const { mesh, laggard, streams, staged } = await cutOffBehind(3);
    await mesh.until(() => staged() === 3);
    const { leader } = mesh;
    mesh.kill(leader);
    mesh.heal();
    // Two of three elect one of them, which is not the one that lacks the log.
    await mesh.until(() => mesh.leaderOrNull !== null && mesh.leader.running.status().ready === true);
    expect(mesh.leader).not.toBe(laggard);
    await mesh.until(() => laggard.running.status().ready === true);
    expect(streams.map(({ after }) => after)).toEqual([0, 0]);
    await mesh.restart(leader);
    await agree(mesh);
  });
});
