import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Reservation } from '../../src/ledger/state.js';
import { entries } from './arbitraries.js';
import { Coverage } from './coverage.js';
import { Model } from './model.js';
import { digestOf } from './rows.js';

/** Without the sentence, which is for people. */
function decision({ index, atMs, result }: Answer) {
  return { index, atMs, result: 'detail' in result ? { ...result, detail: '' } : result };
}

/** `toEqual`, which is slow, only where the texts differ. */
function expectSame(a: object, b: object): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
}

function rowsOf(ledger: Ledger): Map<string, string> {
  return new Map([...ledger.rows()].map(({ key, row }) => [key, row]));
}

function reservations(rows: ReadonlyMap<string, string>): readonly Reservation[] {
  return [...rows].filter(([key]) => key.startsWith('v:')).map(([, row]) => JSON.parse(row) as Reservation);
}

describe('whatever commands come, in whatever order', () => {
  it('the ledger decides as the plain model does', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(entries(120), (log) => {
        const ledger = Ledger.empty();
        const model = new Model();
        for (const entry of log) {
          const { answer, repeated } = ledger.apply(entry, 1);
          const expected = model.apply(entry);
          expectSame({ answer: decision(answer), repeated }, expected);
          const { result } = answer;
          const reasons =
            result.kind === 'refused' ? [result.reason, ...result.conflicts.map((c) => c.reason)] : [];
          for (const word of repeated ? ['repeated'] : [result.kind, ...reasons]) coverage.saw(word);
          if (result.kind === 'expired' && result.ended > 0) coverage.saw('ended');
        }
        const open = model.reservations.filter((reservation) => !reservation.ended).map(({ id }) => id);
        const holders = ['x', 'y'].flatMap((holder) =>
          ledger.query({ kind: 'open-reservations', holder }, 0),
        );
        expect(holders.map(({ id }) => id).sort()).toEqual(open.sort());
      }),
      150,
      // The commands above must meet: each of these was decided often enough to mean something.
      [
        ...[
          'repeated',
          'registered',
          'reserved',
          'released',
          'expired',
          'ended',
          'version-raised',
          'refused',
        ],
        ...[
          'STOPS_UNAVAILABLE',
          'NOTHING_RELEASED',
          'KEY_REUSED',
          'TOO_LATE',
          'NOT_OWNER',
          'UNKNOWN_COMPANY',
        ],
        ...[
          'VERSION_NOT_RAISED',
          'INVALID',
          'UNKNOWN_POINT',
          'WRONG_COMPANY',
          'WINDOW_PAST',
          'STOP_REPEATED',
        ],
        ...['POINT_TAKEN', 'NOT_HELD'],
      ],
      11,
    );
  });

  it('no two bookings of one point overlap, and a stop is open only in an open reservation', () => {
    fc.assert(
      fc.property(entries(80), (log) => {
        const ledger = Ledger.empty();
        for (const entry of log) ledger.apply(entry, 1);
        const windows: { pointId: string; startMs: number; endMs: number }[] = [];
        for (const { stops, end } of reservations(rowsOf(ledger))) {
          const open = stops.filter(({ state }) => state === 'PLANNED');
          expect(open.length > 0).toBe(end === null);
          for (const stop of open) {
            for (const other of windows) {
              const apart = stop.startMs >= other.endMs || other.startMs >= stop.endMs;
              expect(apart || stop.pointId !== other.pointId).toBe(true);
            }
            windows.push(stop);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a refusal or a repeat changes no row but those of keys', () => {
    fc.assert(
      fc.property(entries(80), (log) => {
        const ledger = Ledger.empty();
        for (const entry of log) {
          const { answer, repeated, changes } = ledger.apply(entry, 1);
          if (repeated) expect(changes).toEqual([]);
          if (answer.result.kind === 'refused') {
            expect(changes.filter(({ key }) => !key.startsWith('k:'))).toEqual([]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('the changes, each row at most once, are what makes the old rows the new ones', () => {
    fc.assert(
      fc.property(entries(80), (log) => {
        const ledger = Ledger.empty();
        const rows = new Map<string, string>();
        for (const entry of log) {
          const { changes } = ledger.apply(entry, 1);
          expect(new Set(changes.map(({ key }) => key)).size).toBe(changes.length);
          for (const { key, row } of changes) {
            if (row !== null) rows.set(key, row);
            else expect(rows.delete(key)).toBe(true);
          }
        }
        expect(new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))).toEqual(rowsOf(ledger));
      }),
      { numRuns: 60 },
    );
  });

  it('S5: two ledgers fed the same entries are equal after each, and the digest is that of the rows', () => {
    fc.assert(
      fc.property(entries(60), (log) => {
        const [one, two] = [Ledger.empty(), Ledger.empty()];
        for (const entry of log) {
          expectSame(two.apply(entry, 1), one.apply(entry, 1));
          expectSame(two.meta(), one.meta());
          expect(one.meta().digest).toBe(digestOf(one.rows()));
        }
        expect([...two.rows()]).toEqual([...one.rows()]);
      }),
      { numRuns: 30 },
    );
  });

  it('S5: a ledger restored at any entry, from rows in any order, goes on as the other does', () => {
    fc.assert(
      fc.property(entries(80), fc.nat(), fc.boolean(), (log, cut, reversed) => {
        const at = cut % log.length;
        const ledger = Ledger.empty();
        const apply = (to: Ledger) => (entry: LedgerEntry) => to.apply(entry, 1);
        log.slice(0, at).forEach(apply(ledger));
        const rows = [...ledger.rows()];
        const restored = Ledger.restore(reversed ? rows.reverse() : rows, ledger.meta());
        for (const entry of log.slice(at)) {
          expectSame(restored.apply(entry, 1), ledger.apply(entry, 1));
          expectSame(restored.meta(), ledger.meta());
          expect(restored.nextDeadlineMs()).toBe(ledger.nextDeadlineMs());
        }
        expect([...restored.rows()]).toEqual([...ledger.rows()]);
        for (const query of [
          { kind: 'points', windowMs: 60_000 },
          { kind: 'routes', windowMs: 60_000 },
          { kind: 'companies' },
          { kind: 'open-reservations', holder: 'x' },
          { kind: 'totals' },
        ] as const) {
          expect(restored.query(query, 0)).toEqual(ledger.query(query, 0));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('S2: open reservations end only through an entry, however late it is', () => {
    fc.assert(
      fc.property(entries(60), (log) => {
        const ledger = Ledger.empty();
        for (const entry of log) {
          const before = reservations(rowsOf(ledger)).filter(({ end }) => end === null);
          const { answer } = ledger.apply(entry, 1);
          for (const { id } of before) {
            const after = ledger.query({ kind: 'reservation', reservationId: id }, entry.atMs + 1e9);
            if (after?.end?.who === 'time') expect(answer.result.kind).toBe('expired');
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
