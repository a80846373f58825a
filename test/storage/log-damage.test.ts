/**
 * Damage of every kind against the real LevelDB (D3, D4): a replica either finds all that it acknowledged or
 * refuses to start; and what a crash leaves behind is not taken for damage.
 */
import { open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { SILENT } from '../../src/observe/logger.js';
import { type Entry, replicaId } from '../../src/raft/entry.js';
import type { LogView } from '../../src/raft/log-view.js';
import { DamagedStore } from '../../src/storage/errors.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { BASE_KEY, entryKey, HARD_STATE_KEY, hardStateRow } from '../../src/storage/log-rows.js';
import { command, commands, inTerm, saveOf, snapshotAt } from '../contracts/log-store.js';
import { copyOf, freshDirectory, openLog } from './fixture.js';

const A = replicaId('000000000000000a');
const B = replicaId('000000000000000b');

/** Founded, five entries in term 1, a vote in term 2, two entries of it: eight records of LevelDB's log. */
async function sample(): Promise<string> {
  const directory = await freshDirectory();
  const log = await openLog(directory);
  await log.save(saveOf({ hardState: inTerm(1, 1), snapshot: snapshotAt(1, 1) }));
  for (let index = 2; index <= 6; index += 1) await log.save(saveOf({ entries: commands(index, index, 1) }));
  await log.save(saveOf({ hardState: inTerm(2, 6, A) }));
  await log.save(saveOf({ entries: commands(7, 8, 2) }));
  await log.close();
  return directory;
}

function acknowledged(log: LogView): object {
  const { term, vote } = log.hardState();
  const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.POSITIVE_INFINITY);
  return { term, vote, base: log.snapshot(), entries };
}

/** What the log in `directory` shows, or the damage that it is refused for. */
async function opened(directory: string): Promise<object | DamagedStore> {
  try {
    const log = await openLog(directory);
    const found = acknowledged(log);
    await log.close();
    return found;
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedStore);
    return error as DamagedStore;
  }
}

async function refused(directory: string): Promise<DamagedStore> {
  const found = await opened(directory);
  expect(found).toBeInstanceOf(DamagedStore);
  // Whoever starts the process again finds the same: no start "repairs" by forgetting.
  expect(await opened(directory)).toBeInstanceOf(DamagedStore);
  return found as DamagedStore;
}

