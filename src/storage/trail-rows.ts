/**
 * The rows of the trail database, byte by byte. These formats are kept for ever.
 *
 * | key                     | body                                                                        |
 * |-------------------------|-----------------------------------------------------------------------------|
 * | `r` index:8             | the head before the record, a line feed, the record: what its head is made of |
 * | `s` subject `00` index:8 | nothing, and no frame                                                       |
 * | `g` index:8             | nothing, and no frame: directly before that index records are missing        |
 */
import type { TrailRecord } from '../replica/ports.js';
import { bodyOf, faultOf, newRow, sealRow } from './checked-row.js';
import { DamagedStore } from './errors.js';

const RECORD = 'r'.charCodeAt(0);
const GAP = 'g'.charCodeAt(0);
const INDEX_BYTES = 8;
/** Hex digits of a head. */
const HEAD_LENGTH = 64;

/** Above all keys of records. */
export const RECORD_KEY_END: Buffer = Buffer.from('s');

/** Above all keys of gaps. */
export const GAP_KEY_END: Buffer = Buffer.from('h');

/** The key of the record at `index`; byte order is index order. */
export function recordKey(index: number): Buffer {
  return keyOf(RECORD, index);
}

/** Says that directly before `index` records are missing; byte order is index order. */
export function gapKey(index: number): Buffer {
  return keyOf(GAP, index);
}

/** Says that the record at `index` is about `subject`; byte order within a subject is index order. */
export function subjectKey(subject: string, index: number): Buffer {
  const key = Buffer.concat([Buffer.from(`s${subject}\0`), Buffer.allocUnsafe(INDEX_BYTES)]);
  writeIndex(key, index);
  return key;
}

/** The index that any of these keys ends with. */
export function indexIn(key: Buffer): number {
  return key.readUInt32BE(key.length - INDEX_BYTES) * 2 ** 32 + key.readUInt32BE(key.length - 4);
}

export function recordRow(key: Buffer, { before, text }: TrailRecord): Buffer {
  const body = `${before}\n${text}`;
  const row = newRow(Buffer.byteLength(body));
  bodyOf(row).write(body);
  sealRow(key, row);
  return row;
}

/** The record in a row of the database at `location`. Throws DamagedStore for an unsound row, or when there is none. */
export function readRecord(location: string, key: Buffer, row: Buffer | undefined): TrailRecord {
  const index = indexIn(key);
  const fault = row === undefined ? 'none' : faultOf(key, row, HEAD_LENGTH + 1);
  if (row === undefined || fault !== null) {
    throw new DamagedStore(location, index, 'a sound record', fault ?? 'none');
  }
  const body = bodyOf(row).toString();
  return { index, before: body.slice(0, HEAD_LENGTH), text: body.slice(HEAD_LENGTH + 1) };
}

function keyOf(kind: number, index: number): Buffer {
  const key = Buffer.allocUnsafe(1 + INDEX_BYTES);
  key[0] = kind;
  writeIndex(key, index);
  return key;
}

function writeIndex(key: Buffer, index: number): void {
  key.writeUInt32BE(Math.floor(index / 2 ** 32), key.length - INDEX_BYTES);
  key.writeUInt32BE(index % 2 ** 32, key.length - 4);
}
