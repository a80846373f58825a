import { describe, expect, it } from 'vitest';
import { changesBeyondKeys, DAY_MS, HOUR_MS, MINUTE_MS, refusal, START_MS, stop } from './log.js';
import { reservationRow, stopRow } from './memories.js';
import {
  cancel,
  expire,
  given,
  POLICY,
  reserved,
  shift,
  start,
  stopStates,
  tripLog,
  view,
  withPoint,
} from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });

/** Start and end of each stop, in minutes from the beginning. */
function windows(log: ReturnType<typeof tripLog>, id: string): readonly (readonly [number, number])[] {
  return view(log, id).stops.map(({ startMs, endMs }) => [
    (startMs - START_MS) / MINUTE_MS,
    (endMs - START_MS) / MINUTE_MS,
  ]);
}

describe('a shift', () => {
  it('moves a stop and those that start at or after it, and no others', () => {
    const log = tripLog();
    const id = reserved(log, [stop('4', at(12)), stop('1', at(10)), stop('3', at(12)), stop('2', at(11))]);
    expect(log.result(shift(id, 3, 30 * MINUTE_MS))).toMatchObject({ kind: 'updated', state: 'CONFIRMED' });
    expect(windows(log, id)).toEqual([
      [750, 810],
      [600, 660],
      [750, 810],
      [690, 750],
    ]);
  });

  it('moves also what begins with the stop', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10)), stop('3', at(10)), stop('4', at(9))]);
    log.apply(shift(id, 0, 30 * MINUTE_MS));
    expect(windows(log, id).map(([from]) => from)).toEqual([630, 630, 540]);
  });

  it('frees the old windows and books the new ones, also where they overlap', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10)), stop('1', at(11))]);
    log.apply(shift(id, 0, 30 * MINUTE_MS));
    const half = { durationMs: 30 * MINUTE_MS };
    reserved(log, [stop('1', { ...at(10), ...half })], { holder: 'vehicle-2' });
    expect(() => reserved(log, [stop('1', { startMs: START_MS + 12 * HOUR_MS, ...half })])).toThrow(
      'POINT_TAKEN',
    );
  });

  it('names by their numbers the stops that something is in the way of, and moves none', () => {
    const log = tripLog();
    const id = reserved(log, [stop('3', at(9)), stop('1', at(10)), stop('3', at(12)), stop('4', at(14))]);
    reserved(log, [stop('3', at(13)), stop('4', at(15))], { holder: 'vehicle-2' });
    const refused = log.apply(shift(id, 1, MINUTE_MS));
    expect(refused.answer.result).toMatchObject({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [
        { stop: 2, pointId: '3', reason: 'POINT_TAKEN' },
        { stop: 3, pointId: '4', reason: 'POINT_TAKEN' },
      ],
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(windows(log, id)[1]).toEqual([600, 660]);
  });

  it('of a stop under way moves its end', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(2))]);
    log.apply(start(id, 0));
    log.atMs += 59 * MINUTE_MS;
    expect(log.result(shift(id, 0, 30 * MINUTE_MS))).toMatchObject({ kind: 'updated' });
    expect(windows(log, id)).toEqual([
      [0, 90],
      [150, 210],
    ]);
  });

  it('lets a vehicle that overstays go on, and the point is available again', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id, 0));
    log.atMs += HOUR_MS;
    expire(log);
    expect(view(log, id).stops[0]!.overstaying).toBe(true);
    const busy = withPoint(log, '1', { status: 'occupied', statusUntilMs: log.atMs + 15 * MINUTE_MS });
    expect(busy.result(shift(id, 0, HOUR_MS))).toMatchObject({ kind: 'updated' });
    expect(view(busy, id).stops[0]).toMatchObject({ state: 'ACTIVE', overstaying: false });
    const point = busy.ledger.query({ kind: 'point', pointId: '1', windowMs: 1 }, busy.atMs)!.point;
    expect(point).toMatchObject({ status: 'available', statusUntilMs: 0 });
  });

  it('is not stopped by the notice that a company wants, but by its horizon, hours and limits', () => {
    const log = tripLog({ minNoticeMs: HOUR_MS, horizonMs: DAY_MS });
    const id = reserved(log, [stop('1', at(2)), stop('2', at(24))]);
    log.atMs = START_MS + 2 * HOUR_MS - MINUTE_MS;
    expect(log.result(shift(id, 0, 3 * HOUR_MS))).toMatchObject({
      conflicts: [{ stop: 1, pointId: '2', reason: 'TOO_FAR' }],
    });
    expect(log.result(shift(id, 0, MINUTE_MS))).toMatchObject({ kind: 'updated' });
    const maintenance = [{ startMs: START_MS + 4 * HOUR_MS, endMs: START_MS + 5 * HOUR_MS }];
    const schedule = { pointId: '1', utcOffsetMinutes: 0, weekly: [], maintenance };
    const closed = given(log, { schedule });
    expect(closed.result(shift(id, 0, HOUR_MS))).toMatchObject({ conflicts: [{ reason: 'POINT_CLOSED' }] });
    closed.apply(start(id, 0));
    const strict = given(closed, { policy: { company: 'empresa_a', ...POLICY, durationMaxMs: HOUR_MS } });
    expect(strict.result(shift(id, 0, MINUTE_MS))).toMatchObject({ conflicts: [{ reason: 'TOO_LONG' }] });
  });

  it('keeps the terms of the stops', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(2))]);
    const terms = view(log, id).stops[0]!.terms;
    const next = given(log, { policy: { company: 'empresa_a', ...POLICY, bufferMs: HOUR_MS } });
    next.apply(shift(id, 0, HOUR_MS));
    expect(view(next, id).stops[0]!.terms).toEqual(terms);
  });

  it('of a hold is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(2))], { holdMs: HOUR_MS });
    expect(log.result(shift(id, 0, HOUR_MS))).toMatchObject(refusal('NOT_CONFIRMED'));
  });

  it('of a stop that is neither planned nor under way, or too late for it, is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('2', at(1)), stop('3', at(5))]);
    log.apply(cancel(id, [1]));
    log.atMs += POLICY.lateMs;
    for (const number of [0, 1]) {
      const refused = log.apply(shift(id, number, HOUR_MS));
      expect(refused.answer.result).toMatchObject(refusal('WRONG_STOP_STATE'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    const stops = [stopRow({ state: 'DISPLACED' }), stopRow({ pointId: '2' })];
    const lost = given(log, { reservation: reservationRow('r7', stops, { holder: 'vehicle-1' }) });
    expect(lost.result(shift('r7', 0, HOUR_MS))).toMatchObject(refusal('WRONG_STOP_STATE'));
    expect(stopStates(lost, id)).toEqual(['PLANNED', 'RELEASED', 'PLANNED']);
  });

  it.each([0, MINUTE_MS - 1, DAY_MS + 1, -HOUR_MS, 60_000.5])('by %d ms is refused', (byMs) => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(2))]);
    expect(log.result(shift(id, 0, byMs))).toMatchObject(refusal('INVALID'));
  });
});
