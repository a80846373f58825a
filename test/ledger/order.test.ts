import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareIds } from '../../src/ledger/order.js';

describe('the order of ids', () => {
  it('puts numbers first, by number, then other ids by code units', () => {
    const ids = ['b', '10', 'a10', '9', 'a9', '100', 'B', '010', '1', '0'];
    expect(ids.sort(compareIds)).toEqual(['0', '1', '9', '010', '10', '100', 'B', 'a10', 'a9', 'b']);
  });

  it('compares numbers that no double can hold', () => {
    expect(compareIds('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareIds('9'.repeat(64), `1${'0'.repeat(63)}`)).toBeGreaterThan(0);
  });

  it('is total: each two ids are ordered one way, and only equal ones are equal', () => {
    const id = fc.oneof(fc.stringMatching(/^[0-9]{1,4}$/), fc.stringMatching(/^[A-Za-z0-9_.-]{1,4}$/));
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(Math.sign(compareIds(a, b)) + Math.sign(compareIds(b, a))).toBe(0);
        expect(compareIds(a, b) === 0).toBe(a === b);
        if (compareIds(a, b) <= 0 && compareIds(b, c) <= 0) expect(compareIds(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
