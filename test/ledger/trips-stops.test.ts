import { describe, expect, it } from 'vitest';
import type { PointStatus } from '../../src/ledger/terms.js';
import {
  changesBeyondKeys,
  HOUR_MS,
  type Log,
  MINUTE_MS,
  refusal,
  release,
  reserve,
  START_MS,
  stop,
} from './log.js';
import { reservationRow, stopRow } from './memories.js';
import {
  cancel,
  expire,
  finish,
  given,
  POLICY,
  reserved,
  start,
  stopStates,
  tripLog,
  view,
  withPoint,
} from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });

function statusOf(log: Log, pointId: string): PointStatus {
  return log.ledger.query({ kind: 'point', pointId, windowMs: 1 }, log.atMs)!.point.status;
}

describe('a start', () => {
  it('makes a stop ACTIVE, says when, and the reservation fee is owed', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.atMs += 5 * MINUTE_MS;
    expect(log.result(start(id))).toMatchObject({ kind: 'updated', stops: [{ stop: 0, state: 'ACTIVE' }] });
    expect(view(log, id).stops[0]).toMatchObject({
      startedAtMs: log.atMs,
      endedAtMs: 0,
      owedCentavos: POLICY.reservationFeeCentavos,
    });
    log.atMs += POLICY.lateMs;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
  });

  it('is not to be earlier than the company lets it', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    log.atMs = START_MS + HOUR_MS - POLICY.earlyMs - 1;
    const refused = log.apply(start(id));
    expect(refused.answer.result).toMatchObject(refusal('TOO_EARLY'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    log.atMs += 1;
    expect(log.result(start(id))).toMatchObject({ kind: 'updated' });
  });

  it('before its window keeps others from the point from then on', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    log.atMs = START_MS + HOUR_MS - 5 * MINUTE_MS;
    log.apply(start(id));
    const short = stop('1', { durationMs: 2 * MINUTE_MS });
    expect(log.result(reserve([short]))).toMatchObject({ conflicts: [{ reason: 'POINT_TAKEN' }] });
    log.apply(finish(id));
    expect(log.result(reserve([short]))).toMatchObject({ kind: 'reserved' });
  });

  it('is refused while the window of another is not over', () => {
    const log = tripLog({ lateMs: 2 * HOUR_MS });
    reserved(log, [stop('1')], { holder: 'vehicle-2' });
    const id = reserved(log, [stop('1', at(1))]);
    log.atMs = START_MS + HOUR_MS - 1;
    expect(log.result(start(id))).toMatchObject(refusal('POINT_BUSY'));
    log.atMs += 1;
    expect(log.result(start(id))).toMatchObject({ kind: 'updated' });
  });

  it('is refused while another vehicle stands there, whatever the company said of the point', () => {
    const log = tripLog();
    const other = reserved(log, [stop('1')], { holder: 'vehicle-2' });
    const id = reserved(log, [stop('1', at(1))]);
    log.apply(start(other), { holder: 'vehicle-2' });
    log.atMs = START_MS + HOUR_MS + MINUTE_MS;
    expire(log);
    const available = withPoint(log, '1', { status: 'available', statusUntilMs: 0, checkAtMs: 0 });
    const refused = available.apply(start(id));
    expect(refused.answer.result).toMatchObject(refusal('POINT_BUSY'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    available.apply(finish(other), { holder: 'vehicle-2' });
    expect(available.result(start(id))).toMatchObject({ kind: 'updated' });
  });

  it.each<PointStatus>(['occupied', 'faulted', 'offline', 'maintenance'])(
    'is refused at a point that is %s',
    (status) => {
      const log = tripLog();
      const id = reserved(log, [stop('1')]);
      const next = withPoint(log, '1', { status, statusUntilMs: START_MS + HOUR_MS });
      expect(next.result(start(id))).toMatchObject(refusal('POINT_BUSY'));
    },
  );

  it('of a hold is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')], { holdMs: HOUR_MS });
    expect(log.result(start(id))).toMatchObject(refusal('NOT_CONFIRMED'));
  });

  it('of what is not planned, or too late, is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('2', at(3)), stop('3', at(3))]);
    log.apply(cancel(id, [1]));
    expect(log.result(start(id, 1))).toMatchObject(refusal('WRONG_STOP_STATE'));
    log.apply(start(id, 0));
    expect(log.result(start(id, 0))).toMatchObject(refusal('WRONG_STOP_STATE'));
    const late = reserved(log, [stop('2'), stop('4', at(5))]);
    log.atMs += POLICY.lateMs - 1;
    log.apply(cancel(late, [1]));
    log.atMs += 1;
    expect(log.result(start(late, 0))).toMatchObject(refusal('ALREADY_ENDED'));
    const trip = reserved(log, [stop('4'), stop('4', at(5))]);
    log.atMs += 15 * MINUTE_MS;
    expect(log.result(start(trip, 0))).toMatchObject(refusal('WRONG_STOP_STATE'));
  });

  it('of a stop that version 1 made is possible in its window', () => {
    const first = reservationRow('r7', [stopRow({ terms: null })], { holder: 'vehicle-1', changedIndex: 0 });
    const log = given(tripLog(), { reservation: first });
    log.atMs += 50 * MINUTE_MS;
    expect(log.result(start('r7'))).toMatchObject({ kind: 'updated' });
    expect(view(log, 'r7').stops[0]).toMatchObject({ state: 'ACTIVE', owedCentavos: 0 });
    log.atMs = START_MS + HOUR_MS;
    expire(log);
    expect(view(log, 'r7')).toMatchObject({ state: 'FULFILLED', end: { reason: 'window-ended' } });
  });
});

