/** The contract of a state store on every implementation, and how the one on LevelDB answers damage. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { SILENT } from '../../src/observe/logger.js';
import type { StateStore } from '../../src/replica/ports.js';
import { DirectoryRefused, StoreFailed } from '../../src/storage/errors.js';
import { openLevel } from '../../src/storage/level-db.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { META_KEY, textRow } from '../../src/storage/state-rows.js';
import { metaAt, rowsOf, type StateStoreHarness, stateStoreContract } from '../contracts/state-store.js';
import { freshDirectory } from './fixture.js';

function levelHarness(): StateStoreHarness {
  const directories = new Map<StateStore, string>();
  const open = async (directory: string): Promise<StateStore> => {
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    directories.set(store, directory);
    return store;
  };
  return {
    create: async () => open(await freshDirectory()),
    async reopen(store) {
      await store.close();
      return open(directories.get(store)!);
    },
    async dispose() {
      for (const store of directories.keys()) await store.close();
    },
  };
}

stateStoreContract('LevelStateStore', levelHarness);
stateStoreContract('MemoryStateStore', () => ({
  create: async () => new MemoryStateStore(),
  reopen: async (store) => (store as MemoryStateStore).reopened(),
  async dispose() {},
}));

describe('LevelStateStore, damaged,', () => {
  const ROW = 'a row whose text is easily found';

  /** Whatever is done to the files of `state/`, the store must open empty, say so, and work. */
  async function clearsAfter(damage: (state: string) => Promise<void>): Promise<void> {
    const directory = await freshDirectory();
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    await store.write([{ key: 'p:1', row: ROW }], metaAt(5));
    await store.close();
    await damage(join(directory, 'state'));

    const warnings: string[] = [];
    const logger: Logger = { ...SILENT, warn: (_, message) => warnings.push(message) };
    const reopened = await LevelStateStore.open(directory, { logger });
    expect(reopened.meta()).toBeNull();
    expect(await rowsOf(reopened)).toEqual([]);
    expect(warnings).toEqual(['the state database is damaged; cleared, it is replayed from the log']);
    await reopened.write([{ key: 'p:2', row: 'new' }], metaAt(6));
    await reopened.close();

    const again = await LevelStateStore.open(directory, { logger: SILENT });
    expect(again.meta()).toEqual(metaAt(6));
    expect(await rowsOf(again)).toEqual([['p:2', 'new']]);
    await again.close();
  }

  async function raw(state: string, change: (db: Level<Buffer, Buffer>) => Promise<void>): Promise<void> {
    const db = new Level<Buffer, Buffer>(state, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await change(db);
    await db.close();
  }

  it.each<[string, string, (db: Level<Buffer, Buffer>) => Promise<void>]>([
    [
      'is not what was written',
      'p:1',
      async (db) => {
        const row = (await db.get(Buffer.from('rp:1')))!;
        row[row.length - 1]! ^= 1;
        await db.put(Buffer.from('rp:1'), row);
      },
    ],
    [
      'stands under another key',
      'p:é',
      async (db) => db.put(Buffer.from('rp:é'), (await db.get(Buffer.from('rp:1')))!),
    ],
    ['has no frame', 'p:2', async (db) => db.put(Buffer.from('rp:2'), Buffer.from('{}'))],
  ])('rejects when it is read up to a row that %s', async (_, key, damage) => {
    const directory = await freshDirectory();
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    await store.write([{ key: 'p:1', row: ROW }], metaAt(5));
    await store.close();
    await raw(join(directory, 'state'), damage);

    const reopened = await LevelStateStore.open(directory, { logger: SILENT });
    expect(reopened.meta()).toEqual(metaAt(5));
    await expect(rowsOf(reopened)).rejects.toThrow(`a sound row "r${key}"`);
    await reopened.clear();
    expect(await rowsOf(reopened)).toEqual([]);
    await reopened.close();
  });

  it('is cleared when the meta is not what was written', () =>
    clearsAfter((state) =>
      raw(state, async (db) => {
        const row = (await db.get(Buffer.from('m')))!;
        row[8]! ^= 1;
        await db.put(Buffer.from('m'), row);
      }),
    ));

  it('is cleared when there are rows but no meta', () =>
    clearsAfter((state) => raw(state, (db) => db.del(Buffer.from('m')))));

  it('is cleared when CURRENT is missing', () => clearsAfter((state) => rm(join(state, 'CURRENT'))));

  it('is cleared when the MANIFEST is missing', () =>
    clearsAfter(async (state) => {
      for (const name of await readdir(state)) if (name.startsWith('MANIFEST')) await rm(join(state, name));
    }));

  it('is cleared when the MANIFEST is not readable', () =>
    clearsAfter(async (state) => {
      const name = (await readdir(state)).find((each) => each.startsWith('MANIFEST'))!;
      const content = await readFile(join(state, name));
      content[10]! ^= 1;
      await writeFile(join(state, name), content);
    }));

  it('is cleared when the whole database is missing', () =>
    clearsAfter((state) => rm(state, { recursive: true })));

  it('leaves the log alone when it is cleared', async () => {
    const directory = await freshDirectory();
    const before = await readdir(join(directory, 'log'));
    await rm(join(directory, 'state', 'CURRENT'));
    await (await LevelStateStore.open(directory, { logger: SILENT })).close();
    expect(await readdir(join(directory, 'log'))).toEqual(before);
  });
});

describe('LevelStateStore', () => {
  it('reads a meta of the time before members could change: none stand for the founders', async () => {
    const directory = await freshDirectory();
    const { members: _, ...before } = metaAt(5);
    const db = await openLevel(join(directory, 'state'));
    await db.put(META_KEY, textRow(META_KEY, `\u0002${JSON.stringify(before)}`));
    await db.close();
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    expect(store.meta()).toEqual({ ...before, members: [] });
    await store.close();
  });

  it('is not cleared, but refused, while another one has it open (D6)', async () => {
    const directory = await freshDirectory();
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    await store.write([{ key: 'a', row: '1' }], metaAt(1));
    await expect(LevelStateStore.open(directory, { logger: SILENT })).rejects.toBeInstanceOf(
      DirectoryRefused,
    );
    expect(await rowsOf(store)).toEqual([['a', '1']]);
    await store.close();
  });

  it('rejects every write after one that failed', async () => {
    const directory = await freshDirectory();
    const store = await LevelStateStore.open(directory, { logger: SILENT });
    await store.close();
    await expect(store.write([], metaAt(1))).rejects.toBeInstanceOf(StoreFailed);
    await expect(store.clear()).rejects.toBeInstanceOf(StoreFailed);
  });
});
