import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SetDigest } from '../../src/ledger/digest.js';
import { type Hash128, hash128, hashOfAscii, toHex } from '../../src/ledger/hash.js';

const lanes = (h: Hash128) => [h.a, h.b, h.c, h.d];

function bitsThatDiffer(x: Hash128, y: Hash128): number {
  const other = lanes(y);
  return lanes(x).reduce((sum, lane, i) => {
    let bits = (lane ^ other[i]!) >>> 0;
    let count = 0;
    for (; bits !== 0; bits = (bits & (bits - 1)) >>> 0) count += 1;
    return sum + count;
  }, 0);
}

describe('the hash', () => {
  it('gives the bits that it gave when the first ledger was written', () => {
    expect(
      ['', 'a', 'malha', 'c:empresa_a\n{"v":1}', 'São João 🚗'].map((text) => toHex(hash128(text))),
    ).toEqual([
      '79ff79407498610c9a9b929e571dcfa3',
      '84721e9bdc56b633b6ab368fb6298bf3',
      'c235dae30ab9339b0593cccac81ddce5',
      '12bf1d80615245f12ec4859e3275757d',
      '9d15d1733fce5b60680d9f4c81e0adf2',
    ]);
  });

  it('of a text behind another is that of both in one', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }), (a, b) => {
        expect(toHex(hash128(b, a))).toBe(toHex(hash128(a + b)));
      }),
      { numRuns: 500 },
    );
  });

  it('of ASCII in bytes is that of the text, and there is none of others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), fc.nat(255), (text, byte) => {
        const bytes = new Uint8Array(8 * Math.ceil((text.length + 1) / 8));
        for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
        const view = new DataView(bytes.buffer);
        expect(hashOfAscii(view, text.length)).toEqual(hash128(text));
        bytes[text.length] = byte;
        const longer = hashOfAscii(view, text.length + 1);
        expect(longer).toEqual(byte < 128 ? hash128(text + String.fromCharCode(byte)) : null);
      }),
      { numRuns: 500 },
    );
  });

  it('tells texts of different length apart, also when only zeros follow', () => {
    const hashes = Array.from({ length: 40 }, (_, n) => toHex(hash128('\0'.repeat(n))));
    expect(new Set(hashes).size).toBe(40);
  });

  it('meets no other among 200,000 rows that differ in a few digits, in no pair of lanes', () => {
    const pairs = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (let i = 0; i < 200_000; i += 1) {
      const { a, b, c, d } = hash128(`v:r${i}\n{"v":1,"id":"r${i}","holder":"vehicle-${i % 7}"}`);
      pairs[0]!.add(`${a},${b}`);
      pairs[1]!.add(`${b},${c}`);
      pairs[2]!.add(`${c},${d}`);
    }
    expect(pairs.map((set) => set.size)).toEqual([200_000, 200_000, 200_000]);
  });

  it('moves about half of its 128 bits when one bit of the text changes, wherever it is', () => {
    const text = 'k:vehicle-1\n{"v":1,"requestKey":"n-1234","expiresAtMs":1767225600000}';
    const before = hash128(text);
    for (let i = 0; i < text.length; i += 1) {
      for (const bit of [1, 2, 16, 128, 32_768]) {
        const flipped = text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ bit) + text.slice(i + 1);
        const moved = bitsThatDiffer(before, hash128(flipped));
        expect(moved).toBeGreaterThan(32);
        expect(moved).toBeLessThan(96);
      }
    }
  });
});

describe('the digest of a set', () => {
  it('is all zeros for no rows', () => {
    expect(new SetDigest().hex()).toBe('0'.repeat(32));
  });

  it('depends on what is in the set, not on the way there', () => {
    const texts = fc.uniqueArray(fc.string(), { maxLength: 12 });
    fc.assert(
      fc.property(texts, texts, fc.infiniteStream(fc.nat()), (stay, go, order) => {
        const straight = new SetDigest();
        for (const text of stay) straight.add(hash128(text));
        const winding = new SetDigest();
        for (const text of go) winding.add(hash128(`gone ${text}`));
        const shuffled = stay.map((text) => ({ text, at: order.next().value as number }));
        shuffled.sort((x, y) => x.at - y.at);
        for (const { text } of shuffled) winding.add(hash128(text));
        for (const text of [...go].reverse()) winding.remove(hash128(`gone ${text}`));
        expect(winding.hex()).toBe(straight.hex());
        expect(straight.hex()).toMatch(/^[0-9a-f]{32}$/);
        if (stay.length > 0) expect(straight.hex()).not.toBe('0'.repeat(32));
      }),
    );
  });
});
