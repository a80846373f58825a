/** Before the model may judge what version 2 does, it must do the same: the same answers and, entry by entry, the same rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry, Operation } from '../../src/ledger/command.js';
import { type Applied, Ledger } from '../../src/ledger/ledger.js';
import type { Query } from '../../src/ledger/query.js';
import type { Answer } from '../../src/ledger/result.js';
import type { RowChange } from '../../src/ledger/state.js';
import { HOUR_MS, MINUTE_MS, START_MS } from '../ledger/log.js';
import { applyEntry } from './model/ledger-model.js';
import { changesBetween } from './model/moments.js';
import { LedgerState } from './model/state.js';
import { viewOf } from './model/views.js';
import { difference, isSame } from './seen.js';
import { CROWDS } from './support/crowds.js';
import { lives } from './support/random-life.js';

/** Rows of request keys and of the audit trail are not the model's. */
const OTHERS = /^[ak]:/;

/** So many more lives than a run of all tests has time for. */
const MORE_RUNS = Number(process.env.MALHA_MODEL_RUNS ?? 0);

describe('the model of version 2', { timeout: 120_000 }, () => {
  it('decides every entry as the ledger does, and leaves the same rows', () => {
    const one = (entries: readonly LedgerEntry[]) => void expectSame(entries);
    fc.assert(fc.property(lives(120), one), { numRuns: 50 + MORE_RUNS });
  });

  it('does so for all that can be done, told and refused', () => {
    const seen = new Map<string, number>();
    const one = (entries: readonly LedgerEntry[]) =>
      void expectSame(entries, (entry, applied) => count(seen, entry, applied));
    // Always the same lives, so that what happens in them is no matter of luck.
    fc.assert(fc.property(lives(120), one), { numRuns: 150, seed: 1 });
    expect(EXPECTED.filter((each) => !seen.has(each))).toEqual([]);
  });

  for (const { what, entriesOf, isMoreThanAnEntryDoes, refusals } of CROWDS) {
    it(`does so when there is too much: ${what}`, () => {
      const seen = new Map<string, number>();
      const left = expectSame(entriesOf(), (entry, applied) => count(seen, entry, applied));
      expect(left > 0).toBe(isMoreThanAnEntryDoes);
      expect(refusals.filter((each) => !seen.has(each))).toEqual([]);
    });
  }

  it('answers every query as the ledger does, at any moment', () => {
    fc.assert(
      fc.property(lives(60), fc.nat({ max: 300 }), (entries, minutes) => {
        const { ledger, state } = both(entries);
        const atMs = state.nowMs + minutes * MINUTE_MS;
        for (const query of queries(entries.length)) {
          const { after: _, requestKeys: __, ...reply } = Object(ledger.query(query, atMs));
          const shown =
            query.kind === 'reservation-page' || query.kind === 'totals' ? reply : ledger.query(query, atMs);
          expect(isSame(viewOf(state, query, atMs), shown), JSON.stringify(query)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('knows every moment at which a reply changes by time alone', () => {
    const asked = queries(60).filter(({ kind }) =>
      /^(point|points|routes|points-between|holder-now)$/.test(kind),
    );
    fc.assert(
      fc.property(lives(60), fc.constantFrom(...asked), (entries, query) => {
        const { state } = both(entries);
        const untilMs = state.nowMs + 10 * HOUR_MS;
        let view = JSON.stringify(viewOf(state, query, state.nowMs));
        for (const atMs of [...changesBetween(state, query, state.nowMs, untilMs), untilMs + 1]) {
          expect(JSON.stringify(viewOf(state, query, atMs - 1))).toBe(view);
          view = JSON.stringify(viewOf(state, query, atMs));
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** Applies a log to both. Returns how many entries left something that is due at once again. */
function expectSame(
  entries: readonly LedgerEntry[],
  look: (entry: LedgerEntry, applied: Applied) => void = () => {},
): number {
  const ledger = Ledger.empty();
  const state = new LedgerState();
  let full = 0;
  for (const entry of entries) {
    const applied = ledger.apply(entry, 1);
    const { answer, repeated, changes } = applied;
    const decision = applyEntry(state, entry);
    const what = `entry ${entry.index}, ${JSON.stringify(entry.command.operation)}`;
    expect(difference(withoutDetail(decision.answer), withoutDetail(answer)), what).toBeNull();
    expect(decision.effect === 'repeated', what).toBe(repeated);
    expect(rowDifference(changes, state), what).toEqual([]);
    if ((ledger.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) <= answer.atMs) full += 1;
    look(entry, applied);
  }
  const left = [...ledger.rows()].filter(({ key }) => !OTHERS.test(key));
  expect(rowDifference(left, state)).toEqual([]);
  expect(state.rows().size).toBe(left.length);
  return full;
}

/** What must have happened in so many lives, or they prove too little. */
const EXPECTED = [
  ...(
    [
      ['reserve', 'reserved STOPS_UNAVAILABLE INVALID'],
      ['confirm', 'updated ALREADY_CONFIRMED ALREADY_ENDED UNKNOWN_RESERVATION CHANGED_SINCE'],
      ['extend-hold', 'updated HOLD_TOO_LONG'],
      ['cancel', 'updated WRONG_STOP_STATE UNKNOWN_STOP INVALID'],
      ['change', 'updated STOPS_UNAVAILABLE WRONG_STOP_STATE'],
      ['shift', 'updated STOPS_UNAVAILABLE NOT_CONFIRMED'],
      ['substitute', 'updated STOPS_UNAVAILABLE WRONG_STOP_STATE'],
      ['start-stop', 'updated TOO_EARLY POINT_BUSY NOT_CONFIRMED'],
      ['finish-stop', 'updated WRONG_STOP_STATE'],
      ['displace-stop', 'updated UNKNOWN_RESERVATION'],
      ['declare-trip', 'trip-declared TICKET_LIVE STOPS_UNAVAILABLE'],
      ['join-waitlist', 'waiting STOPS_UNAVAILABLE'],
      ['leave-waitlist', 'removed UNKNOWN_WAIT'],
      ['acknowledge', 'acknowledged'],
      ['set-policy', 'registered INVALID'],
      ['set-schedule', 'point-updated HAS_BOOKINGS NOT_OWNER'],
      ['report-status', 'point-updated UNKNOWN_POINT'],
      ['delete-point', 'removed point-updated HAS_BOOKINGS'],
      ['delete-route', 'removed UNKNOWN_ROUTE'],
      ['remove-company', 'removed COMPANY_NOT_EMPTY'],
      ['release', 'released NOTHING_RELEASED'],
      ['prune', 'pruned'],
    ] as const satisfies readonly (readonly [Operation['kind'], string])[]
  ).flatMap(([kind, results]) => results.split(' ').map((result) => `${kind} ${result}`)),
  ...'UNKNOWN_POINT UNKNOWN_SITE WRONG_COMPANY POINT_NOT_AVAILABLE WINDOW_PAST TOO_SOON TOO_FAR TOO_LONG'.split(
    ' ',
  ),
  ...'POINT_CLOSED STOP_REPEATED POINT_TAKEN NO_POINT_FREE NOT_HELD'.split(' '),
  ...'stop-displaced point-occupied stop-no-show stop-released hold-expires-soon hold-expired'.split(' '),
  ...'wait-offered wait-ended reservation-canceled'.split(' '),
];

function count(
  seen: Map<string, number>,
  { command }: LedgerEntry,
  { answer: { result }, changes }: Applied,
): void {
  const add = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  add(`${command.operation.kind} ${result.kind === 'refused' ? result.reason : result.kind}`);
  if (result.kind === 'refused') for (const { reason } of result.conflicts) add(reason);
  for (const { key, row } of changes) {
    if (key.startsWith('n:') && row !== null) add((JSON.parse(row) as { notice: string }).notice);
  }
}

function queries(lastIndex: number): readonly Query[] {
  const window = { startMs: START_MS + HOUR_MS, endMs: START_MS + 6 * HOUR_MS };
  const box = { south: -13_000_000, north: -12_000_000, west: -39_000_000, east: -38_000_000 };
  const points = ['1', '2', '10', '3', 'nowhere'];
  return [
    { kind: 'companies' },
    { kind: 'company', company: 'empresa_b' },
    { kind: 'policy', company: 'empresa_a' },
    { kind: 'policy', company: 'nobody' },
    { kind: 'points', windowMs: HOUR_MS },
    { kind: 'routes', windowMs: HOUR_MS },
    { kind: 'points-between', from: 'salvador', to: 'Valente', windowMs: MINUTE_MS },
    { kind: 'point-page', match: {}, windowMs: HOUR_MS, after: '2', limit: 2 },
    {
      kind: 'point-page',
      match: { place: 'SALVADOR', minPowerWatts: 30_000 },
      windowMs: HOUR_MS,
      after: '',
      limit: 9,
    },
    { kind: 'points-for', holder: 'ana', window, connector: 'CCS2', minPowerWatts: 0, box },
    {
      kind: 'points-for',
      holder: 'bia',
      window,
      connector: 'CCS2',
      minPowerWatts: 0,
      box,
      forSubstitute: true,
    },
    { kind: 'calendars', pointIds: points, window },
    { kind: 'reservation-page', match: { holder: 'ana' }, after: 0, limit: 3 },
    { kind: 'reservation-page', match: { pointId: '1', state: 'CONFIRMED' }, after: 128 * 20, limit: 50 },
    { kind: 'reservation-page', match: { company: 'empresa_b' }, after: 0, limit: 50 },
    { kind: 'totals' },
    ...points.flatMap((pointId): Query[] => [
      { kind: 'point', pointId, windowMs: HOUR_MS },
      { kind: 'schedule', pointId },
      { kind: 'holder-now', pointId },
    ]),
    ...['ana', 'bia', 'caio', 'davi'].flatMap((holder): Query[] => [
      { kind: 'open-reservations', holder },
      { kind: 'ticket', holder },
      { kind: 'waits', holder },
      { kind: 'notices', holder },
    ]),
    ...Array.from({ length: lastIndex }, (_, i): Query => ({ kind: 'wait', waitId: `w${i + 1}` })),
  ];
}

function both(entries: readonly LedgerEntry[]): { readonly ledger: Ledger; readonly state: LedgerState } {
  const ledger = Ledger.empty();
  const state = new LedgerState();
  for (const entry of entries) {
    ledger.apply(entry, 1);
    applyEntry(state, entry);
  }
  return { ledger, state };
}

/** Without the sentence, which is for people. */
function withoutDetail({ index, atMs, result }: Answer): object {
  return { index, atMs, result: result.kind === 'refused' ? { ...result, detail: '' } : result };
}

/** Rows of the ledger that the model has otherwise. */
function rowDifference(changes: readonly RowChange[], state: LedgerState): readonly string[] {
  return changes.flatMap(({ key, row }) => {
    if (OTHERS.test(key)) return [];
    const expected = state.row(key);
    const actual = row === null ? undefined : (JSON.parse(row) as object);
    if (actual === undefined || expected === undefined) {
      return actual === expected ? [] : [`${key}: ${row} and ${JSON.stringify(expected)}`];
    }
    return isSame(actual, expected)
      ? []
      : [`${key}: ${difference(actual, expected) ?? difference(expected, actual)}`];
  });
}
