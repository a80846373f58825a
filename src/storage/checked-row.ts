/**
 * How everything on disk is framed: a version byte, a CRC-32, then the body (R5).
 *
 * The checksum covers the key too, so that a sound row under a wrong key is not taken for the right one.
 * LevelDB's own checksums do not do this work: it does not verify them when it reads a table, and silently
 * drops what it cannot verify in its log.
 */
import { crc32 } from 'node:zlib';
import { crc32OfByte, crc32OfText } from './crc32-short.js';
import { DirectoryRefused } from './errors.js';

/** Length of the frame around a body, in bytes. */
export const FRAME_BYTES = 5;

const VERSION = 1;

/** A body of `bodyBytes` to be filled in and then sealed: one allocation for a row. */
export function newRow(bodyBytes: number): Buffer {
  const row = Buffer.allocUnsafe(FRAME_BYTES + bodyBytes);
  row[0] = VERSION;
  return row;
}

/** The part of a row after its frame; shares its memory. */
export function bodyOf(row: Buffer): Buffer {
  return row.subarray(FRAME_BYTES);
}

/** Writes the checksum into the frame, once the body is complete. Returns the checksum. */
export function sealRow(key: Uint8Array, row: Buffer): number {
  const crc = checksum(crc32(key), row[0]!, bodyOf(row));
  row.writeUInt32BE(crc, 1);
  return crc;
}

/** The checksum that a sealed row carries; not verified here. */
export function crcOf(row: Buffer): number {
  return row.readUInt32BE(1);
}

/**
 * Null when the row is sound and has `bodyBytes` or more, else what is wrong with it, in words. Throws DirectoryRefused
 * for a sound row of a later version: that is no damage, and must not be repaired.
 */
export function faultOf(key: Uint8Array, row: Buffer, bodyBytes = 0): string | null {
  return faultAfter(crc32(key), row, bodyOf(row), bodyBytes);
}

/** The body of a sound row under a key as text, sharing its memory; else what `faultOf` says. */
export function bodyUnder(key: string, row: Buffer): Buffer | string {
  const body = bodyOf(row);
  return faultAfter(crc32OfText(key), row, body, 0) ?? body;
}

/** `keyCrc`: the checksum of the key alone. */
function faultAfter(keyCrc: number, row: Buffer, body: Buffer, bodyBytes: number): string | null {
  if (row.length < FRAME_BYTES) return `a row of ${row.length} bytes`;
  const crc = checksum(keyCrc, row[0]!, body);
  const version = row[0]!;
  if (version !== VERSION) {
    if (version > VERSION && crc === crcOf(row)) throw ofLaterVersion(`rows of version ${version}`);
    return `a row of version ${version}`;
  }
  if (row.length < FRAME_BYTES + bodyBytes) return `a row of ${row.length} bytes`;
  return crc === crcOf(row) ? null : `a checksum of ${hex(crcOf(row))} over what gives ${hex(crc)}`;
}

/** For `what` is sound, and this program is too old for it. */
export function ofLaterVersion(what: string): DirectoryRefused {
  return new DirectoryRefused(
    'later-version',
    `this directory was written by a later version of malha, it has ${what}: run that version or a later one.`,
  );
}

/** A checksum as people read it. */
export function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

function checksum(keyCrc: number, version: number, body: Buffer): number {
  return crc32(body, crc32OfByte(version, keyCrc));
}
