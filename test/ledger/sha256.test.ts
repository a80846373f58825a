import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/ledger/sha256.js';

/** As the platform computes it: of UTF-8, with half a surrogate pair as U+FFFD. */
function reference(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

describe('SHA-256 of text', () => {
  it('is what the standard gives for its examples', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('is that of the platform for every length around whole blocks', () => {
    for (let length = 0; length <= 260; length += 1) {
      const text = 'aé'.repeat(length).slice(0, length);
      expect(sha256(text), `${length} units`).toBe(reference(text));
    }
  });

  it.each([
    ['accents', 'São João, ação'],
    ['three bytes', '充電 ₂ \u0800\uffff'],
    ['four bytes', '🔌⚡ \u{10ffff}'],
    ['half a pair', 'x\ud800y\udc00\udbffz\ud83d'],
    ['a pair across a block', `${'x'.repeat(62)}🔌${'y'.repeat(70)}`],
    ['a mebibyte', 'Salvador '.repeat(120_000)],
  ])('is that of the platform for %s', (_, text) => {
    expect(sha256(text)).toBe(reference(text));
  });

  it('is that of the platform for any text, whatever was hashed before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ maxLength: 300 }), (a, b) => {
        expect([sha256(a), sha256(b)]).toEqual([reference(a), reference(b)]);
      }),
      { numRuns: 300 },
    );
  });
});
