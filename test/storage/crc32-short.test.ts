import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32OfByte, crc32OfText } from '../../src/storage/crc32-short.js';

describe('the checksum of what is short', () => {
  it('is what zlib has it to be, of any text', () => {
    expect(crc32OfText('')).toBe(0);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        expect(crc32OfText(text)).toBe(crc32(Buffer.from(text)));
      }),
    );
  });

  it('goes on with one byte as zlib does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(255), (bytes, byte) => {
        expect(crc32OfByte(byte, crc32(bytes))).toBe(crc32(Uint8Array.of(...bytes, byte)));
      }),
    );
  });
});
