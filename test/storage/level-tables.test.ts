/**
 * The tables of LevelDB, proven before it reads them (D3): it ends the whole process over some of these damages, and these
 * tests with it, if one got through.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import { crc32c, masked } from '../../src/storage/crc32c.js';
import { DamagedStore } from '../../src/storage/errors.js';
import { openLevel } from '../../src/storage/level-db.js';
import { tablesOf } from '../../src/storage/level-manifest.js';
import { proveTables } from '../../src/storage/level-tables.js';
import { copyOf, freshPath } from './fixture.js';

type Db = Level<Buffer, Buffer>;

function key(n: number): Buffer {
  return Buffer.from(`key ${String(n).padStart(6, '0')}`);
}

/** Enough for several tables on several levels, with rows that were overwritten and deleted, and a write-ahead log. */
async function manyTables(options: { compression?: boolean } = {}): Promise<string> {
  const path = await freshPath();
  const db: Db = new Level(path, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    compression: false,
    ...options,
  });
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 4_000; n += 500) {
      const rows = Array.from({ length: 500 }, (_, k) => {
        return { type: 'put' as const, key: key(n + k), value: Buffer.alloc(900, round + n + k) };
      });
      await db.batch(rows);
    }
  }
  await db.clear({ gte: key(1_000), lt: key(1_500) });
  await db.put(key(9_999), Buffer.from('in the write-ahead log'));
  await db.close();
  return path;
}

async function oneTable(): Promise<string> {
  const path = await freshPath();
  const db: Db = new Level(path, { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false });
  for (let n = 0; n < 60; n += 1) await db.put(key(n), Buffer.alloc(200, n));
  await db.close();
  await (await openLevel(path)).close();
  return path;
}

/** One table for each opening: too few and too small for LevelDB to put them together. */
async function threeTables(): Promise<string> {
  const path = await oneTable();
  for (const from of [60, 120]) {
    const db: Db = new Level(path, { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false });
    for (let n = from; n < from + 60; n += 1) await db.put(key(n), Buffer.alloc(200, n));
    await db.close();
    await (await openLevel(path)).close();
  }
  return path;
}

async function filesOf(path: string, suffix: RegExp): Promise<readonly string[]> {
  return (await readdir(path)).filter((name) => suffix.test(name)).map((name) => join(path, name));
}

async function countRows(path: string): Promise<number> {
  const db = await openLevel(path);
  const keys = await db.keys().all();
  await db.close();
  return keys.length;
}

describe('a CRC-32C', () => {
  it.each<[string, number]>([
    ['', 0],
    ['a', 0xc1d04330],
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['abcdefghijklmnopqrstuvwxyz', 0x9ee6ef25],
  ])('of %j is what the others compute', (text, crc) => {
    expect(crc32c(Buffer.from(text))).toBe(crc);
  });

  it('is written down as LevelDB does', () => {
    // Its own test: the mask of a checksum is another one, and that of the mask again.
    const crc = crc32c(Buffer.from('foo'));
    expect(new Set([crc, masked(crc), masked(masked(crc))]).size).toBe(3);
    expect(masked(0)).toBe(0xa282ead8);
  });
});

describe('the tables of a database', () => {
  it.each([false, true])('are sound as LevelDB leaves them (compressed: %s)', async (compression) => {
    const path = await manyTables({ compression });
    await proveTables(path);
    expect((await filesOf(path, /ldb$/)).length).toBeGreaterThan(0);
    expect(await countRows(path)).toBe(3_501);
    // And after LevelDB has put the write-ahead log into a table.
    await proveTables(path);
  });

  it('are sound in every moment of a database that is written to', async () => {
    const path = await freshPath();
    const db: Db = new Level(path, { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false });
    let writing = true;
    const write = async (): Promise<void> => {
      for (let n = 0; n < 600; n += 1) {
        const at = (n * 20) % 3_000;
        const rows = Array.from({ length: 20 }, (_, k) => {
          return { type: 'put' as const, key: key(at + k), value: Buffer.alloc(2_000, n) };
        });
        await db.batch(rows);
      }
      writing = false;
    };
    const written = write();
    let looks = 0;
    for (; writing; looks += 1) await proveTables(path);
    await written;
    await db.close();
    expect(looks).toBeGreaterThan(3);
  });

  it('are those of its MANIFEST: what a crash left beside them means nothing', async () => {
    const path = await manyTables();
    await writeFile(join(path, '900001.ldb'), 'half a table');
    await proveTables(path);
    expect(await countRows(path)).toBe(3_501);
  });

  it('are found damaged, wherever a byte of one flips', async () => {
    const sound = await oneTable();
    const [table] = await filesOf(sound, /ldb$/);
    const content = await readFile(table!);
    let meaningless = 0;
    for (let at = content.length % 3; at < content.length; at += 3) {
      const damaged = Buffer.from(content);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(table!, damaged);
      const outcome = await proveTables(sound).catch((error: unknown) => error);
      if (outcome instanceof DamagedStore) continue;
      // Between the handles and the magic of the footer.
      expect(content.length - at).toBeLessThan(48);
      meaningless += 1;
      const path = await copyOf(sound);
      expect(await countRows(path)).toBe(60);
    }
    expect(meaningless).toBeLessThan(40);
  });

  it('are found damaged, whichever sector is zeros and wherever one is cut', async () => {
    const sound = await oneTable();
    const [table] = await filesOf(sound, /ldb$/);
    const content = await readFile(table!);
    for (let at = 0; at < content.length; at += 512) {
      const zeroed = Buffer.from(content).fill(0, at, Math.min(content.length, at + 512));
      for (const damaged of [zeroed, content.subarray(0, at)]) {
        await writeFile(table!, damaged);
        await expect(openLevel(sound)).rejects.toBeInstanceOf(DamagedStore);
      }
    }
  });

  it('are found damaged in any of several', async () => {
    const sound = await threeTables();
    const tables = await filesOf(sound, /ldb$/);
    expect(tables.length).toBe(3);
    for (const file of tables) {
      const content = await readFile(file);
      const damaged = Buffer.from(content);
      damaged[Math.floor(content.length / 2)]! ^= 16;
      await writeFile(file, damaged);
      await expect(openLevel(sound)).rejects.toMatchObject({ file });
      await writeFile(file, content);
    }
  });
});

describe('a MANIFEST', () => {
  it('that is flipped anywhere never lets a database open with other rows than it has, unless its tail is lost', async () => {
    const sound = await oneTable();
    const [manifest] = await filesOf(sound, /MANIFEST/);
    const content = await readFile(manifest!);
    let refused = 0;
    for (let at = 0; at < content.length; at += 1) {
      const path = await copyOf(sound);
      const damaged = Buffer.from(content);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(join(path, manifest!.slice(sound.length + 1)), damaged);
      const outcome = await countRows(path).catch((error: unknown) => error);
      if (outcome instanceof DamagedStore) refused += 1;
      else expect([0, 60]).toContain(outcome);
    }
    expect(refused).toBeGreaterThan(content.length * 0.9);
  });

  it('whose last record was never written to its end tells of the tables before it', async () => {
    const path = await manyTables();
    const [manifest] = await filesOf(path, /MANIFEST/);
    const content = await readFile(manifest!);
    const all = tablesOf(content);
    expect(all.length).toBeGreaterThan(0);
    expect(() => tablesOf(content.subarray(0, -3))).not.toThrow();
    expect(tablesOf(content.subarray(0, 5))).toEqual([]);
    // Nor is it one where a crash left zeros in its place.
    expect(tablesOf(Buffer.concat([content, Buffer.alloc(100)]))).toEqual(all);
  });
});
