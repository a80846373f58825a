import { describe, expect, it } from 'vitest';
import type { ChangedStop } from '../../src/ledger/command.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { reservationRow, stopRow } from './memories.js';
import {
  cancel,
  change,
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

describe('a change', () => {
  it('keeps what it names, has what is new under the next numbers, and releases the rest', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10)), stop('3', at(12))]);
    expect(log.result(change(id, [stop('4', at(14)), { keep: 0 }]))).toMatchObject({
      kind: 'updated',
      state: 'CONFIRMED',
      stops: [
        { stop: 0, pointId: '1', state: 'PLANNED' },
        { stop: 1, pointId: '3', state: 'RELEASED' },
        { stop: 2, pointId: '4', state: 'PLANNED' },
      ],
    });
    expect(log.result(reserve([stop('3', at(12))]))).toMatchObject({ kind: 'reserved' });
    expect(view(log, id).stops.map(({ endedAtMs }) => endedAtMs)).toEqual([0, log.atMs, 0]);
  });

  it('leaves all as it is when one new stop cannot be had, and names it by its place in the request', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10)), stop('3', at(12))]);
    reserved(log, [stop('4', at(14))], { holder: 'vehicle-2' });
    const refused = log.apply(
      change(id, [{ keep: 0 }, stop('2', at(14)), stop('4', at(14)), stop('no', at(1))]),
    );
    expect(refused.answer.result).toMatchObject({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [
        { stop: 2, pointId: '4', reason: 'POINT_TAKEN' },
        { stop: 3, pointId: 'no', reason: 'UNKNOWN_POINT' },
      ],
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(stopStates(log, id)).toEqual(['PLANNED', 'PLANNED']);
  });

  it('may have the very windows that it gives up, but not those that it keeps', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10)), stop('1', at(11))]);
    const longer = stop('1', { startMs: START_MS + 9 * HOUR_MS, durationMs: 3 * HOUR_MS });
    expect(log.result(change(id, [longer, { keep: 1 }]))).toMatchObject({
      conflicts: [{ stop: 0, pointId: '1', reason: 'POINT_TAKEN' }],
    });
    expect(log.result(change(id, [longer]))).toMatchObject({ kind: 'updated' });
    expect(stopStates(log, id)).toEqual(['RELEASED', 'RELEASED', 'PLANNED']);
  });

  it('costs what a cancellation would for what it gives up late', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1)), stop('2', at(20)), stop('3', at(1))]);
    log.apply(change(id, [stop('4', at(2))]));
    expect(view(log, id).stops.map(({ owedCentavos }) => owedCentavos)).toEqual([
      POLICY.lateCancelFeeCentavos,
      0,
      0,
      0,
    ]);
  });

  it('keeps its stops under the terms that they have, and has the new ones under those of today', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10))]);
    const next = given(log, { policy: { company: 'empresa_a', ...POLICY, horizonMs: HOUR_MS, lateMs: 0 } });
    expect(next.result(change(id, [{ keep: 0 }, stop('2', at(1))]))).toMatchObject({ kind: 'updated' });
    expect(view(next, id).stops.map(({ terms }) => terms?.lateMs)).toEqual([POLICY.lateMs, 0]);
    expect(next.result(change(id, [{ keep: 0 }, stop('2', at(2))]))).toMatchObject({
      conflicts: [{ stop: 1, pointId: '2', reason: 'TOO_FAR' }],
    });
  });

  it('keeps a displaced stop while a substitute can come, and may give it up', () => {
    const stops = [stopRow({ state: 'DISPLACED' }), stopRow({ pointId: '2' })];
    const lost = reservationRow('r7', stops, { holder: 'vehicle-1' });
    const log = given(tripLog(), { reservation: lost });
    expect(log.result(change('r7', [{ keep: 0 }]))).toMatchObject({ kind: 'updated' });
    expect(stopStates(log, 'r7')).toEqual(['DISPLACED', 'RELEASED']);
    expect(log.result(change('r7', [stop('3')]))).toMatchObject({ kind: 'updated' });
    expect(stopStates(log, 'r7')).toEqual(['RELEASED', 'RELEASED', 'PLANNED']);
    log.atMs = START_MS + HOUR_MS;
    expect(log.result(change('r7', [{ keep: 0 }, stop('4')]))).toMatchObject(refusal('ALREADY_ENDED'));
  });

  it('of what has settled, or without what is under way, is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3', at(12)), stop('4')]);
    log.apply(start(id, 0));
    log.apply(cancel(id, [1]));
    log.atMs += POLICY.lateMs;
    for (const stops of [[{ keep: 0 }, { keep: 1 }], [stop('2', at(9))], [{ keep: 0 }, { keep: 2 }]]) {
      const refused = log.apply(change(id, stops));
      expect(refused.answer.result).toMatchObject(refusal('WRONG_STOP_STATE'));
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
    expect(log.result(change(id, [{ keep: 0 }, stop('2', at(9))]))).toMatchObject({ kind: 'updated' });
    // Nobody came to stop 2, and that is for time to say.
    expect(stopStates(log, id)).toEqual(['ACTIVE', 'RELEASED', 'PLANNED', 'PLANNED']);
  });

  it('of a hold leaves it one, which ends with its first window at the latest', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(10))], { holdMs: 5 * HOUR_MS });
    expect(log.result(change(id, [{ keep: 0 }, stop('3', at(20))]))).toMatchObject({
      state: 'HELD',
      holdUntilMs: START_MS + 5 * HOUR_MS,
    });
    expect(log.result(change(id, [{ keep: 1 }, stop('2', at(1))]))).toMatchObject({
      holdUntilMs: START_MS + 2 * HOUR_MS,
    });
  });

  it('of a hold of version 1, which may outlast its windows, does not end it with one that is over', () => {
    const stops = [
      stopRow({ terms: null }),
      stopRow({ terms: null, pointId: '2', startMs: START_MS + 9 * HOUR_MS }),
    ];
    const hold = { state: 'HELD', holdUntilMs: START_MS + 8 * HOUR_MS, changedIndex: 0 } as const;
    const log = given(tripLog(), {
      reservation: reservationRow('r7', stops, { ...hold, holder: 'vehicle-1' }),
    });
    log.atMs += 2 * HOUR_MS;
    expect(log.result(change('r7', [{ keep: 1 }, stop('3', at(9))]))).toMatchObject({
      state: 'HELD',
      holdUntilMs: START_MS + 8 * HOUR_MS,
    });
  });

  it('may not let a reservation have more than a hundred stops in its life', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    let last = 0;
    for (let round = 0; round < 2; round += 1) {
      const wanted = Array.from({ length: 49 }, (_, n) => stop('2', at(2 + n)));
      expect(log.result(change(id, [{ keep: 0 }, ...wanted]))).toMatchObject({ kind: 'updated' });
      last += 49;
    }
    expect(view(log, id).stops).toHaveLength(1 + last);
    const two = [stop('3', at(1)), stop('4', at(1))];
    expect(log.result(change(id, [{ keep: 0 }, ...two]))).toMatchObject(refusal('TOO_MANY_STOPS'));
    expect(log.result(change(id, [{ keep: 0 }, two[0]!]))).toMatchObject({ kind: 'updated' });
    expect(log.result(cancel(id, [99]))).toMatchObject({ kind: 'updated' });
  });

  it.each<[string, readonly ChangedStop[]]>([
    ['no stops', []],
    ['51 stops', [{ keep: 0 }, ...Array.from({ length: 50 }, (_, n) => stop('2', at(n + 1)))]],
    ['a stop that is kept twice', [{ keep: 0 }, { keep: 0 }]],
    ['a stop under a minute', [stop('1', { durationMs: MINUTE_MS - 1 })]],
  ])('to %s is refused', (_, stops) => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    expect(log.result(change(id, stops))).toMatchObject(refusal('INVALID'));
  });

  it('of a stop whose point failed leaves it to its number, and has another under the next', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    const next = withPoint(log, '1', { status: 'faulted', statusUntilMs: START_MS + 5 * HOUR_MS });
    expect(next.result(change(id, [stop('1', at(2))]))).toMatchObject({
      conflicts: [{ reason: 'POINT_NOT_AVAILABLE' }],
    });
    expect(next.result(change(id, [stop('1', at(5))]))).toMatchObject({ kind: 'updated' });
    expect(stopStates(next, id)).toEqual(['RELEASED', 'PLANNED']);
  });
});
