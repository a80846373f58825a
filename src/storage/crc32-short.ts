/**
 * CRC-32, as zlib has it, of what is short: a call into zlib takes the time of some twenty bytes. There is a key for each
 * of a million rows.
 */
import { crc32 } from 'node:zlib';

const POLYNOMIAL = 0xedb88320;
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
});

/** The checksum of what has the checksum `before` and one byte more. */
export function crc32OfByte(byte: number, before: number): number {
  const crc = ~before;
  return ~((crc >>> 8) ^ TABLE[(crc ^ byte) & 255]!) >>> 0;
}

/** The checksum of a text in UTF-8. */
export function crc32OfText(text: string): number {
  let crc = -1;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return crc32(text);
    crc = (crc >>> 8) ^ TABLE[(crc ^ unit) & 255]!;
  }
  return ~crc >>> 0;
}
