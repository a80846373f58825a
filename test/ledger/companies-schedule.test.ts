import { describe, expect, it } from 'vitest';
import type { OperationOf } from '../../src/ledger/command.js';
import { BOOKED_NAMED_MAX, DISPLACED_PER_ENTRY_MAX } from '../../src/ledger/limits.js';
import { crowd, pointOf, report, schedule } from './companies.js';
import { changesBeyondKeys, DAY_MS, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { waitRow } from './memories.js';
import { expire, given, reserved, start, stopStates, told, tripLog, view } from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });
const between = (from: number, to: number) => ({
  startMs: START_MS + from * HOUR_MS,
  endMs: START_MS + to * HOUR_MS,
});

/** The tests begin on a Thursday at midnight, UTC. */
const THURSDAY = 3 * 24 * 60;
const OFFICE = [{ startMinute: THURSDAY + 8 * 60, endMinute: THURSDAY + 18 * 60 }];

describe('a schedule', () => {
  it('lets nobody reserve outside its hours, in local time, or into its maintenance', () => {
    const log = tripLog();
    const hours = { weekly: OFFICE, utcOffsetMinutes: -180, maintenance: [between(15, 16)] };
    expect(log.result(schedule('1', hours))).toEqual({
      kind: 'point-updated',
      pointId: '1',
      displaced: 0,
      told: 0,
      more: false,
    });
    const kindAt = (hour: number) => log.result(reserve([stop('1', at(hour))]));
    const closed = { conflicts: [{ stop: 0, pointId: '1', reason: 'POINT_CLOSED' }] };
    expect(kindAt(10)).toMatchObject(closed);
    expect(kindAt(11)).toMatchObject({ kind: 'reserved' });
    expect(kindAt(14.5)).toMatchObject(closed);
    expect(kindAt(16)).toMatchObject({ kind: 'reserved' });
    expect(kindAt(20.5)).toMatchObject(closed);
    expect(log.result(reserve([stop('2', at(10))]))).toMatchObject({ kind: 'reserved' });
  });

  it('that booked stops do not fit is refused and names them, unless they are to be displaced', () => {
    const log = tripLog();
    const fits = reserved(log, [stop('1', at(9))]);
    const early = reserved(log, [stop('2', at(1)), stop('1', at(7.5))], { holder: 'b' });
    const refused = log.apply(schedule('1', { weekly: OFFICE }));
    expect(refused.answer.result).toEqual({
      ...refusal('HAS_BOOKINGS'),
      conflicts: [{ stop: 1, pointId: '1', reason: 'POINT_CLOSED' }],
      detail: `stop 1 of ${early}`,
    });
    expect(changesBeyondKeys(refused)).not.toContain('h:1');
    expect(log.result(schedule('1', { weekly: OFFICE, displace: true }))).toMatchObject({ displaced: 1 });
    expect(stopStates(log, fits)).toEqual(['PLANNED']);
    expect(view(log, early)).toMatchObject({
      end: null,
      stops: [{ state: 'PLANNED' }, { state: 'DISPLACED', reason: 'closed', owedCentavos: 0 }],
    });
    expect([told(log), told(log, 'b')]).toEqual([[], [`stop-displaced ${early} 1`]]);
  });

  it('judges of a stop under way only what is to come of it', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', { durationMs: 3 * HOUR_MS })]);
    log.apply(start(id));
    log.atMs += HOUR_MS;
    expect(log.result(schedule('1', { maintenance: [between(0, 1)] }))).toMatchObject({ displaced: 0 });
    const soon = { maintenance: [between(2, 4)] };
    expect(log.result(schedule('1', soon))).toMatchObject(refusal('HAS_BOOKINGS'));
    expect(log.result(schedule('1', { ...soon, displace: true }))).toMatchObject({ displaced: 1 });
    expect(stopStates(log, id)).toEqual(['DISPLACED']);
  });

  it('takes the place of the last one, and who waits for new hours is asked', () => {
    const closed = tripLog();
    closed.apply(schedule('1', { weekly: OFFICE }));
    const wish = waitRow('w7', { stops: [{ ...stop('1'), ...at(2) }], endsAtMs: START_MS + 2 * HOUR_MS });
    const log = given(closed, { wait: wish });
    const { answer } = log.apply(schedule('1'));
    expect(view(log, `r${answer.index}.1`)).toMatchObject({ holder: 'y', state: 'HELD' });
    expect(JSON.parse(log.rows().get('h:1')!)).toMatchObject({ weekly: [], maintenance: [] });
  });

  it('does not count what is over', () => {
    const log = tripLog();
    reserved(log, [stop('1')], { holdMs: MINUTE_MS });
    log.atMs += 2 * MINUTE_MS;
    expect(log.result(schedule('1', { maintenance: [between(0, 5)] }))).toMatchObject({ displaced: 0 });
  });

  it('names the first 50 that are in the way', () => {
    const log = tripLog();
    const [first] = crowd(log, '1', BOOKED_NAMED_MAX + 10);
    const result = log.result(schedule('1', { maintenance: [between(0, 5)] }));
    expect(result).toHaveProperty('conflicts.length', BOOKED_NAMED_MAX);
    expect(result).toHaveProperty('conflicts.1', { stop: 1, pointId: '1', reason: 'POINT_CLOSED' });
    expect(result).toHaveProperty('detail', expect.stringContaining(`stop 49 of ${first}`));
  });

  it('displaces 256 an entry, and the rest at once after', () => {
    const log = tripLog();
    const ids = crowd(log, '1', DISPLACED_PER_ENTRY_MAX + 60);
    const closing = schedule('1', { maintenance: [between(0, 24)], displace: true });
    expect(log.result(closing)).toMatchObject({ displaced: DISPLACED_PER_ENTRY_MAX, more: true });
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(new Set(ids.flatMap((id) => stopStates(log, id)))).toEqual(new Set(['DISPLACED']));
    expect(pointOf(log, '1')).toMatchObject({ checkAtMs: 0, checkFromMs: 0, checkToMs: 0 });
  });

  it('and a status that both have more to do are done together', () => {
    const log = tripLog();
    const ids = crowd(log, '1', 2 * DISPLACED_PER_ENTRY_MAX + 10, START_MS + MINUTE_MS);
    log.apply(report('1', 'faulted', START_MS + 6 * HOUR_MS));
    const closing = schedule('1', { maintenance: [between(0, 24)], displace: true });
    expect(log.result(closing)).toMatchObject({ displaced: DISPLACED_PER_ENTRY_MAX, more: true });
    expire(log);
    const reasons = ids.flatMap((id) => view(log, id).stops.map(({ reason }) => reason));
    expect(reasons.slice(0, 359).every((reason) => reason === 'faulted')).toBe(true);
    expect(reasons.slice(359).every((reason) => reason === 'closed')).toBe(true);
  });

  it.each<[string, Partial<OperationOf<'set-schedule'>>]>([
    ['an offset beyond the Line Islands', { utcOffsetMinutes: 14 * 60 + 1 }],
    ['an offset beyond Baker Island', { utcOffsetMinutes: -12 * 60 - 1 }],
    ['half a minute of offset', { utcOffsetMinutes: 0.5 }],
    ['a span that is empty', { weekly: [{ startMinute: 5, endMinute: 5 }] }],
    ['a span beyond the week', { weekly: [{ startMinute: 0, endMinute: 10_081 }] }],
    ['a span before the week', { weekly: [{ startMinute: -1, endMinute: 5 }] }],
    [
      'spans that overlap',
      {
        weekly: [
          { startMinute: 0, endMinute: 10 },
          { startMinute: 9, endMinute: 20 },
        ],
      },
    ],
    [
      'spans that are not in order',
      {
        weekly: [
          { startMinute: 10, endMinute: 20 },
          { startMinute: 0, endMinute: 5 },
        ],
      },
    ],
    [
      '29 spans',
      { weekly: Array.from({ length: 29 }, (_, n) => ({ startMinute: 2 * n, endMinute: 2 * n + 1 })) },
    ],
    ['maintenance that ends as it begins', { maintenance: [between(1, 1)] }],
    ['maintenance twice at a time', { maintenance: [between(1, 3), between(2, 4)] }],
    [
      '65 windows of maintenance',
      { maintenance: Array.from({ length: 65 }, (_, n) => between(2 * n, 2 * n + 1)) },
    ],
    ['an id of 65 characters', { pointId: 'x'.repeat(65) }],
  ])('with %s is refused', (_, fault) => {
    expect(tripLog().result(schedule('1', fault))).toMatchObject(refusal('INVALID'));
  });

  it('may have spans and windows that touch, and as many as there may be', () => {
    const weekly = Array.from({ length: 28 }, (_, n) => ({ startMinute: 360 * n, endMinute: 360 * (n + 1) }));
    const maintenance = Array.from({ length: 64 }, (_, n) => between(n, n + 1));
    expect(tripLog().result(schedule('1', { weekly, maintenance }))).toMatchObject({ more: false });
  });

  it('of a point that there is not, or by another company, or by none, is refused', () => {
    const log = tripLog();
    expect(log.result(schedule('9'))).toMatchObject(refusal('UNKNOWN_POINT'));
    expect(log.result(schedule('3'))).toMatchObject(refusal('NOT_OWNER'));
    const nobody = { originCompany: 'empresa_x' };
    expect(log.result(schedule('1'), nobody)).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it('is asked when a point is looked at', () => {
    const log = tripLog();
    log.apply(schedule('1', { weekly: OFFICE }));
    const free = (nowMs: number) =>
      log.ledger.query({ kind: 'point', pointId: '1', windowMs: HOUR_MS }, nowMs)?.free;
    expect([7.5, 8, 17, 17.5].map((hours) => free(START_MS + DAY_MS * 7 + hours * HOUR_MS))).toEqual([
      ...[false, true, true, false],
    ]);
  });
});
