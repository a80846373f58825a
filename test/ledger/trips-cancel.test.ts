import { describe, expect, it } from 'vitest';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
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
  told,
  tripLog,
  view,
} from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });
const trip = [stop('1', at(10)), stop('3', at(12)), stop('2', at(14))];

describe('a cancellation', () => {
  it('of all stops ends the reservation, and the points are free', () => {
    const log = tripLog();
    const id = reserved(log, trip);
    expect(log.result(cancel(id, [], 'holder', 'no time'))).toMatchObject({
      kind: 'updated',
      state: 'CANCELED',
      stops: [{ state: 'RELEASED' }, { state: 'RELEASED' }, { state: 'RELEASED' }],
    });
    expect(view(log, id)).toMatchObject({
      end: { who: 'holder', reason: 'no time', atMs: log.atMs },
      stops: [{ reason: 'no time', endedAtMs: log.atMs, owedCentavos: 0 }, {}, {}],
    });
    expect(log.result(reserve(trip), { holder: 'vehicle-2' })).toMatchObject({ kind: 'reserved' });
  });

  it('of some stops leaves the others, which keep their numbers', () => {
    const log = tripLog();
    const id = reserved(log, trip);
    expect(log.result(cancel(id, [1, 1]))).toMatchObject({ state: 'CONFIRMED' });
    expect(stopStates(log, id)).toEqual(['PLANNED', 'RELEASED', 'PLANNED']);
    expect(log.result(cancel(id, [0, 2]))).toMatchObject({ state: 'CANCELED' });
  });

  it('of a stop that is not planned or displaced is refused, as a whole', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), ...trip.slice(1)]);
    log.apply(cancel(id, [1]));
    log.apply(start(id, 0));
    for (const stops of [[1], [0], [2, 1], [2, 0]]) {
      const refused = log.apply(cancel(id, stops));
      expect(refused.answer.result).toMatchObject(refusal('WRONG_STOP_STATE'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    expect(stopStates(log, id)).toEqual(['ACTIVE', 'RELEASED', 'PLANNED']);
  });

  it('of all leaves a stop that is under way, and is refused when there is no other', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), ...trip.slice(1)]);
    log.apply(start(id, 0));
    expect(log.result(cancel(id))).toMatchObject({ state: 'CONFIRMED' });
    expect(stopStates(log, id)).toEqual(['ACTIVE', 'RELEASED', 'RELEASED']);
    expect(log.result(cancel(id))).toMatchObject(refusal('WRONG_STOP_STATE'));
    expect(log.result(finish(id, 0))).toMatchObject({ state: 'FULFILLED' });
  });

  it('costs the fee that was agreed when it is later than the deadline before the window, and nothing before', () => {
    const log = tripLog();
    const [early, late] = [reserved(log, [stop('1', at(10))]), reserved(log, [stop('2', at(10))])];
    log.atMs = START_MS + 10 * HOUR_MS - POLICY.cancelBeforeMs;
    log.apply(cancel(early));
    log.atMs += 1;
    log.apply(cancel(late));
    expect(view(log, early).stops[0]!.owedCentavos).toBe(0);
    expect(view(log, late).stops[0]!.owedCentavos).toBe(POLICY.lateCancelFeeCentavos);
  });

  it('costs nothing for what was only held, was lost, or an operator took', () => {
    const log = tripLog();
    const held = reserved(log, [stop('1')], { holdMs: HOUR_MS });
    const taken = reserved(log, [stop('2')]);
    const lost = reservationRow('r7', [stopRow({ state: 'DISPLACED', reason: 'faulted' })], {
      holder: 'vehicle-1',
    });
    const next = given(log, { reservation: lost });
    next.atMs += MINUTE_MS;
    next.apply(cancel(held));
    next.apply(cancel('r7', [0]));
    next.apply(cancel(taken, [], 'operator'), { holder: 'admin' });
    for (const id of [held, taken, 'r7']) {
      expect(view(next, id)).toMatchObject({
        state: 'CANCELED',
        stops: [{ state: 'RELEASED', owedCentavos: 0 }],
      });
    }
  });

  it('by an operator ends any reservation, with a reason that its holder is told', () => {
    const log = tripLog();
    const id = reserved(log, trip);
    expect(log.result(cancel(id, [1], 'operator'), { holder: 'admin' })).toMatchObject({
      state: 'CONFIRMED',
    });
    expect(told(log)).toEqual([`stop-released ${id} 1`]);
    expect(log.result(cancel(id, [], 'operator', 'fraud'), { holder: 'admin' })).toMatchObject({
      state: 'CANCELED',
    });
    expect(told(log)).toEqual([`stop-released ${id} 1`, `reservation-canceled ${id}`]);
    expect(view(log, id).end).toEqual({ who: 'operator', reason: 'fraud', atMs: log.atMs });
  });

  it.each<[string, ReturnType<typeof cancel>]>([
    ['by an operator without a reason', cancel('r1', [], 'operator', '')],
    ['with a reason of 201 characters', cancel('r1', [], 'holder', 'x'.repeat(201))],
    [
      'of 101 stops',
      cancel(
        'r1',
        Array.from({ length: 101 }, () => 0),
      ),
    ],
  ])('%s is refused', (_, operation) => {
    expect(tripLog().result(operation)).toMatchObject(refusal('INVALID'));
  });

  it('comes too late for a stop that nobody came to: that is for time to say', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(5))]);
    log.atMs += POLICY.lateMs;
    expect(log.result(cancel(id, [0]))).toMatchObject(refusal('WRONG_STOP_STATE'));
    expect(log.result(cancel(id))).toMatchObject({ state: 'CONFIRMED' });
    expect(stopStates(log, id)).toEqual(['PLANNED', 'RELEASED']);
    expire(log);
    expect(view(log, id)).toMatchObject({
      state: 'EXPIRED',
      end: { who: 'time', reason: 'no-show' },
      stops: [{ state: 'NO_SHOW', owedCentavos: POLICY.noShowFeeCentavos }, { state: 'RELEASED' }],
    });
  });

  it('of what others of the trip fulfilled leaves it fulfilled', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(5))]);
    log.apply(start(id, 0));
    log.apply(finish(id, 0));
    expect(log.result(cancel(id))).toMatchObject({ state: 'FULFILLED' });
  });
});
