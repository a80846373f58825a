import { describe, expect, it } from 'vitest';
import { REASON_LENGTH_MAX, STATUS_STEP_MS } from '../../src/ledger/limits.js';
import { displaceStop, pointOf, report, substitute } from './companies.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { cancel, expire, finish, reserved, shift, start, stopStates, told, tripLog, view } from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });
const asA = { originCompany: 'empresa_a', holder: 'node' };

describe('a company that displaces a stop', () => {
  it('frees the point and owes its holder a word, whatever the stop was', () => {
    for (const isActive of [false, true]) {
      const log = tripLog();
      const id = reserved(log, [stop('1'), stop('3')]);
      if (isActive) log.apply(start(id));
      log.atMs += MINUTE_MS;
      expect(log.result(displaceStop(id), asA)).toMatchObject({
        kind: 'updated',
        state: 'CONFIRMED',
        stops: [
          { stop: 0, state: 'DISPLACED' },
          { stop: 1, state: 'PLANNED' },
        ],
      });
      const lost = { reason: 'the cable is too short', owedCentavos: 0, endedAtMs: 0 };
      expect(view(log, id).stops[0]).toMatchObject(lost);
      expect(told(log)).toEqual([`stop-displaced ${id} 0`]);
      expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
    }
  });

  it('may do so with a hold, which its holder may still confirm with a substitute', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))], { holdMs: HOUR_MS });
    log.apply(displaceStop(id), asA);
    expect(view(log, id)).toMatchObject({ state: 'HELD', end: null, stops: [{ state: 'DISPLACED' }] });
    log.apply(substitute(id, [stop('2', at(1))]));
    expect(log.result({ kind: 'confirm', reservationId: id, ifIndex: 0 })).toMatchObject({
      state: 'CONFIRMED',
      stops: [{ state: 'PLANNED', pointId: '2' }],
    });
  });

  it('frees the point of a vehicle that overstays, which ends the stop', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    log.atMs += HOUR_MS;
    expire(log);
    expect(pointOf(log, '1')).toMatchObject({ status: 'occupied' });
    expect(log.result(displaceStop(id, 0, 'towed'), asA)).toMatchObject({ state: 'EXPIRED' });
    expect(view(log, id).end).toMatchObject({ who: 'company', reason: 'towed' });
    expect(pointOf(log, '1')).toMatchObject({ status: 'available', checkAtMs: 0 });
  });

  it('says whose it must be, and what it must be', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3')]);
    expect(log.result(displaceStop(id, 1), asA)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(displaceStop('r999'), asA)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(displaceStop(id, 2), asA)).toMatchObject(refusal('UNKNOWN_STOP'));
    expect(log.result(displaceStop(id, 0, ''), asA)).toMatchObject(refusal('INVALID'));
    const long = 'x'.repeat(REASON_LENGTH_MAX + 1);
    expect(log.result(displaceStop(id, 0, long), asA)).toMatchObject(refusal('INVALID'));
    const seen = log.ledger.appliedIndex;
    log.apply(cancel(id, [1]));
    expect(log.result(displaceStop(id, 0, 'x', seen - 1), asA)).toMatchObject(refusal('CHANGED_SINCE'));
    log.apply(displaceStop(id), asA);
    const again = log.apply(displaceStop(id), asA);
    expect(again.answer.result).toMatchObject(refusal('WRONG_STOP_STATE'));
    expect(changesBeyondKeys(again)).toEqual([]);
    log.apply(cancel(id));
    expect(log.result(displaceStop(id), asA)).toMatchObject(refusal('ALREADY_ENDED'));
  });

  it('leaves a stop that nobody came to in time to time', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(4))]);
    log.atMs += 30 * MINUTE_MS;
    expect(log.result(displaceStop(id), asA)).toMatchObject(refusal('WRONG_STOP_STATE'));
  });
});

