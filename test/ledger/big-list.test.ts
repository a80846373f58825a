import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BigList } from '../../src/ledger/big-list.js';

describe('a big list', () => {
  it('holds what a plain one does, however it grows and shrinks', () => {
    const changes = fc.array(fc.integer({ min: -3_000, max: 4_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(changes, (counts) => {
        const big = new BigList<number>();
        const plain: number[] = [];
        for (const count of counts) {
          for (let n = 0; n < count; n += 1) {
            big.push(n);
            plain.push(n);
          }
          for (let n = count; n < 0; n += 1) {
            if (big.pop() !== plain.pop())
              throw new Error(`another item was the last of ${plain.length + 1}`);
          }
          if (plain.length > 0) {
            const at = Math.abs(count) % plain.length;
            big.set(at, -1);
            plain[at] = -1;
          }
        }
        expect(big.length).toBe(plain.length);
        expect(plain.map((_, at) => big.get(at))).toEqual(plain);
        expect(big.get(plain.length)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });
});