function rawLog(directory: string): Level<Buffer, Buffer> {
  return new Level<Buffer, Buffer>(join(directory, 'log'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
}

async function filesOf(directory: string, suffix: RegExp): Promise<string[]> {
  const names = await readdir(join(directory, 'log'));
  return names.filter((name) => suffix.test(name)).map((name) => join(directory, 'log', name));
}

async function onlyFile(directory: string, suffix: RegExp): Promise<string> {
  const files = await filesOf(directory, suffix);
  expect(files).toHaveLength(1);
  return files[0]!;
}

async function flip(path: string, offset: number, bit = 0): Promise<void> {
  const content = await readFile(path);
  content[offset]! ^= 1 << bit;
  await writeFile(path, content);
}

/** A log with one entry, `text`, that lies in a table. */
async function openWithTable(text: string): Promise<[LevelLogStore, string]> {
  const directory = await freshDirectory();
  const log = await openLog(directory);
  await log.save(saveOf({ hardState: inTerm(1), entries: [command(1, 1, text)] }));
  await log.close();
  return [await openLog(directory), await onlyFile(directory, TABLE)];
}

const WRITE_AHEAD = /\.log$/;
const TABLE = /\.ldb$/;
const MANIFEST = /MANIFEST-\d+$/;

describe('a damaged log (D3)', () => {
  it('is never opened with less than was acknowledged, wherever a bit of a short write-ahead log flips', async () => {
    const sound = await sample();
    const expected = await opened(await copyOf(sound));
    const { length } = await readFile(await onlyFile(sound, WRITE_AHEAD));
    let refusals = 0;
    for (let offset = 0; offset < length; offset += 9) {
      const directory = await copyOf(sound);
      await flip(await onlyFile(directory, WRITE_AHEAD), offset, offset % 8);
      const found = await opened(directory);
      if (found instanceof DamagedStore) refusals += 1;
      else expect(found).toEqual(expected);
      await rm(directory, { recursive: true });
    }
    expect(refusals).toBeGreaterThan(length / 20);
  });

  it('is never opened with a hole, wherever a bit of a long write-ahead log flips', async () => {
    const sound = await freshDirectory();
    const log = await openLog(sound);
    await log.save(saveOf({ hardState: inTerm(1, 1), snapshot: snapshotAt(1, 1) }));
    for (let index = 2; index <= 120; index += 1) {
      await log.save(saveOf({ entries: [command(index, 1, 'x'.repeat(2_000))] }));
    }
    await log.close();
    const { length } = await readFile(await onlyFile(sound, WRITE_AHEAD));
    for (let i = 0; i < 40; i += 1) {
      const directory = await copyOf(sound);
      await flip(await onlyFile(directory, WRITE_AHEAD), Math.floor((length * i) / 40), i % 8);
      const damage = await refused(directory);
      expect(damage.message).toContain('This replica must not vote again; delete nothing.');
      await rm(directory, { recursive: true });
    }
  });

  it('is refused when 16 bytes in the middle are zero', async () => {
    const directory = await sample();
    const file = await onlyFile(directory, WRITE_AHEAD);
    const content = await readFile(file);
    const middle = Math.floor(content.length / 2);
    content.fill(0, middle, middle + 16);
    await writeFile(file, content);
    await refused(directory);
  });

  it('is refused at every length to which its acknowledged tail is cut', async () => {
    const sound = await sample();
    const { length } = await readFile(await onlyFile(sound, WRITE_AHEAD));
    for (let cut = 0; cut < length; cut += 20) {
      const directory = await copyOf(sound);
      await truncate(await onlyFile(directory, WRITE_AHEAD), cut);
      const damage = await refused(directory);
      expect(damage).toMatchObject({ file: join(directory, 'log'), index: 8 });
      expect(damage.found).toMatch(/^a log that ends at \d$/);
      await rm(directory, { recursive: true });
    }
  });

  it('is refused when the write-ahead log is deleted', async () => {
    const directory = await sample();
    await rm(await onlyFile(directory, WRITE_AHEAD));
    expect((await refused(directory)).found).toBe('a log that ends at 0');
  });

  it('is refused when CURRENT is missing, and nothing is deleted', async () => {
    const directory = await sample();
    await (await openLog(directory)).close();
    const tables = await filesOf(directory, TABLE);
    await rm(join(directory, 'log', 'CURRENT'));
    await refused(directory);
    expect(await filesOf(directory, TABLE)).toEqual(tables);
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['missing', (file) => rm(file)],
    ['empty', (file) => truncate(file, 0)],
    ['flipped', (file) => flip(file, 20)],
  ])('is refused when the MANIFEST is %s', async (_, damage) => {
    const directory = await sample();
    await damage(await onlyFile(directory, MANIFEST));
    await refused(directory);
  });

  it('is refused when the MANIFEST is cut, although LevelDB opens what is left', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1) }));
    // More than LevelDB keeps in memory, so that it notes new tables in the MANIFEST while it runs.
    for (let index = 1; index <= 12; index += 1) {
      await log.save(saveOf({ entries: [command(index, 1, 'x'.repeat(1_000_000))] }));
    }
    await log.close();
    const manifest = await onlyFile(directory, MANIFEST);
    const { length } = await readFile(manifest);
    await truncate(manifest, length - 10);

    const db = new Level(join(await copyOf(directory), 'log'), { createIfMissing: false });
    await db.open();
    await db.close();
    await refused(directory);
  });

  it('is refused when a table is missing', async () => {
    const directory = await sample();
    await (await openLog(directory)).close();
    await rm((await filesOf(directory, TABLE))[0]!);
    await refused(directory);
  });

  it('is refused when a byte of a value in a table flips, which LevelDB would return as it is', async () => {
    const directory = await sample();
    await (await openLog(directory)).close();
    const table = await onlyFile(directory, TABLE);
    const content = await readFile(table);
    const at = content.indexOf('4.1');
    expect(at).toBeGreaterThan(0);
    await flip(table, at);
    expect(await refused(directory)).toMatchObject({ file: table, found: 'an unsound block at byte 0' });
  });

  it('is refused when a value is another one under a checksum of LevelDB that is right, as its compaction leaves it', async () => {
    const directory = await sample();
    const db = rawLog(directory);
    const row = (await db.get(entryKey(4)))!;
    row[row.length - 1]! ^= 1;
    await db.put(entryKey(4), row);
    await db.close();
    const damage = await refused(directory);
    expect(damage).toMatchObject({ index: 4, expected: 'a sound entry' });
    expect(damage.found).toMatch(/^a checksum of [0-9a-f]{8} over what gives [0-9a-f]{8}$/);
  });

  it('is noticed when a table goes bad while the store is open; from then on nothing is saved', async () => {
    const directory = await sample();
    const log = await openLog(directory);
    const table = await onlyFile(directory, TABLE);
    const file = await open(table, 'r+');
    const at = (await readFile(table)).indexOf('4.1');
    await file.write(Buffer.from('9'), 0, 1, at);
    await file.close();
    expect(log.entries(2, 4, 1_000)).toEqual(commands(2, 3, 1));
    expect(() => log.entries(2, 5, 1_000)).toThrow(DamagedStore);
    await expect(log.save(saveOf({ entries: commands(9, 9, 2) }))).rejects.toBeInstanceOf(DamagedStore);
    await log.close();
  });

  it('is noticed when a table is exchanged for another sound one while the store is open', async () => {
    const [log, table] = await openWithTable('one');
    const [other, otherTable] = await openWithTable('two');
    await other.close();
    const content = await readFile(otherTable);
    const file = await open(table, 'r+');
    await file.write(content, 0, content.length, 0);
    await file.close();
    expect(() => log.entries(1, 2, 1_000)).toThrow(/another, [0-9a-f]{8} for [0-9a-f]{8}/);
    await log.close();
  });

  it('is refused when log/ is missing', async () => {
    const directory = await sample();
    await rm(join(directory, 'log'), { recursive: true });
    await refused(directory);
  });

  it('is refused when a tail that was replaced comes back', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 5, 1) }));
    await log.close();
    const old = await copyOf(directory);
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(2), entries: commands(3, 5, 2) }));
    await again.close();
    // Entry 4 of the old tail, sound in itself, in the place of the new one.
    const [from, to] = [old, directory].map(
      (each) =>
        new Level<Buffer, Buffer>(join(each, 'log'), { keyEncoding: 'buffer', valueEncoding: 'buffer' }),
    );
    const key = Buffer.from('650000000000000004', 'hex');
    await to!.put(key, (await from!.get(key))!);
    await Promise.all([from!.close(), to!.close()]);
    const damage = await refused(directory);
    expect(damage).toMatchObject({ index: 4 });
    expect(damage.expected).toMatch(/^an entry that follows [0-9a-f]{8}$/);
  });
});

