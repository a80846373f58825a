/**
 * A state as the frames of one InstallSnapshot stream, and back: a header, numbered chunks, a trailer.
 *
 * 1. What comes out is what went in, all of it and in order, or an Error: every chunk has its number and a CRC,
 *    and only the trailer says that nothing is missing (C24).
 * 2. A chunk never joins a stream that it was not made for: each stream is a call of its own, and counts on from
 *    where its header says that it begins.
 */
import { crc32 } from 'node:zlib';
import {
  type AddressedHeader,
  decodeRows,
  encodeRows,
  hashFromBytes,
  hashToBytes,
  headerFromProto,
  headerToProto,
} from '../codec/snapshot-codec.js';
import { fromUint64, toUint64 } from '../codec/uint64.js';
import type { InstallSnapshotRequest, SnapshotChunk as ProtoChunk } from '../gen/malha/mesh/v1/peer.js';
import type { SnapshotChunk, SnapshotPlace, SnapshotTaker } from '../replica/ports.js';

type Frames = AsyncIterator<InstallSnapshotRequest, unknown>;

/** The frames of a stream that carries `chunks`: those behind the place at which its header begins. */
export async function* framesOf(
  addressed: AddressedHeader,
  chunks: AsyncIterable<SnapshotChunk>,
): AsyncGenerator<InstallSnapshotRequest> {
  yield { body: { $case: 'header', value: headerToProto(addressed) } };
  let { after } = addressed.header;
  for await (const chunk of chunks) {
    after = chunk.place;
    yield { body: { $case: 'chunk', value: chunkToProto(chunk) } };
  }
  const value = { chunks: toUint64(after.chunks), rows: toUint64(after.rows) };
  yield { body: { $case: 'trailer', value } };
}

/**
 * Hands what `frames` carry to `taker`. Rejects when the first frame is no header, when `faultOf` finds fault with
 * it, and with whatever `taker` rejects with, which includes what was wrong with the frames that followed.
 */
export async function takeSnapshot(
  frames: Frames,
  faultOf: (addressed: AddressedHeader) => string | null,
  taker: SnapshotTaker,
): Promise<void> {
  const first = await frames.next();
  if (first.done === true || first.value.body?.$case !== 'header')
    throw new Error('a stream without a header');
  const addressed = headerFromProto(first.value.body.value);
  const fault = faultOf(addressed);
  if (fault !== null) throw new Error(fault);
  const { header } = addressed;
  await taker.take(header, chunksOf(frames, header.after));
}

async function* chunksOf(frames: Frames, from: SnapshotPlace): AsyncGenerator<SnapshotChunk> {
  let after = from;
  for (;;) {
    const next = await frames.next();
    if (next.done === true) throw new Error('the stream ended without its trailer');
    const { body } = next.value;
    switch (body?.$case) {
      case 'chunk': {
        const chunk = chunkFromProto(body.value, after);
        after = chunk.place;
        yield chunk;
        break;
      }
      case 'trailer': {
        const sent = { chunks: fromUint64(body.value.chunks), rows: fromUint64(body.value.rows) };
        if (sent.chunks !== after.chunks || sent.rows !== after.rows) {
          const came = `${after.rows} rows in ${after.chunks} chunks`;
          throw new Error(`${came} came of ${sent.rows} in ${sent.chunks}`);
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

function chunkToProto({ rows, place }: SnapshotChunk): ProtoChunk {
  const bytes = encodeRows(rows);
  return {
    sequence: toUint64(place.chunks),
    rows: bytes,
    crc32: checksum(place.chunks, bytes),
    chain: hashToBytes(place.chain),
  };
}

/** The chunk that follows the place `after`. Throws when it is another one, or not as it was sent. */
function chunkFromProto(proto: ProtoChunk, after: SnapshotPlace): SnapshotChunk {
  const chunks = fromUint64(proto.sequence);
  if (chunks !== after.chunks + 1) throw new Error(`chunk ${chunks} came after chunk ${after.chunks}`);
  if (checksum(chunks, proto.rows) !== proto.crc32) throw new Error(`chunk ${chunks} is not as it was sent`);
  const rows = decodeRows(proto.rows);
  return { rows, place: { chunks, rows: after.rows + rows.length, chain: hashFromBytes(proto.chain) } };
}

function checksum(sequence: number, rows: Uint8Array): number {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(toUint64(sequence));
  return crc32(rows, crc32(number));
}
