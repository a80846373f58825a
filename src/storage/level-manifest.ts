/**
 * Which tables a LevelDB database consists of, as its MANIFEST says: what else lies in the directory is a leftover of a
 * crash, and whatever is wrong with it means nothing.
 *
 * The file is a log in blocks of 32 KiB. A record is crc:4 length:2 type:1 data, in parts where it crosses a block; the
 * checksum is over type and data. A part that the file ends in was never written to its end, and is none.
 */
import { crc32c, masked } from './crc32c.js';
import { LevelReader } from './level-varint.js';

export interface LevelTable {
  readonly number: number;
  readonly bytes: number;
}

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const UNWRITTEN = 0;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** The tables that are in use. Throws an Error when `manifest` is not as LevelDB writes it. */
export function tablesOf(manifest: Buffer): readonly LevelTable[] {
  const tables = new Map<number, LevelTable>();
  for (const record of recordsOf(manifest)) applyEdit(new LevelReader(record), tables);
  return [...tables.values()];
}

function* recordsOf(file: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const leftInBlock = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (leftInBlock < HEADER_BYTES) {
      at += leftInBlock;
      continue;
    }
    if (at + HEADER_BYTES > file.length) return;
    const length = file.readUInt16LE(at + 4);
    if (length === 0 && file[at + 6] === UNWRITTEN) {
      // As LevelDB reads it: a file system may show zeros where a crash kept the rest of a block from being written.
      at += leftInBlock;
      continue;
    }
    const end = at + HEADER_BYTES + length;
    if (end > file.length) return;
    const typed = file.subarray(at + 6, end);
    if (masked(crc32c(typed)) !== file.readUInt32LE(at))
      throw new Error(`a record at byte ${at} that is not sound`);
    const type = typed[0]!;
    if (type === FULL || type === FIRST) parts = [];
    parts.push(typed.subarray(1));
    if (type === FULL || type === LAST) yield Buffer.concat(parts);
    at = end;
  }
}

/** One change of the set of tables, field after field, each with a tag in front. */
function applyEdit(edit: LevelReader, tables: Map<number, LevelTable>): void {
  while (edit.at < edit.bytes.length) {
    const tag = edit.number();
    switch (tag) {
      case 1: // comparator
        edit.skipText();
        break;
      case 2: // log
      case 3: // next file
      case 4: // last sequence
      case 9: // previous log
        edit.number();
        break;
      case 5: // where the next compaction of a level begins
        edit.number();
        edit.skipText();
        break;
      case 6: // a table of a level goes
        edit.number();
        tables.delete(edit.number());
        break;
      case 7: {
        // a table of a level comes, with its smallest and largest key
        edit.number();
        const table = { number: edit.number(), bytes: edit.number() };
        edit.skipText();
        edit.skipText();
        tables.set(table.number, table);
        break;
      }
      default:
        throw new Error(`a field of kind ${tag}`);
    }
  }
}
