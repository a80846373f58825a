/**
 * The rows of the log database, byte by byte. These formats are kept for ever.
 *
 * | key               | body (big-endian)                                                              |
 * |-------------------|--------------------------------------------------------------------------------|
 * | `e` index:8       | term:8 previous:4 entry (protobuf); `previous` is the CRC of the row before it  |
 * | `h`               | term:8 vote:8 (0 for nobody) commit:8                                          |
 * | `b`               | index:8 term:8 anchor:4 configuration (protobuf)                               |
 *
 * The chain of `previous` begins at the base row's `anchor`: no entry can be exchanged, dropped or brought
 * back from an older tail without breaking it.
 */
import { crc32 } from 'node:zlib';
import { configStateFromProto, configStateToProto, encodeEntry } from '../codec/raft-entry-codec.js';
import { fromUint64, replicaIdFromFixed64, replicaIdToFixed64, toUint64 } from '../codec/uint64.js';
import { ConfigState as ProtoConfigState } from '../gen/malha/raft/v1/entry.js';
import type { Entry, HardState, SnapshotMeta } from '../raft/entry.js';
import { bodyOf, newRow, sealRow } from './checked-row.js';

/** Length of what stands before the entry in an entry row's body, in bytes. */
export const ENTRY_HEAD_BYTES = 12;
export const HARD_STATE_BYTES = 24;
export const BASE_HEAD_BYTES = 20;

export const HARD_STATE_KEY: Buffer = Buffer.from('h');
export const BASE_KEY: Buffer = Buffer.from('b');
/** Above all keys of entries. */
export const ENTRY_KEY_END: Buffer = Buffer.from('f');

const ENTRY_PREFIX = 'e'.charCodeAt(0);

/** Where the log begins: the entry at the base is covered by a snapshot, or is the founding. */
export interface Base {
  readonly snapshot: SnapshotMeta;
  /** What the first entry above the base names as its predecessor's CRC. */
  readonly anchor: number;
}

/** Of a log that nothing was saved in. */
export const EMPTY_BASE: Base = {
  snapshot: {
    index: 0,
    term: 0,
    config: { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
  },
  anchor: anchorAt(0, 0),
};

/** The anchor of a base whose own entry is not in this log: one that no other base has. */
export function anchorAt(index: number, term: number): number {
  const bytes = Buffer.alloc(16);
  writeNumber(bytes, index, 0);
  writeNumber(bytes, term, 8);
  return crc32(bytes);
}

/** The key of the entry at `index`; byte order is index order. */
export function entryKey(index: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = ENTRY_PREFIX;
  writeNumber(key, index, 1);
  return key;
}

/** The index that an entry's key names; NaN for a key that is none. */
export function indexOfKey(key: Buffer): number {
  return key.length === 9 ? Number(key.readBigUInt64BE(1)) : Number.NaN;
}

/** The sealed row of an entry that follows the row with CRC `previousCrc`, and its own CRC. */
export function entryRow(
  key: Buffer,
  entry: Entry,
  previousCrc: number,
): { readonly row: Buffer; readonly crc: number } {
  const encoded = encodeEntry(entry);
  const row = newRow(ENTRY_HEAD_BYTES + encoded.length);
  const body = bodyOf(row);
  writeNumber(body, entry.term, 0);
  body.writeUInt32BE(previousCrc, 8);
  body.set(encoded, ENTRY_HEAD_BYTES);
  return { row, crc: sealRow(key, row) };
}

/** The parts of a sound entry row's body; `encoded` shares its memory. */
export function readEntryBody(body: Buffer): {
  readonly term: number;
  readonly previousCrc: number;
  readonly encoded: Uint8Array;
} {
  return {
    term: readNumber(body, 0),
    previousCrc: body.readUInt32BE(8),
    encoded: body.subarray(ENTRY_HEAD_BYTES),
  };
}

/** The sealed row of a hard state. */
export function hardStateRow(state: HardState): Buffer {
  const row = newRow(HARD_STATE_BYTES);
  const body = bodyOf(row);
  writeNumber(body, state.term, 0);
  body.writeBigUInt64BE(replicaIdToFixed64(state.vote), 8);
  writeNumber(body, state.commit, 16);
  sealRow(HARD_STATE_KEY, row);
  return row;
}

/** The hard state of a sound row's body. */
export function readHardStateBody(body: Buffer): HardState {
  return {
    term: readNumber(body, 0),
    vote: replicaIdFromFixed64(body.readBigUInt64BE(8)),
    commit: readNumber(body, 16),
  };
}

/** The sealed row of a base. */
export function baseRow({ snapshot, anchor }: Base): Buffer {
  const config = ProtoConfigState.encode(configStateToProto(snapshot.config)).finish();
  const row = newRow(BASE_HEAD_BYTES + config.length);
  const body = bodyOf(row);
  writeNumber(body, snapshot.index, 0);
  writeNumber(body, snapshot.term, 8);
  body.writeUInt32BE(anchor, 16);
  body.set(config, BASE_HEAD_BYTES);
  sealRow(BASE_KEY, row);
  return row;
}

/** The base of a sound row's body. Throws when its configuration is none. */
export function readBaseBody(body: Buffer): Base {
  const config = configStateFromProto(ProtoConfigState.decode(body.subarray(BASE_HEAD_BYTES)));
  return {
    snapshot: { index: readNumber(body, 0), term: readNumber(body, 8), config },
    anchor: body.readUInt32BE(16),
  };
}

function writeNumber(bytes: Buffer, value: number, offset: number): void {
  bytes.writeBigUInt64BE(toUint64(value), offset);
}

function readNumber(bytes: Buffer, offset: number): number {
  return fromUint64(bytes.readBigUInt64BE(offset));
}
