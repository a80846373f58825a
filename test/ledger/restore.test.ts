import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Log } from './log.js';
import { release, reserve, route, seededLog, stop } from './log.js';
import { digestOf, type TextRow, withRowChanged } from './rows.js';

/** A ledger with a row of every kind, a reservation in every state that exists, and quotes in texts. */
function richLog(): Log {
  const log = seededLog();
  log.apply({ kind: 'register-company', name: 'Henry "Volt" \\ São\u2028\ud800', displayId: '1' });
  log.apply(route('1', ['1', '3'], [10]));
  log.apply(reserve([stop('1'), stop('2')]), { door: 'legacy-rest', requestKey: '"\\', holder: 'a "b"' });
  log.apply(reserve([stop('3')], 1_000));
  log.apply(reserve([stop('nowhere'), stop('1')]));
  log.apply(release(['2'], 'any'), { holder: 'a "b"' });
  log.atMs += 1_000;
  log.apply({ kind: 'expire' });
  log.apply({ kind: 'raise-version', ledgerVersion: 1 }, { requestKey: 'raise' });
  log.apply(reserve([stop('4')], 60_000), { keyKind: 'client' });
  return log;
}

const restored = (ledger: Ledger) => Ledger.restore(ledger.rows(), ledger.meta());

describe('a restored ledger', () => {
  it('has the rows, the meta and the deadlines of the one it was saved from', () => {
    const { ledger } = richLog();
    const again = restored(ledger);
    expect([...again.rows()]).toEqual([...ledger.rows()]);
    expect(again.meta()).toEqual(ledger.meta());
    expect(again.nextDeadlineMs()).toBe(ledger.nextDeadlineMs());
    expect(again.query({ kind: 'totals' }, 0)).toEqual(ledger.query({ kind: 'totals' }, 0));
  });

  it('does not mind the order of the rows', () => {
    const { ledger } = richLog();
    const again = Ledger.restore([...ledger.rows()].reverse(), ledger.meta());
    expect([...again.rows()]).toEqual([...ledger.rows()]);
    expect(again.query({ kind: 'points', windowMs: 1 }, 0)).toEqual(
      ledger.query({ kind: 'points', windowMs: 1 }, 0),
    );
  });

  it('of nothing is an empty one', () => {
    const empty = Ledger.empty();
    expect(empty.meta()).toEqual({
      appliedIndex: 0,
      appliedTerm: 0,
      nowMs: 0,
      ledgerVersion: 1,
      digest: '0'.repeat(32),
    });
    expect(restored(empty).meta()).toEqual(empty.meta());
  });

  it('goes on after the last entry, those of consensus included', () => {
    const log = richLog();
    const { appliedIndex, nowMs, digest } = log.ledger.meta();
    log.ledger.skip(appliedIndex + 1, 7);
    expect(log.ledger.meta()).toMatchObject({
      appliedIndex: appliedIndex + 1,
      appliedTerm: 7,
      nowMs,
      digest,
    });
    const again = restored(log.ledger);
    expect(() => again.skip(appliedIndex + 1, 7)).toThrow('assertion');
    again.skip(appliedIndex + 2, 8);
    expect(again.meta()).toMatchObject({ appliedIndex: appliedIndex + 2, appliedTerm: 8 });
  });
});

describe('rows', () => {
  it('come sorted by key, each once, and sum up to the digest', () => {
    const { ledger } = richLog();
    const rows = [...ledger.rows()];
    const keys = rows.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)].sort());
    expect(new Set(keys.map((key) => key.slice(0, 2)))).toEqual(new Set(['c:', 'k:', 'p:', 'r:', 'v:']));
    expect(digestOf(rows)).toBe(ledger.meta().digest);
  });

  it('that are being read do not show what is applied meanwhile', () => {
    const log = richLog();
    const before = [...log.ledger.rows()];
    const reading = log.ledger.rows();
    log.apply(reserve([stop('2')]));
    log.apply(release(['1']), { holder: 'a "b"' });
    expect([...reading]).toEqual(before);
    expect([...log.ledger.rows()]).not.toEqual(before);
  });

  it('have the text that they had when the first ledger was written', () => {
    const rows = richLog().rows();
    const text = (key: string) => rows.get(key);
    expect(text('c:empresa_b')).toBe('{"v":1,"id":"empresa_b","name":"LaizaCharge","displayId":"2"}');
    expect(text('p:3')).toBe(
      '{"v":1,"id":"3","company":"empresa_b","place":"Valente","latitudeMicrodegrees":-12971400,' +
        '"longitudeMicrodegrees":-38501400,"connector":"CCS2","powerWatts":50000,"status":"available"}',
    );
    expect(text('r:1')).toBe(
      '{"v":1,"id":"1","name":"Rota 1","company":"empresa_a","pointIds":["1","3"],"legMetres":[10]}',
    );
    expect(text('v:r10')).toBe(
      '{"v":1,"id":"r10","holder":"a \\"b\\"","state":"CONFIRMED","documented":true,"stops":[' +
        '{"pointId":"1","startMs":1767225600000,"endMs":1767229200000,"state":"PLANNED"},' +
        '{"pointId":"2","startMs":1767225600000,"endMs":1767229200000,"state":"RELEASED"}],' +
        '"madeAtMs":1767225600000,"madeIndex":10,"holdUntilMs":0,"end":null}',
    );
    expect(text('v:r11')).toBe(
      '{"v":1,"id":"r11","holder":"vehicle-1","state":"EXPIRED","documented":false,"stops":[' +
        '{"pointId":"3","startMs":1767225600000,"endMs":1767229200000,"state":"EXPIRED"}],' +
        '"madeAtMs":1767225600000,"madeIndex":11,"holdUntilMs":1767225601000,' +
        '"end":{"who":"time","reason":"hold-expired","atMs":1767225601000}}',
    );
    expect(text('k:vehicle-1\nkey-12')).toBe(
      '{"v":1,"holder":"vehicle-1","requestKey":"key-12","keyKind":"node",' +
        '"fingerprint":"3b175857fb4071ff41be9487b36f8684","expiresAtMs":1767225670000,"answer":{"index":12,' +
        '"atMs":1767225600000,"result":{"kind":"refused","reason":"STOPS_UNAVAILABLE","conflicts":[' +
        '{"stop":0,"pointId":"nowhere","reason":"UNKNOWN_POINT"},{"stop":1,"pointId":"1","reason":"POINT_TAKEN"}],' +
        '"detail":""}}}',
    );
  });
});