describe('a log database whose rows contradict each other', () => {
  async function changed(change: (db: Level<Buffer, Buffer>) => Promise<void>): Promise<string> {
    const directory = await sample();
    const db = rawLog(directory);
    await change(db);
    await db.close();
    return directory;
  }

  it('is refused when an entry in the middle is gone', async () => {
    const damage = await refused(await changed((db) => db.del(entryKey(5))));
    expect(damage).toMatchObject({ index: 5, expected: 'an entry', found: 'the next one at 6' });
  });

  it('is refused when a sound row stands under another key', async () => {
    const damage = await refused(
      await changed(async (db) => db.put(entryKey(5), (await db.get(entryKey(6)))!)),
    );
    expect(damage).toMatchObject({ index: 5, expected: 'a sound entry' });
  });

  it('is refused when its base row is gone or not sound', async () => {
    expect(await refused(await changed((db) => db.del(BASE_KEY)))).toMatchObject({ index: 1 });
    const unsound = await changed((db) => db.put(BASE_KEY, Buffer.alloc(40)));
    expect((await refused(unsound)).expected).toBe('the base row, sound');
  });

  it('is refused when its hard state is not sound or of a later version', async () => {
    const later = hardStateRow(inTerm(2, 6, A));
    later[0] = 2;
    const damage = await refused(await changed((db) => db.put(HARD_STATE_KEY, later)));
    expect(damage).toMatchObject({ expected: 'the hard state, sound', found: 'a row of version 2' });
  });

  it('is refused when it lost what is committed', async () => {
    const damage = await refused(
      await changed((db) => db.put(HARD_STATE_KEY, hardStateRow(inTerm(2, 9, A)))),
    );
    expect(damage).toMatchObject({ index: 9, expected: 'an entry that is committed' });
  });
});

