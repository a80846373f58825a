/** Damages that a disk was seen to do to a replica's directory whose node does not run. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The largest file of a database whose name ends like that; null for none. */
export async function largestFile(database: string, suffix: RegExp): Promise<string | null> {
  let largest: { readonly path: string; readonly bytes: number } | null = null;
  for (const name of (await readdir(database)).filter((each) => suffix.test(each))) {
    const path = join(database, name);
    const { length } = await readFile(path);
    if (largest === null || length > largest.bytes) largest = { path, bytes: length };
  }
  return largest?.path ?? null;
}

/** A bit in the middle of the largest table of `database`; where there is none yet, of what was written in between. */
export async function flipBit(database: string): Promise<void> {
  const { path, bytes } = await written(database);
  const at = Math.floor(bytes.length / 2);
  bytes[at]! ^= 8;
  await writeFile(path, bytes);
}

/** 512 bytes of zeros in what was written last to `database` and lies in no table yet. */
export async function zeroSector(database: string): Promise<void> {
  const path = await largestFile(database, /\d\.log$/);
  if (path === null) throw new Error(`nothing was written to ${database}`);
  const bytes = await readFile(path);
  const at = Math.max(0, bytes.length - 2_048);
  await writeFile(path, bytes.fill(0, at, at + 512));
}

async function written(database: string): Promise<{ readonly path: string; readonly bytes: Buffer }> {
  const path = (await largestFile(database, /\.ldb$/)) ?? (await largestFile(database, /\d\.log$/));
  if (path === null) throw new Error(`nothing was written to ${database}`);
  return { path, bytes: await readFile(path) };
}

/** The name of LevelDB's newest list of tables is gone: by default LevelDB would begin a new database. */
export async function loseCurrent(database: string): Promise<void> {
  await rm(join(database, 'CURRENT'));
}
