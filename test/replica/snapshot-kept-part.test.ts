/** A part of a state that its receiver keeps on a real disk, and what becomes of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import type { SnapshotChunk } from '../../src/replica/ports.js';
import { PART_KEPT_MS, SnapshotReceiver } from '../../src/replica/snapshot-receiver.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { rowsOf } from '../contracts/state-store.js';
import { copyOf, freshDirectory } from '../storage/fixture.js';
import { eventually } from '../support/eventually.js';
import { chunksOf, headerOf, stateOf } from './snapshot-states.js';

const STATE = stateOf(40);
const CHUNKS = chunksOf(STATE.rows, 8);

async function* brokenBehind(chunks: readonly SnapshotChunk[]): AsyncGenerator<SnapshotChunk> {
  yield* chunks;
  throw new Error('the stream broke');
}

async function* whole(chunks: readonly SnapshotChunk[]): AsyncGenerator<SnapshotChunk> {
  yield* chunks;
}

/** A receiver that keeps four of ten chunks on its disk. */
async function keeping() {
  const directory = await freshDirectory();
  const state = await LevelStateStore.open(directory, { logger: SILENT });
  const clock = { nowMs: 0 };
  const failures: unknown[] = [];
  const receiver = new SnapshotReceiver({
    state,
    logger: SILENT,
    understands: 2,
    realMs: () => clock.nowMs,
    position: () => ({ term: 3, commitIndex: 0 }),
    install: () => state.adoptStaged(),
    fail: (error) => failures.push(error),
  });
  const broken = receiver.take(headerOf(STATE), brokenBehind(CHUNKS.slice(0, 4)));
  await expect(broken).rejects.toThrow('broke');
  const staged = (): boolean => existsSync(join(directory, 'state.next'));
  expect(staged()).toBe(true);
  return { directory, state, clock, failures, receiver, staged };
}

function sorted(rows: readonly { readonly key: string; readonly row: string }[]): [string, string][] {
  const pairs = rows.map(({ key, row }): [string, string] => [key, row]);
  return pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

describe('a part that is kept on disk', () => {
  it('becomes the state with the rest of it', async () => {
    const { state, receiver, failures, staged } = await keeping();
    const after = await receiver.placeOf(headerOf(STATE));
    expect(after).toEqual(CHUNKS[3]!.place);
    await receiver.take(headerOf(STATE, { after }), whole(CHUNKS.slice(4)));
    expect(await rowsOf(state)).toEqual(sorted(STATE.rows));
    expect(state.meta()).toEqual(STATE.meta);
    expect([failures, staged()]).toEqual([[], false]);
    await receiver.close();
    await state.close();
  });

  it('makes room for another state, of which nothing is mixed with it', async () => {
    const { state, receiver, failures } = await keeping();
    const next = stateOf(7, 'N');
    await receiver.take(headerOf(next, { cut: 2 }), whole(chunksOf(next.rows, 5)));
    expect(await rowsOf(state)).toEqual(sorted(next.rows));
    expect(failures).toEqual([]);
    await receiver.close();
    await state.close();
  });

  it('is deleted after a minute', async () => {
    const { state, clock, receiver, failures, staged } = await keeping();
    clock.nowMs = PART_KEPT_MS;
    receiver.tick();
    await eventually(() => !staged());
    // And again something can be put down there.
    await receiver.take(headerOf(STATE, { cut: 2 }), whole(CHUNKS));
    expect(await rowsOf(state)).toEqual(sorted(STATE.rows));
    expect(failures).toEqual([]);
    await receiver.close();
    await state.close();
  });

  it('is gone when the replica ends, and when its process died', async () => {
    const { directory, state, receiver, failures, staged } = await keeping();
    const crashed = await copyOf(directory);
    await receiver.close();
    expect([failures, staged()]).toEqual([[], false]);
    await state.close();
    for (const each of [directory, crashed]) {
      const reopened = await LevelStateStore.open(each, { logger: SILENT });
      expect(reopened.staged()).toBeNull();
      expect(existsSync(join(each, 'state.next'))).toBe(false);
      await reopened.close();
    }
  });
});