describe('the second copy of term and vote (D4)', () => {
  async function voted(): Promise<string> {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 2, 1) }));
    await log.close();
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(5, 2, A) }));
    await again.close();
    return directory;
  }

  it('keeps a vote whose row in the log database is lost, and restores the row', async () => {
    const directory = await voted();
    await truncate(await onlyFile(directory, WRITE_AHEAD), 0);
    const log = await openLog(directory);
    expect(log.hardState()).toMatchObject({ term: 5, vote: A });
    await expect(log.save(saveOf({ hardState: inTerm(5, 0, B) }))).rejects.toThrow(/a second vote in term 5/);
    await log.close();
    const db = rawLog(directory);
    expect((await db.get(HARD_STATE_KEY))!.readBigUInt64BE(5)).toBe(5n);
    await db.close();
  });

  it('keeps a vote whose copy in the mark file is older, as a crash between the two leaves it', async () => {
    const directory = await voted();
    await flip(join(directory, 'mark'), (await newestSlot(directory)) * 4096 + 10);
    const log = await openLog(directory);
    expect(log.hardState()).toMatchObject({ term: 5, vote: A });
    await log.close();
  });

  it('keeps a vote that only the mark file has, in a term that both know', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(5) }));
    await log.close();
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(5, 0, A) }));
    await again.close();
    await truncate(await onlyFile(directory, WRITE_AHEAD), 0);
    const found = await openLog(directory);
    expect(found.hardState()).toEqual(inTerm(5, 0, A));
    await found.close();
  });

  it('refuses two different votes in one term', async () => {
    const directory = await voted();
    const other = await freshDirectory();
    const log = await openLog(other);
    await log.save(saveOf({ hardState: inTerm(5, 0, B) }));
    await log.close();
    await writeFile(join(directory, 'mark'), await readFile(join(other, 'mark')));
    const damage = await refused(directory);
    expect(damage.expected).toBe('one vote in term 5');
  });

  it('refuses a log with an entry newer than both copies of the term', async () => {
    const directory = await voted();
    const log = await openLog(directory);
    await log.save(saveOf({ entries: commands(3, 3, 5) }));
    await log.close();
    const old = await freshDirectory();
    await writeFile(join(directory, 'mark'), await readFile(join(old, 'mark')));
    const db = rawLog(directory);
    await db.del(HARD_STATE_KEY);
    await db.close();
    expect(await refused(directory)).toMatchObject({
      index: 3,
      expected: 'term 5 or higher as the current term',
    });
  });
});

/** The slot with the higher sequence number. */
async function newestSlot(directory: string): Promise<number> {
  const content = await readFile(join(directory, 'mark'));
  return content.readBigUInt64BE(5) > content.readBigUInt64BE(4096 + 5) ? 0 : 1;
}