describe('a vehicle that does not leave (rule 12)', () => {
  const overstaying = () => {
    const log = tripLog();
    const x = reserved(log, [stop('1')], { holder: 'x' });
    log.apply(start(x), { holder: 'x' });
    const y = reserved(log, [stop('1', { startMs: START_MS + 65 * MINUTE_MS })], { holder: 'y' });
    const z = reserved(log, [stop('1', at(3))], { holder: 'z' });
    log.atMs += HOUR_MS;
    expire(log);
    return { log, x, y, z };
  };

  it('occupies the point for a quarter of an hour, and who begins in it is told', () => {
    const { log, y, x } = overstaying();
    const untilMs = log.atMs + STATUS_STEP_MS;
    expect(pointOf(log, '1')).toMatchObject({
      status: 'occupied',
      statusUntilMs: untilMs,
      checkAtMs: untilMs,
    });
    expect([told(log, 'y'), told(log, 'z'), told(log, 'x')]).toEqual([[`point-occupied ${y} 0`], [], []]);
    log.atMs += 5 * MINUTE_MS;
    expect(log.result(start(y), { holder: 'y' })).toMatchObject(refusal('POINT_BUSY'));
    log.atMs += 3 * MINUTE_MS;
    log.apply(finish(x), { holder: 'x' });
    expect(pointOf(log, '1')).toMatchObject({ status: 'available', statusUntilMs: 0, checkAtMs: 0 });
    expect(log.result(start(y), { holder: 'y' })).toMatchObject({ kind: 'updated' });
  });

  it('goes on occupying it, until who follows is displaced, and never a no-show', () => {
    const { log, y, z } = overstaying();
    log.atMs += 25 * MINUTE_MS;
    expire(log);
    expect(view(log, y).stops[0]).toMatchObject({ state: 'DISPLACED', reason: 'occupied', owedCentavos: 0 });
    log.atMs = START_MS + 2 * HOUR_MS + 50 * MINUTE_MS;
    expire(log);
    expect(told(log, 'z')).toEqual([`point-occupied ${z} 0`]);
    expect(stopStates(log, z)).toEqual(['PLANNED']);
  });

  it('changes nothing where its company said more', () => {
    for (const status of ['faulted', 'occupied'] as const) {
      const log = tripLog();
      const id = reserved(log, [stop('1')]);
      log.apply(start(id));
      log.atMs += HOUR_MS;
      // Time has not come to the stop yet, whose window is over.
      log.apply(report('1', status, log.atMs + HOUR_MS));
      const before = pointOf(log, '1');
      expire(log);
      expect(view(log, id).stops[0]).toMatchObject({ state: 'ACTIVE', overstaying: true });
      expect(pointOf(log, '1')).toEqual(before);
    }
  });

  it('that its company called available may charge on by a shift', () => {
    const { log, x, y } = overstaying();
    log.apply(cancel(y), { holder: 'y' });
    expect(log.result(shift(x, 0, HOUR_MS), { holder: 'x' })).toMatchObject({ kind: 'updated' });
    expect(pointOf(log, '1')).toMatchObject({ status: 'available' });
    expect(view(log, x).stops[0]).toMatchObject({ state: 'ACTIVE', overstaying: false });
  });

  it('holds the point, though its window is over', () => {
    const { log, x, y } = overstaying();
    const holder = (nowMs: number) => log.ledger.query({ kind: 'holder-now', pointId: '1' }, nowMs)?.id;
    expect(holder(log.atMs)).toBe(x);
    expect(holder(log.atMs + 5 * MINUTE_MS)).toBe(y);
  });
});

describe('who holds a point', () => {
  it('is nobody while it is kept free after a stop', () => {
    const log = tripLog({ bufferMs: HOUR_MS });
    const id = reserved(log, [stop('1')]);
    const holder = (nowMs: number) => log.ledger.query({ kind: 'holder-now', pointId: '1' }, nowMs)?.id;
    expect(holder(START_MS + HOUR_MS - 1)).toBe(id);
    expect(holder(START_MS + HOUR_MS)).toBeUndefined();
  });
});
