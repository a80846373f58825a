/**
 * Opens LevelDB the one way that this project trusts it, and says what its errors mean.
 *
 * `createIfMissing` is false but for the first time: LevelDB would take a directory without CURRENT for a new
 * one and delete its tables. No compression: a flipped byte is to be found by our checksum, at its place. Tables are
 * proven first, for LevelDB may end the process over a damaged one.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { syncDirectory, syncFile } from './durable-file.js';
import { DamagedStore, DirectoryRefused, StoreFailed } from './errors.js';
import { proveTables } from './level-tables.js';

export type BinaryLevel = Level<Buffer, Buffer>;
export type LevelSnapshot = ReturnType<BinaryLevel['snapshot']>;
export type BinaryOperation =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: Buffer };

/** LevelDB maps each open table into memory, 2 MiB each: with its default of 1,000 a large state would be there twice. */
const OPEN_FILES_MAX = 64;

/**
 * Opens the database in `location`. Throws DirectoryRefused when another process has it, DamagedStore when
 * its files contradict each other or are missing, StoreFailed for any other error.
 */
export async function openLevel(location: string, createIfMissing = false): Promise<BinaryLevel> {
  if (!createIfMissing) await proveTables(location);
  // Opens by itself from here on.
  const db: BinaryLevel = new Level(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    compression: false,
    createIfMissing,
    maxOpenFiles: OPEN_FILES_MAX,
  });
  try {
    await db.open();
    return db;
  } catch (error) {
    throw meaningOf(error, location);
  }
}

/** What an error of LevelDB while opening or reading `location` means; our own say it themselves. */
export function meaningOf(error: unknown, location: string): Error {
  if (error instanceof DamagedStore || error instanceof DirectoryRefused) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'LEVEL_LOCKED') {
    return new DirectoryRefused(
      'in-use',
      `${location} is in use by another process: a replica runs once. Stop the other node, or give this one a directory of its own.`,
      { cause },
    );
  }
  if (code === 'LEVEL_CORRUPTION' || MISSING_FILE.test(text)) {
    return new DamagedStore(location, null, 'a database that opens and reads', JSON.stringify(text), {
      cause,
    });
  }
  return new StoreFailed(location, cause);
}

// LevelDB reports a missing file as an I/O error, and a missing CURRENT as an invalid argument without a code.
const MISSING_FILE = /No such file or directory|missing files|does not exist \(create_if_missing is false\)/;

/** Makes all that LevelDB wrote in `location` so far durable. It syncs its tables itself, but no log that it left for a newer one. */
export async function syncLogs(location: string): Promise<void> {
  for (const name of await readdir(location)) {
    if (name.endsWith('.log')) await syncFile(join(location, name));
  }
  await syncDirectory(location);
}

/** All rows with `from` <= key < `to`, in pages that one step of the event loop can take. */
export function pagesOf(
  db: BinaryLevel,
  from: Buffer,
  to: Buffer,
): AsyncGenerator<readonly (readonly [Buffer, Buffer])[]> {
  return pagesIn(db.iterator({ gte: from, lt: to, highWaterMarkBytes: PAGE_BYTES }));
}

/** Of a page, and read ahead. */
export const PAGE_BYTES: number = 256 * 1024;
const PAGE_ROWS_MAX = 500;

interface PagedIterator<Row> {
  nextv(rows: number): Promise<Row[]>;
  close(): Promise<void>;
}

/** The pages of an iterator, which is closed in the end: each is read while the one before it is dealt with. */
export async function* pagesIn<Row>(iterator: PagedIterator<Row>): AsyncGenerator<readonly Row[]> {
  try {
    let ahead = iterator.nextv(PAGE_ROWS_MAX);
    for (;;) {
      const page = await ahead;
      if (page.length === 0) return;
      ahead = iterator.nextv(PAGE_ROWS_MAX);
      // Told when it is awaited; nobody awaits it when this ends before.
      ahead.catch(() => {});
      yield page;
    }
  } finally {
    await iterator.close();
  }
}
