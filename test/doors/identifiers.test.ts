import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadRequest } from '../../src/doors/bad-request.js';
import {
  ANONYMOUS,
  parseHolder,
  parseIdList,
  parseIds,
  parseRequestKey,
} from '../../src/doors/identifiers.js';

describe('an id list', () => {
  it('is split by commas, trimmed, and keeps the first of each repeat', () => {
    expect(parseIdList(' 3, 1 ,3,, 2 ,1')).toEqual(['3', '1', '2']);
  });

  it.each(['', ' ', ',', ' , ,'])('is refused when nothing is named: %j', (text) => {
    expect(() => parseIdList(text)).toThrow(BadRequest);
  });

  it('names at most 50 points, counted after folding', () => {
    const ids = Array.from({ length: 50 }, (_, at) => `p${at}`);
    expect(parseIdList([...ids, ...ids].join(','))).toEqual(ids);
    expect(() => parseIdList([...ids, 'one-more'].join(','))).toThrow(BadRequest);
  });

  it('takes ids of 64 characters and not of 65', () => {
    expect(parseIds(['x'.repeat(64)])).toEqual(['x'.repeat(64)]);
    expect(() => parseIds(['x'.repeat(65)])).toThrow(BadRequest);
  });

  it.each(['a\u0000b', 'a\nb', '\u007f', 'a\ud800', '\udc00b'])(
    'refuses control characters and half pairs: %j',
    (id) => {
      expect(() => parseIds([id])).toThrow(BadRequest);
    },
  );

  it('takes letters of any script, for they are only unknown', () => {
    expect(parseIds(['praça da sé', '充电', '🔌'])).toEqual(['praça da sé', '充电', '🔌']);
  });

  it('refuses an empty element where elements are given one by one', () => {
    expect(() => parseIds(['1', ' '])).toThrow(BadRequest);
  });

  it('yields bounded, distinct, trimmed ids or a BadRequest, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        try {
          const ids = parseIdList(text);
          expect(ids.length).toBeGreaterThan(0);
          expect(ids.length).toBeLessThanOrEqual(50);
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of ids) {
            expect(id).toBe(id.trim());
            expect(id.length).toBeGreaterThan(0);
            expect(id.length).toBeLessThanOrEqual(64);
            expect(id).not.toContain(',');
          }
        } catch (error) {
          if (!(error instanceof BadRequest)) throw error;
        }
      }),
    );
  });
});

describe('a holder', () => {
  it('is anonymous when the caller does not say', () => {
    expect(parseHolder(undefined)).toBe(ANONYMOUS);
  });

  it('is a name that fits into a topic', () => {
    expect(parseHolder('veiculo_7.B-2')).toBe('veiculo_7.B-2');
    expect(parseHolder('v'.repeat(64))).toBe('v'.repeat(64));
  });

  it.each(['', ' ', 'a b', 'a/b', '+', '#', 'ação', 'v'.repeat(65), 'a, b', 'a\n'])('is not %j', (text) => {
    expect(() => parseHolder(text)).toThrow(BadRequest);
  });
});

describe('a request key', () => {
  it('is optional', () => {
    expect(parseRequestKey(undefined)).toBeUndefined();
  });

  it('loses one pair of surrounding quotes, which are not part of it', () => {
    expect(parseRequestKey('"abc"')).toBe('abc');
    expect(parseRequestKey('abc')).toBe('abc');
    expect(parseRequestKey('""abc""')).toBe('"abc"');
  });

  it('keeps a quote that has no partner', () => {
    expect(parseRequestKey('"abc')).toBe('"abc');
    expect(parseRequestKey('"')).toBe('"');
  });

  it.each(['', '""', 'x'.repeat(256), 'chave-é', 'a\tb', 'a\nb'])('is not %j', (text) => {
    expect(() => parseRequestKey(text)).toThrow(BadRequest);
  });

  it('is bounded without its quotes', () => {
    expect(parseRequestKey(`"${'x'.repeat(255)}"`)).toBe('x'.repeat(255));
  });
});
