import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LedgerEntry } from '../../src/ledger/command.js';
import { type Applied, Ledger } from '../../src/ledger/ledger.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Reservation } from '../../src/ledger/state.js';
import { baseLog, baseWorld, entriesOf, steps } from './arbitraries-2.js';
import { Coverage } from './coverage.js';
import { DAY_MS } from './log.js';
import { Model2 } from './model-2.js';
import { isOpen, span } from './model-2-placing.js';
import { digestOf, reservationIn, withBytes } from './rows.js';

// A property is many tests in one, and a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

/** Without the sentence, which is for people. */
function decision({ index, atMs, result }: Answer) {
  return { index, atMs, result: 'detail' in result ? { ...result, detail: '' } : result };
}

/** `toEqual`, which is slow, only where the texts differ. */
function expectSame(a: object, b: object): void {
  if (JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b))) expect(a).toEqual(b);
}

/** With the keys of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, field]) => [key, sorted(field)]));
}

function fresh(): Ledger {
  const { ledger } = baseLog();
  return Ledger.restore(ledger.rows(), ledger.meta());
}

function reservationsOf(ledger: Ledger): readonly Reservation[] {
  return [...ledger.rows()].filter(({ key }) => key.startsWith('v:')).map(({ row }) => reservationIn(row));
}

/** A word for each thing that was decided, so that what never happens is noticed. */
function wordsOf({ answer, events }: Applied, { command }: LedgerEntry): readonly string[] {
  const { kind } = command.operation;
  const { result } = answer;
  const reached = events.flatMap((event) => {
    if (event.kind === 'stop') return [`stop ${event.to}`];
    return event.kind === 'reservation' ? [`reservation ${event.to}`] : [];
  });
  if (result.kind !== 'refused') return [kind, ...reached];
  return [`${kind} ${result.reason}`, result.reason, ...result.conflicts.map(({ reason }) => reason)];
}

/** Each of these must be decided, or the commands do not meet. */
const WORDS = [
  ...['reserve', 'confirm', 'extend-hold', 'cancel', 'change', 'shift', 'start-stop', 'finish-stop'],
  ...['release', 'expire'],
  ...['UNKNOWN_RESERVATION', 'ALREADY_ENDED', 'CHANGED_SINCE', 'UNKNOWN_STOP', 'ALREADY_CONFIRMED'],
  ...['HOLD_TOO_LONG', 'NOT_CONFIRMED', 'TOO_EARLY', 'POINT_BUSY', 'NOTHING_RELEASED'],
  ...['cancel WRONG_STOP_STATE', 'change WRONG_STOP_STATE', 'shift WRONG_STOP_STATE'],
  ...['start-stop WRONG_STOP_STATE', 'finish-stop WRONG_STOP_STATE'],
  ...['reserve STOPS_UNAVAILABLE', 'change STOPS_UNAVAILABLE', 'shift STOPS_UNAVAILABLE'],
  ...[
    'UNKNOWN_POINT',
    'UNKNOWN_SITE',
    'NO_POINT_FREE',
    'WRONG_COMPANY',
    'POINT_NOT_AVAILABLE',
    'WINDOW_PAST',
  ],
  ...['TOO_SOON', 'TOO_FAR', 'TOO_LONG', 'POINT_CLOSED', 'STOP_REPEATED', 'POINT_TAKEN', 'POINT_PRIORITY'],
  ...['stop PLANNED', 'stop ACTIVE', 'stop FULFILLED', 'stop NO_SHOW', 'stop RELEASED', 'stop EXPIRED'],
  ...['stop DISPLACED', 'reservation HELD', 'reservation CONFIRMED', 'reservation FULFILLED'],
  ...['reservation EXPIRED', 'reservation CANCELED'],
];

