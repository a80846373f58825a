import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/ledger/ledger.js';
import { readRow } from '../../src/ledger/rows/format.js';
import { RESERVATION_ROW } from '../../src/ledger/rows/reservation-row.js';
import { ReservationScan } from '../../src/ledger/rows/reservation-scan.js';
import { RowAtHand } from '../../src/ledger/rows/row-at-hand.js';
import type { Reservation } from '../../src/ledger/state.js';
import { baseLog, entriesOf, steps } from './arbitraries-2.js';
import { Coverage } from './coverage.js';
import { reservationRow, stopRow, TERMS } from './memories.js';

const scanner = (holders: readonly string[] = []) =>
  new ReservationScan((text) => holders.find((holder) => holder === text));

const atHand = new RowAtHand();

function read(scan: ReservationScan, row: string): Reservation | null {
  atHand.take({ key: 'v:r12', row });
  return scan.read(atHand);
}

/** What the long way makes of a text; null when that is no row. */
function longWay(text: string): Reservation | null {
  try {
    return readRow(RESERVATION_ROW, text);
  } catch {
    return null;
  }
}

/** The short way gives what the long way does, or nothing. */
function expectAgreement(scan: ReservationScan, text: string): boolean {
  const found = read(scan, text);
  if (found !== null) expect(found).toEqual(longWay(text));
  return found !== null;
}

const TEXT = RESERVATION_ROW.write(
  reservationRow('r12', [
    stopRow(),
    stopRow({ pointId: '2', state: 'FULFILLED', startedAtMs: 5, endedAtMs: 9, overstaying: true }),
    stopRow({ pointId: '3', state: 'DISPLACED', reason: 'the cable', owedCentavos: 70, terms: null }),
    stopRow({ pointId: '1', state: 'RELEASED', terms: { ...TERMS, bufferMs: 1 } }),
  ]),
);

describe('a reservation that is read the short way', () => {
  it('is what the long way reads, for every row that a random life of trips leaves', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(steps(60), (made) => {
        const { ledger: base } = baseLog();
        const ledger = Ledger.restore(base.rows(), base.meta());
        for (const entry of entriesOf(made)) ledger.apply(entry, 1);
        const scan = scanner(['x', 'y']);
        for (const { key, row } of ledger.rows()) {
          if (key.startsWith('v:')) coverage.saw(expectAgreement(scan, row) ? 'short' : 'long');
        }
      }),
      30,
      ['short'],
      100,
    );
  });

  it.each<[string, Partial<Reservation>]>([
    ['a hold', { state: 'HELD', holdUntilMs: 9, holdWarned: true, waitId: 'w7' }],
    ['an end', { state: 'CANCELED', end: { who: 'operator', reason: 'by court order', atMs: 7 } }],
    ['no stops', { stops: [] }],
    ['what becomes of a no-show', { afterNoShow: 'free' }],
    ['a documented door', { documented: true }],
    ['an offer', { id: 'r7.12' }],
    ['a long name', { id: `r${'9'.repeat(15)}`, holder: 'x'.repeat(128) }],
  ])('may have %s', (_, more) => {
    const text = RESERVATION_ROW.write(reservationRow('r12', [stopRow(), stopRow()], more));
    expect(read(scanner(), text)).toEqual(longWay(text));
    expect(read(scanner(), text)).not.toBeNull();
  });

  it.each<[string, Partial<Reservation>]>([
    ['quotes', { holder: 'a "b"' }],
    ['other letters', { holder: 'José' }],
    ['half a character', { holder: '\ud800' }],
    ['a number below zero', { holdUntilMs: -1 }],
    ['a number of sixteen digits', { madeAtMs: 2 ** 52 }],
    ['the text of version 1', { changedIndex: 0 }],
  ])('with %s is left to the long way', (_, more) => {
    const text = RESERVATION_ROW.write(reservationRow('r12', [], more));
    expect(read(scanner(), text)).toBeNull();
    expect(longWay(text)).not.toBeNull();
  });

  it('is none with any one character changed, left out or added, unless the long way reads it so', () => {
    const scan = scanner();
    let known = 0;
    for (let at = 0; at <= TEXT.length; at += 1) {
      for (const put of ['', '0', '1', '"', '}', ',', ' ', '\\', 'é', '\n']) {
        if (expectAgreement(scan, TEXT.slice(0, at) + put + TEXT.slice(at + 1))) known += 1;
        if (expectAgreement(scan, TEXT.slice(0, at) + put + TEXT.slice(at))) known += 1;
      }
    }
    // Other digits in numbers, other letters in texts.
    expect(known).toBeGreaterThan(100);
    expect(read(scan, TEXT)).toEqual(longWay(TEXT));
  });

  it('is none when the text of version 2 says what version 1 could', () => {
    const text = RESERVATION_ROW.write(reservationRow('r12', [stopRow()], { changedIndex: 7 }));
    const wrong = text.replace('"changedIndex":7', '"changedIndex":0');
    expect(read(scanner(), wrong)).toBeNull();
    expect(longWay(wrong)).toBeNull();
  });

  it('shares equal terms and names with others', () => {
    const holders = ['somebody-with-a-long-name'];
    const scan = scanner(holders);
    const [a, b] = ['r1', 'r2'].map((id) =>
      read(scan, RESERVATION_ROW.write(reservationRow(id, [stopRow(), stopRow({ pointId: '2' })]))),
    );
    expect(a!.stops[0]!.terms).toBe(b!.stops[1]!.terms);
    const other = RESERVATION_ROW.write(
      reservationRow('r3', [stopRow({ terms: { ...TERMS, lateMs: 7 } }), stopRow()]),
    );
    expect(read(scan, other)).toEqual(longWay(other));
  });
});
