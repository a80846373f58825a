/**
 * A state as the frames of one InstallSnapshot stream, and back: a header, numbered chunks, a trailer.
 *
 * 1. What comes out is what went in, all of it and in order, or an Error: every chunk has its number and a CRC,
 *    and only the trailer says that nothing is missing (C24).
 * 2. A chunk never joins a stream that it was not made for: each stream is a call of its own.
 */
import { crc32 } from 'node:zlib';
import {
  type AddressedHeader,
  decodeRows,
  encodeRows,
  headerFromProto,
  headerToProto,
} from '../codec/snapshot-codec.js';
import { fromUint64, toUint64 } from '../codec/uint64.js';
import type { InstallSnapshotRequest } from '../gen/malha/mesh/v1/peer.js';
import type { SnapshotHandler, StateRow } from '../replica/ports.js';

/** Bytes of rows from which on a chunk is full: checked, loaded and written in one step, of a millisecond or two. */
const CHUNK_BYTES = 16 * 1024;

/** What a row costs in a chunk beside its text, at most. */
const ROW_OVERHEAD_BYTES = 16;

type Frames = AsyncIterator<InstallSnapshotRequest, unknown>;

/** The frames that carry `pages`. */
export async function* framesOf(
  addressed: AddressedHeader,
  pages: AsyncIterable<readonly StateRow[]>,
): AsyncGenerator<InstallSnapshotRequest> {
  yield { body: { $case: 'header', value: headerToProto(addressed) } };
  let chunks = 0;
  let rows = 0;
  for await (const page of pages) {
    rows += page.length;
    for (const part of partsOf(page)) {
      chunks += 1;
      const bytes = encodeRows(part);
      const value = { sequence: toUint64(chunks), rows: bytes, crc32: checksum(chunks, bytes) };
      yield { body: { $case: 'chunk', value } };
    }
  }
  yield { body: { $case: 'trailer', value: { chunks: toUint64(chunks), rows: toUint64(rows) } } };
}

/**
 * Hands what `frames` carry to `handler`. Rejects when the first frame is no header, when `faultOf` finds fault with
 * it, and with whatever `handler` rejects with, which includes what was wrong with the frames that followed.
 */
export async function takeSnapshot(
  frames: Frames,
  faultOf: (addressed: AddressedHeader) => string | null,
  handler: SnapshotHandler,
): Promise<void> {
  const first = await frames.next();
  if (first.done === true || first.value.body?.$case !== 'header')
    throw new Error('a stream without a header');
  const addressed = headerFromProto(first.value.body.value);
  const fault = faultOf(addressed);
  if (fault !== null) throw new Error(fault);
  await handler(addressed.header, pagesOf(frames));
}

async function* pagesOf(frames: Frames): AsyncGenerator<readonly StateRow[]> {
  let chunks = 0;
  let count = 0;
  for (;;) {
    const next = await frames.next();
    if (next.done === true) throw new Error('the stream ended without its trailer');
    const { body } = next.value;
    switch (body?.$case) {
      case 'chunk': {
        const sequence = fromUint64(body.value.sequence);
        if (sequence !== chunks + 1) throw new Error(`chunk ${sequence} came after chunk ${chunks}`);
        if (checksum(sequence, body.value.rows) !== body.value.crc32) {
          throw new Error(`chunk ${sequence} is not as it was sent`);
        }
        const rows = decodeRows(body.value.rows);
        chunks = sequence;
        count += rows.length;
        yield rows;
        break;
      }
      case 'trailer': {
        const sent = { chunks: fromUint64(body.value.chunks), rows: fromUint64(body.value.rows) };
        if (sent.chunks !== chunks || sent.rows !== count) {
          throw new Error(`${count} rows in ${chunks} chunks came of ${sent.rows} in ${sent.chunks}`);
        }
        return;
      }
      case 'header':
        throw new Error('a second header');
      case undefined:
        throw new Error('a frame of a kind this version does not know');
    }
  }
}

/** Cuts a page where chunks are full; a larger row makes a chunk of its own. */
function* partsOf(page: readonly StateRow[]): Generator<readonly StateRow[]> {
  let part: StateRow[] = [];
  let bytes = 0;
  for (const row of page) {
    const cost = Buffer.byteLength(row.key) + Buffer.byteLength(row.row) + ROW_OVERHEAD_BYTES;
    if (part.length > 0 && bytes + cost > CHUNK_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(row);
    bytes += cost;
  }
  if (part.length > 0) yield part;
}

function checksum(sequence: number, rows: Uint8Array): number {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(toUint64(sequence));
  return crc32(rows, crc32(number));
}