describe('a finish', () => {
  it('fulfils the stop, and the rest of its window is free', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(3))]);
    log.apply(start(id));
    log.atMs += 20 * MINUTE_MS;
    expect(log.result(finish(id))).toMatchObject({ state: 'CONFIRMED', stops: [{ state: 'FULFILLED' }, {}] });
    expect(view(log, id).stops[0]).toMatchObject({ endedAtMs: log.atMs, owedCentavos: 100 });
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('of the last stop ends the reservation', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    expect(log.result(finish(id))).toMatchObject({ state: 'FULFILLED' });
    expect(view(log, id).end).toEqual({ who: 'holder', reason: 'finished', atMs: log.atMs });
  });

  it('by the company of the last point is told as its word', () => {
    const log = tripLog();
    const id = reserved(log, [stop('3')]);
    log.apply(start(id));
    log.apply(finish(id, 0, 'company'), { originCompany: 'empresa_b', holder: 'node' });
    expect(view(log, id)).toMatchObject({ state: 'FULFILLED', end: { who: 'company', reason: 'finished' } });
  });

  it('of a stop that overstays makes its point available', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    log.atMs += HOUR_MS;
    expire(log);
    const busy = withPoint(log, '1', { status: 'occupied', statusUntilMs: log.atMs + 15 * MINUTE_MS });
    expect(busy.result(finish(id))).toMatchObject({ state: 'FULFILLED' });
    expect(view(busy, id).stops[0]!.overstaying).toBe(false);
    expect(statusOf(busy, '1')).toBe('available');
  });

  it('of a stop that does not leaves the point as its company called it', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    const busy = withPoint(log, '1', { status: 'occupied', statusUntilMs: START_MS + HOUR_MS });
    busy.apply(finish(id));
    expect(statusOf(busy, '1')).toBe('occupied');
  });

  it('of a stop that is not under way is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3')]);
    log.apply(start(id, 0));
    log.apply(finish(id, 0));
    for (const number of [0, 1]) {
      const refused = log.apply(finish(id, number));
      expect(refused.answer.result).toMatchObject(refusal('WRONG_STOP_STATE'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    const held = reserved(log, [stop('4')], { holdMs: HOUR_MS });
    expect(log.result(finish(held))).toMatchObject(refusal('WRONG_STOP_STATE'));
  });
});

describe('the documented cancel in version 2', () => {
  const legacy = { door: 'legacy-rest' } as const;

  it('keeps when the stop ended, and which entry changed the reservation', () => {
    const log = tripLog();
    const { answer } = log.apply(reserve([stop('1'), stop('3')]), legacy);
    log.atMs += MINUTE_MS;
    expect(log.result(release(['1']), legacy)).toEqual({ kind: 'released', pointIds: ['1'] });
    expect(view(log, `r${answer.index}`)).toMatchObject({
      changedIndex: log.ledger.appliedIndex,
      stops: [{ state: 'RELEASED', endedAtMs: log.atMs, owedCentavos: 0 }, { state: 'PLANNED' }],
    });
  });

  it('does not release in the buffer what is over', () => {
    const log = tripLog({ bufferMs: HOUR_MS });
    log.apply(reserve([stop('1'), stop('3', at(2))]), legacy);
    log.atMs += 90 * MINUTE_MS;
    expect(log.result(release(['1']), legacy)).toMatchObject(refusal('NOTHING_RELEASED'));
    expect(log.result(release(['1'], 'any'), legacy)).toEqual({ kind: 'released', pointIds: [] });
  });

  it('finishes what is under way', () => {
    const log = tripLog();
    const { answer } = log.apply(reserve([stop('1')]), legacy);
    const id = `r${answer.index}`;
    log.apply(start(id));
    expect(log.result(release(['1']), legacy)).toEqual({ kind: 'released', pointIds: ['1'] });
    expect(stopStates(log, id)).toEqual(['FULFILLED']);
    expect(view(log, id).state).toBe('FULFILLED');
  });
});
