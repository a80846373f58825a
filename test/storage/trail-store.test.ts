/** The contract of a trail store on every implementation, and what the one on LevelDB says of damage. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headAfter } from '../../src/ledger/audit.js';
import type { TrailStore } from '../../src/replica/ports.js';
import { openLevel } from '../../src/storage/level-db.js';
import { LevelTrailStore } from '../../src/storage/level-trail-store.js';
import { MemoryTrailStore } from '../../src/storage/memory-trail-store.js';
import { recordKey, recordRow, subjectKey } from '../../src/storage/trail-rows.js';
import { recordAt, type TrailStoreHarness, trailStoreContract } from '../contracts/trail-store.js';
import { freshDirectory } from './fixture.js';

function levelHarness(): TrailStoreHarness {
  const directories = new Map<TrailStore, string>();
  const open = async (location: string, create: boolean): Promise<TrailStore> => {
    const store = await LevelTrailStore.open(location, { create });
    directories.set(store, location);
    return store;
  };
  return {
    create: async () => open(join(await freshDirectory(), 'apart'), true),
    async reopen(store) {
      await store.close();
      return open(directories.get(store)!, false);
    },
    async dispose() {
      for (const store of directories.keys()) await store.close();
    },
  };
}

trailStoreContract('LevelTrailStore', levelHarness);
trailStoreContract('MemoryTrailStore', () => ({
  create: async () => new MemoryTrailStore(),
  reopen: async (store) => (store as MemoryTrailStore).reopened({ power: true }),
  async dispose() {},
}));

describe('MemoryTrailStore', () => {
  it('loses what was not synced when the power goes, and nothing else', async () => {
    const store = new MemoryTrailStore();
    await store.append([recordAt(1)]);
    await store.sync();
    await store.append([recordAt(2)]);
    expect(store.reopened().lastIndex).toBe(2);
    expect(store.reopened({ power: true }).lastIndex).toBe(1);
  });
});

describe('LevelTrailStore', () => {
  it('writes rows that are kept for ever', () => {
    const key = recordKey(0x0102_0304_0506);
    expect(key.toString('hex')).toBe('720000010203040506');
    const record = { index: 1, before: '0'.repeat(64), text: '{"v":1}' };
    expect(recordRow(key, record).subarray(5).toString()).toBe(`${'0'.repeat(64)}\n{"v":1}`);
    expect(subjectKey('wait:w1', 258).toString('hex')).toBe(
      `73${Buffer.from('wait:w1').toString('hex')}000000000000000102`,
    );
  });

  it('keeps gaps apart from records, under keys that are kept for ever', async () => {
    const location = join(await freshDirectory(), 'apart');
    const store = await LevelTrailStore.open(location, { create: true });
    await store.append([], { opened: 258 });
    await store.close();
    const db = await openLevel(location);
    expect((await db.keys().all()).map((key) => key.toString('hex'))).toEqual(['670000000000000102']);
    await db.close();
  });

  it('keeps with each record what its head is made of', async () => {
    const store = await LevelTrailStore.open(join(await freshDirectory(), 'apart'), { create: true });
    await store.append([{ ...recordAt(1), before: 'a'.repeat(64) }]);
    const [record] = await store.read(1, 1);
    expect(headAfter(record!)).toBe(headAfter({ before: 'a'.repeat(64), text: recordAt(1).text }));
    await store.close();
  });

  it('is not made by opening it, and is one process’s at a time', async () => {
    const location = join(await freshDirectory(), 'apart');
    await expect(LevelTrailStore.open(location)).rejects.toThrow();
    const store = await LevelTrailStore.open(location, { create: true });
    await expect(LevelTrailStore.open(location)).rejects.toThrow('in use by another process');
    await store.close();
  });

  it('hands on no record that is not as it was written', async () => {
    const location = join(await freshDirectory(), 'apart');
    const store = await LevelTrailStore.open(location, { create: true });
    await store.append([recordAt(1), recordAt(2, 'holder:x')]);
    await store.close();
    const db = await openLevel(location, false);
    const row = Buffer.from((await db.get(recordKey(2)))!);
    row[row.indexOf('":2}') + 2] = '3'.charCodeAt(0);
    await db.put(recordKey(2), row);
    await db.close();
    const reopened = await LevelTrailStore.open(location);
    expect((await reopened.read(1, 1))[0]).toMatchObject({ index: 1 });
    for (const reading of [reopened.read(1, 2), reopened.of('holder:x', 0, 9)]) {
      await expect(reading).rejects.toThrow('apart at index 2 is damaged: expected a sound record');
    }
    await reopened.close();
  });
});
