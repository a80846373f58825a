/**
 * CRC-32C (Castagnoli), the checksum of LevelDB's own files. Node brings only the other one.
 */
const POLYNOMIAL = 0x82f63b78;
/** In each: what a byte becomes when as many more bytes follow it as its place tells. */
const [T0, T1, T2, T3, T4, T5, T6, T7] = makeTables();

/** The checksum of `bytes`, from 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = 0xffffffff;
  let at = 0;
  // Eight at a time: a state of a gigabyte is looked at in a second or two.
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      T7[low & 255]! ^
      T6[(low >>> 8) & 255]! ^
      T5[(low >>> 16) & 255]! ^
      T4[low >>> 24]! ^
      T3[high & 255]! ^
      T2[(high >>> 8) & 255]! ^
      T1[(high >>> 16) & 255]! ^
      T0[high >>> 24]!;
  }
  for (; at < bytes.length; at += 1) crc = T0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As LevelDB writes a checksum down: turned, so that a checksum over checksums is not degenerate. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

type Eight<T> = readonly [T, T, T, T, T, T, T, T];

function makeTables(): Eight<Int32Array> {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    return crc;
  });
  const behind = (before: Int32Array) => before.map((crc) => first[crc & 255]! ^ (crc >>> 8));
  const t1 = behind(first);
  const t2 = behind(t1);
  const t3 = behind(t2);
  const t4 = behind(t3);
  const t5 = behind(t4);
  const t6 = behind(t5);
  return [first, t1, t2, t3, t4, t5, t6, behind(t6)];
}