describe('the high-water mark', () => {
  it('lets the unacknowledged tail go that a crash cuts at any byte: a save is there whole or not at all', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 3, 1) }));
    await log.close();
    const markBefore = await readFile(join(directory, 'mark'));
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(1, 3), entries: commands(4, 6, 1) }));
    await again.close();
    const wal = await onlyFile(directory, WRITE_AHEAD);
    const { length } = await readFile(wal);
    const lasts = new Set<number>();
    for (const cut of [...Array(length).keys()].filter((each) => each % 7 === 0).concat(length)) {
      const crashed = await copyOf(directory);
      await writeFile(join(crashed, 'mark'), markBefore);
      await truncate(await onlyFile(crashed, WRITE_AHEAD), cut);
      const found = await openLog(crashed);
      lasts.add(found.lastIndex());
      const entries: Entry[] = commands(found.lastIndex() + 1, found.lastIndex() + 2, 1);
      await found.save(saveOf({ entries }));
      await found.close();
      const reopened = await openLog(crashed);
      expect(reopened.lastIndex()).toBe(entries[1]!.index);
      await reopened.close();
      await rm(crashed, { recursive: true });
    }
    expect([...lasts].sort()).toEqual([3, 6]);
  });

  it('is lowered before a save that replaces marked entries, so that a crash in between is no damage', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 6, 1) }));
    await log.close();
    const old = await copyOf(directory);
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(2, 0, A), entries: commands(3, 4, 2) }));
    await again.close();
    const markAfter = await readFile(join(directory, 'mark'));
    const [lowered, raised] = [1 - (await newestSlot(directory)), await newestSlot(directory)];
    expect(confirmedIn(markAfter, lowered)).toBe(2n);
    expect(confirmedIn(markAfter, raised)).toBe(4n);

    // The mark was lowered, the batch not yet written: the old log is sound, the new vote counts.
    await writeFile(join(old, 'mark'), withoutSlot(markAfter, raised));
    expect(await opened(old)).toMatchObject({ term: 2, vote: A, entries: commands(1, 6, 1) });
    // The batch is written, the mark has not followed yet.
    await writeFile(join(directory, 'mark'), withoutSlot(markAfter, raised));
    expect(await opened(directory)).toMatchObject({
      term: 2,
      entries: [...commands(1, 2, 1), ...commands(3, 4, 2)],
    });
  });

  it('names the entry by its term too: a log that lost its newest tail for an older one is refused', async () => {
    const directory = await freshDirectory();
    const log = await openLog(directory);
    await log.save(saveOf({ hardState: inTerm(1), entries: commands(1, 6, 1) }));
    await log.close();
    const again = await openLog(directory);
    await again.save(saveOf({ hardState: inTerm(2), entries: commands(3, 6, 2) }));
    await again.close();
    await truncate(await onlyFile(directory, WRITE_AHEAD), 0);
    expect(await refused(directory)).toMatchObject({ index: 6, found: 'term 1' });
  });

  it('follows the log: what a clean end leaves is all marked', async () => {
    const directory = await sample();
    expect(confirmedIn(await readFile(join(directory, 'mark')), await newestSlot(directory))).toBe(8n);
  });

  it('survives either slot torn, warns and repairs it, and is refused when both are', async () => {
    const directory = await sample();
    const mark = join(directory, 'mark');
    await flip(mark, (await newestSlot(directory)) * 4096 + 30);
    const warnings: object[] = [];
    const logger: Logger = { ...SILENT, warn: (fields) => warnings.push(fields) };
    const log = await LevelLogStore.open(directory, { logger });
    expect(log.lastIndex()).toBe(8);
    await log.close();
    expect(warnings).toHaveLength(1);
    await (await LevelLogStore.open(directory, { logger })).close();
    expect(warnings).toHaveLength(1);
    await flip(mark, (1 - (await newestSlot(directory))) * 4096 + 30);
    await (await LevelLogStore.open(directory, { logger })).close();
    await (await LevelLogStore.open(directory, { logger })).close();
    expect(warnings).toHaveLength(2);

    await flip(mark, 30);
    await flip(mark, 4096 + 30);
    expect((await refused(directory)).file).toBe(mark);
  });

  it.each<[string, (mark: string) => Promise<void>]>([
    ['missing', (mark) => rm(mark)],
    ['empty', (mark) => truncate(mark, 0)],
    ['all zero', (mark) => writeFile(mark, Buffer.alloc(8192))],
  ])('is refused when it is %s', async (_, damage) => {
    const directory = await sample();
    await damage(join(directory, 'mark'));
    expect((await refused(directory)).file).toBe(join(directory, 'mark'));
  });
});

function confirmedIn(mark: Buffer, slot: number): bigint {
  return mark.readBigUInt64BE(slot * 4096 + 5 + 24);
}

function withoutSlot(mark: Buffer, slot: number): Buffer {
  const torn = Buffer.from(mark);
  torn.fill(0xff, slot * 4096, slot * 4096 + 20);
  return torn;
}
