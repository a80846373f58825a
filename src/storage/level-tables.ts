/**
 * Proves the tables of a LevelDB database before LevelDB reads them: it does not verify their checksums, gives out what it
 * finds, and ends the whole process where a damaged block makes no sense to it.
 *
 * A table is blocks, each with type:1 and crc:4 behind it, and a footer that says where the index and the index of what is
 * else there (filters) begin; their entries say where the other blocks are.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c, masked } from './crc32c.js';
import { DamagedStore, StoreFailed } from './errors.js';
import { type LevelTable, tablesOf } from './level-manifest.js';
import { LevelReader } from './level-varint.js';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const UNCOMPRESSED = 0;

/**
 * Throws DamagedStore when a table in use in `location` is not as LevelDB wrote it. What it misses or cannot read of
 * other files LevelDB itself finds and says. Throws StoreFailed when one cannot be read.
 */
export async function proveTables(location: string): Promise<void> {
  const current = await readOrNull(join(location, 'CURRENT'));
  const name = current?.toString('latin1').trim() ?? '';
  const manifest = name === '' ? null : await readOrNull(join(location, name));
  if (manifest === null) return;
  const tables = sayingWhere(join(location, name), () => tablesOf(manifest));
  // Each is read while the one before it is proven.
  let ahead = readTable(location, tables[0]);
  for (const [n, { bytes }] of tables.entries()) {
    const { path, file } = await ahead;
    ahead = readTable(location, tables[n + 1]);
    ahead.catch(() => {});
    if (file === null) continue;
    sayingWhere(path, () => {
      if (file.length !== bytes) throw new Error(`${file.length} bytes instead of ${bytes}`);
      proveBlocks(file);
    });
  }
  await ahead;
}

interface TableFile {
  readonly path: string;
  /** Null when it is missing. */
  readonly file: Buffer | null;
}

async function readTable(location: string, table: LevelTable | undefined): Promise<TableFile> {
  if (table === undefined) return { path: '', file: null };
  const path = join(location, `${String(table.number).padStart(6, '0')}.ldb`);
  return { path, file: await readOrNull(path) };
}

interface Block {
  readonly at: number;
  readonly bytes: number;
}

/** Every block of a table. Throws an Error that names the first unsound one. */
function proveBlocks(file: Buffer): void {
  const footer = file.subarray(-FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !footer.subarray(-MAGIC.length).equals(MAGIC))
    throw new Error('no footer');
  const handles = new LevelReader(footer);
  const others = blockAt(handles);
  const index = blockAt(handles);
  for (const block of [...blocksIn(file, index), ...blocksIn(file, others)]) soundBlock(file, block);
}

/** The blocks that the entries of an index name. */
function blocksIn(file: Buffer, index: Block): readonly Block[] {
  const content = soundBlock(file, index);
  // Only when somebody else wrote it: what is compressed cannot be followed here.
  if (content === null) return [];
  const restarts = content.readUInt32LE(content.length - 4);
  const end = content.length - 4 * (restarts + 1);
  const entries = new LevelReader(content);
  const blocks: Block[] = [];
  while (entries.at < end) {
    entries.number();
    const keyBytes = entries.number();
    const valueBytes = entries.number();
    entries.take(keyBytes);
    blocks.push(blockAt(new LevelReader(entries.take(valueBytes))));
  }
  return blocks;
}

function blockAt(reader: LevelReader): Block {
  return { at: reader.number(), bytes: reader.number() };
}

/** The content of a block; null when it is compressed. Throws an Error when it is not sound. */
function soundBlock(file: Buffer, { at, bytes }: Block): Buffer | null {
  const end = at + bytes + 1;
  if (end + 4 > file.length) throw new Error(`a block of ${bytes} bytes at byte ${at}, beyond the end`);
  const typed = file.subarray(at, end);
  if (masked(crc32c(typed)) !== file.readUInt32LE(end)) throw new Error(`an unsound block at byte ${at}`);
  return typed[bytes] === UNCOMPRESSED ? typed.subarray(0, bytes) : null;
}

function sayingWhere<T>(path: string, prove: () => T): T {
  try {
    return prove();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DamagedStore(path, null, 'the file as it was written', found, { cause });
  }
}

async function readOrNull(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new StoreFailed(path, error);
  });
}