describe('a damaged state', () => {
  const { ledger } = richLog();
  const rows = [...ledger.rows()];
  const meta = ledger.meta();

  it('with any one row missing, doubled or swapped is noticed', () => {
    rows.forEach((row, i) => {
      const without = rows.filter((_, at) => at !== i);
      expect(() => Ledger.restore(without, meta)).toThrow('damaged state: the rows give the digest');
      expect(() => Ledger.restore([...rows, row], meta)).toThrow('damaged state: row');
      const swapped = rows.map((other, at) => (at === i ? { ...other, key: `${row.key}x` } : other));
      expect(() => Ledger.restore(swapped, meta)).toThrow('damaged state: row');
    });
  });

  it('with any one character changed is noticed', () => {
    rows.forEach(({ key, row }, i) => {
      for (let at = 0; at < row.length; at += 7) {
        const changed = `${row.slice(0, at)}~${row.slice(at + 1)}`;
        const damaged = rows.map((other, j): TextRow => (j === i ? { key, row: changed } : other));
        expect(() => Ledger.restore(damaged, meta)).toThrow('damaged state');
      }
    });
  });

  it.each<[string, string, (row: string) => string]>([
    ['an unknown version', 'p:1', (row) => row.replace('"v":1', '"v":2')],
    ['blanks', 'p:1', (row) => row.replace(',', ', ')],
    ['a further field', 'p:1', (row) => row.replace('}', ',"x":1}')],
    ['a field missing', 'p:1', (row) => row.replace('"connector":"CCS2",', '')],
    ['a status that does not exist', 'p:1', (row) => row.replace('available', 'busy')],
    ['a number written otherwise', 'p:1', (row) => row.replace('50000', '5e4')],
    ['half a watt', 'p:1', (row) => row.replace('50000', '50000.5')],
    ['a text for a number', 'p:1', (row) => row.replace('50000', '"50000"')],
    ['a list for an object', 'p:1', () => '[]'],
    ['no JSON', 'p:1', () => 'null and void'],
    ['a state that does not exist', 'v:r16', (row) => row.replace('HELD', 'HOLD')],
    ['an answer that does not exist', 'k:vehicle-1\nkey-16', (row) => row.replace('reserved', 'refunded')],
  ])('with %s is noticed even when the digest fits', (_, key, damage) => {
    expect(() => withRowChanged(ledger, key, damage)).toThrow(`damaged state: row ${JSON.stringify(key)}: `);
  });

  it.each<[string, (row: string) => string]>([
    ['overlaps another', (row) => row.replace('"pointId":"4"', '"pointId":"1"')],
    ['is empty', (row) => row.replace(/"endMs":[0-9]+/, '"endMs":1')],
  ])('with a window that %s is noticed even when the digest fits, at any pace', (_, damage) => {
    expect(() => withRowChanged(ledger, 'v:r16', damage)).toThrow(/^damaged state: assertion: .*r16/);
    const restoration = Ledger.restoring(meta);
    const damaged = rows.map(({ key, row }) => ({ key, row: key === 'v:r16' ? damage(row) : row }));
    expect(() => restoration.load(damaged)).toThrow('damaged state: row "v:r16": assertion');
  });

  it('with a row of no table is noticed', () => {
    expect(() => Ledger.restore([{ key: 'x:1', row: '{"v":1}' }], meta)).toThrow('a row of no known table');
  });

  it('with a meta that counts in fractions is noticed', () => {
    expect(() => Ledger.restore(rows, { ...meta, appliedIndex: 1.5 })).toThrow('damaged state: meta');
    expect(() => Ledger.restore(rows, { ...meta, nowMs: -1 })).toThrow('damaged state: meta');
  });
});