describe('whatever holders do with their trips', () => {
  it('the ledger decides as the plain model does, and remembers the same', () => {
    const coverage = new Coverage();
    coverage.check(
      fc.property(steps(100), (made) => {
        const ledger = fresh();
        const model = new Model2(baseWorld());
        for (const entry of entriesOf(made)) {
          const applied = ledger.apply(entry, 1);
          expectSame(decision(applied.answer), model.apply(entry));
          for (const word of wordsOf(applied, entry)) coverage.saw(word);
          for (const { key } of applied.changes) {
            if (!key.startsWith('v:')) continue;
            const reservationId = key.slice(2);
            const expected = model.reservations.find(({ id }) => id === reservationId)!;
            expectSame(ledger.query({ kind: 'reservation', reservationId }, 0)!, expected);
          }
        }
        const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
        expectSame([...reservationsOf(ledger)].sort(byId), [...model.reservations].sort(byId));
        const notices = [...ledger.rows()].filter(({ key }) => key.startsWith('n:'));
        expectSame(
          notices.map(({ row }) => row).sort(),
          model.notices.map((notice) => JSON.stringify({ v: 1, ...notice })).sort(),
        );
      }),
      120,
      WORDS,
    );
  });

  it('no two stops hold one point at one time, no two vehicles stand there, and a stop is open only in an open reservation', () => {
    fc.assert(
      fc.property(steps(80), (made) => {
        const ledger = fresh();
        for (const entry of entriesOf(made)) ledger.apply(entry, 1);
        const held: { pointId: string; from: number; to: number }[] = [];
        const standing: string[] = [];
        for (const { stops, end, state } of reservationsOf(ledger)) {
          const open = stops.filter(isOpen);
          if (end !== null) expect(open).toEqual([]);
          expect(['HELD', 'CONFIRMED'].includes(state)).toBe(end === null);
          for (const stop of open) {
            const mine = { pointId: stop.pointId, ...span(stop) };
            for (const other of held) {
              const apart = mine.from >= other.to || other.from >= mine.to;
              expect(apart || mine.pointId !== other.pointId).toBe(true);
            }
            held.push(mine);
            if (stop.state === 'ACTIVE') standing.push(stop.pointId);
          }
        }
        expect(new Set(standing).size).toBe(standing.length);
      }),
      { numRuns: 60 },
    );
  });

  it('a refusal changes no row but that of its key, and makes nothing happen', () => {
    fc.assert(
      fc.property(steps(80), (made) => {
        const ledger = fresh();
        for (const entry of entriesOf(made)) {
          const { answer, changes, events } = ledger.apply(entry, 1);
          if (answer.result.kind !== 'refused') continue;
          const others = changes.filter(({ key }) => !key.startsWith('k:') && !key.startsWith('a:'));
          expect(others).toEqual([]);
          expect(events).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a stop goes only where the states say, and an end is reached once', () => {
    const next: Readonly<Record<string, readonly string[]>> = {
      '': ['PLANNED'],
      PLANNED: ['PLANNED', 'ACTIVE', 'NO_SHOW', 'RELEASED', 'DISPLACED', 'EXPIRED'],
      ACTIVE: ['ACTIVE', 'FULFILLED', 'DISPLACED'],
      DISPLACED: ['PLANNED', 'RELEASED'],
      HELD: ['CONFIRMED', 'EXPIRED', 'CANCELED'],
      CONFIRMED: ['FULFILLED', 'EXPIRED', 'CANCELED'],
    };
    fc.assert(
      fc.property(steps(80), (made) => {
        const ledger = fresh();
        for (const entry of entriesOf(made)) {
          for (const event of ledger.apply(entry, 1).events) {
            if (event.kind === 'reservation' && event.from !== '')
              expect(next[event.from]).toContain(event.to);
            if (event.kind === 'stop') expect(next[event.from]).toContain(event.to);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('every hold, and every reservation, ends when time goes on', () => {
    fc.assert(
      fc.property(steps(60), (made) => {
        const ledger = fresh();
        const entries = entriesOf(made);
        for (const entry of entries) ledger.apply(entry, 1);
        const last = entries.at(-1)!;
        // The longest window of the last entry and the longest overstay are over.
        const atMs = last.atMs + 3 * DAY_MS;
        const expire: LedgerEntry['command'] = {
          ...last.command,
          requestKey: '',
          door: 'node',
          notAfterMs: atMs,
          operation: { kind: 'expire' },
        };
        ledger.apply({ index: last.index + 1, atMs, command: expire }, 1);
        expect(reservationsOf(ledger).filter(({ end }) => end === null)).toEqual([]);
        expect(ledger.query({ kind: 'totals' }, atMs).openReservations).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('a ledger restored at any entry, from rows in any order, at any pace, goes on as the other does', () => {
    const paces = fc.constantFrom('at-once', 'row-by-row');
    fc.assert(
      fc.property(steps(80), fc.nat(), fc.boolean(), paces, (made, cut, reversed, pace) => {
        const entries = entriesOf(made);
        const at = cut % entries.length;
        const ledger = fresh();
        for (const entry of entries.slice(0, at)) ledger.apply(entry, 1);
        const rows = [...ledger.rows()];
        const restoration = Ledger.restoring(ledger.meta(), pace);
        restoration.load(reversed ? rows.reverse().map(withBytes) : rows);
        const restored = restoration.finish();
        for (const entry of entries.slice(at)) {
          expectSame(restored.apply(entry, 1), ledger.apply(entry, 1));
          expect(restored.meta()).toEqual(ledger.meta());
          expect(restored.nextDeadlineMs()).toBe(ledger.nextDeadlineMs());
        }
        expect([...restored.rows()]).toEqual([...ledger.rows()]);
        expect(ledger.meta().digest).toBe(digestOf(ledger.rows()));
      }),
      { numRuns: 120 },
    );
  });
});
