import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BigMap } from '../../src/ledger/big-map.js';

describe('a big map', () => {
  it('holds what a plain map does, however large it becomes', () => {
    const command = fc.oneof(
      fc.record({ setFrom: fc.nat(30_000), count: fc.nat(9_000) }),
      fc.record({ deleteFrom: fc.nat(30_000), count: fc.nat(6_000) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
        const big = new BigMap<number>();
        const plain = new Map<string, number>();
        commands.forEach((each, round) => {
          if ('setFrom' in each) {
            for (let n = each.setFrom; n < each.setFrom + each.count; n += 1) {
              big.set(`r${n}`, n * round);
              plain.set(`r${n}`, n * round);
            }
          } else {
            for (let n = each.deleteFrom; n < each.deleteFrom + each.count; n += 1) {
              big.delete(`r${n}`);
              plain.delete(`r${n}`);
            }
          }
          if (big.size !== plain.size) throw new Error(`${big.size} instead of ${plain.size}`);
        });
        for (let n = 0; n < 40_000; n += 37) {
          if (big.get(`r${n}`) !== plain.get(`r${n}`) || big.has(`r${n}`) !== plain.has(`r${n}`)) {
            throw new Error(`r${n} is ${big.get(`r${n}`)} instead of ${plain.get(`r${n}`)}`);
          }
        }
        expect([...big.keys()].sort()).toEqual([...plain.keys()].sort());
        expect(new Map(big.entries())).toEqual(plain);
      }),
      { numRuns: 25 },
    );
  });

  it('tells a key with no value from one that is not there', () => {
    const big = new BigMap<undefined>();
    big.set('', undefined);
    expect([big.has(''), big.has('a'), big.size]).toEqual([true, false, 1]);
    big.delete('a');
    expect(big.size).toBe(1);
  });
});
