import { describe, expect, it } from 'vitest';
import { SUBSTITUTES_MAX } from '../../src/ledger/limits.js';
import { displaceStop, report, substitute } from './companies.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { cancel, expire, POLICY, reserved, start, stopStates, told, tripLog, view } from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });

/** A trip by points 1 and 3 whose first stop was displaced. */
function displaced() {
  const log = tripLog();
  const id = reserved(log, [stop('1', at(1)), stop('3', at(3))]);
  log.apply(report('1', 'faulted'));
  return { log, id };
}

describe('a substitute', () => {
  it('takes the place of a displaced stop, under its number, and what was told of it is over', () => {
    const { log, id } = displaced();
    expect(told(log)).toEqual([`stop-displaced ${id} 0`]);
    expect(log.result(substitute(id, [stop('2', at(1.5))]))).toMatchObject({
      kind: 'updated',
      state: 'CONFIRMED',
      stops: [
        { stop: 0, pointId: '2', state: 'PLANNED', startMs: START_MS + 1.5 * HOUR_MS },
        { stop: 1, pointId: '3', state: 'PLANNED' },
      ],
    });
    expect(view(log, id).stops[0]).toMatchObject({
      ...{ reason: '', owedCentavos: 0, startedAtMs: 0, endedAtMs: 0 },
      terms: { company: 'empresa_a', noShowFeeCentavos: POLICY.noShowFeeCentavos },
    });
    expect(told(log)).toEqual([]);
    expect(log.result(reserve([stop('2', at(1.5))]))).toMatchObject({
      conflicts: [{ reason: 'POINT_TAKEN' }],
    });
  });

  it('is the first candidate that can be had, also of another company or at any point of a site', () => {
    const { log, id } = displaced();
    reserved(log, [stop('2', at(1))], { holder: 'b' });
    const site = { place: 'amargosa', connector: 'CCS2', minPowerWatts: 1 };
    const anyThere = { ...stop('', at(1)), pointId: '', site } as const;
    log.apply(substitute(id, [stop('2', at(1)), anyThere, stop('3', at(1))]));
    expect(view(log, id).stops[0]).toMatchObject({ pointId: '4', terms: { company: 'empresa_c' } });
  });

  it('is refused when no candidate can be had, and each is told why', () => {
    const { log, id } = displaced();
    reserved(log, [stop('2', at(1))], { holder: 'b' });
    const refused = log.apply(substitute(id, [stop('2', at(1)), stop('1', at(1)), stop('9', at(1))]));
    expect(refused.answer.result).toMatchObject({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [
        { stop: 0, pointId: '2', reason: 'POINT_TAKEN' },
        { stop: 1, pointId: '1', reason: 'POINT_NOT_AVAILABLE' },
        { stop: 2, pointId: '9', reason: 'UNKNOWN_POINT' },
      ],
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('is not asked for notice', () => {
    const { log, id } = displaced();
    log.apply({ kind: 'set-policy', policy: { ...POLICY, minNoticeMs: 5 * HOUR_MS } });
    expect(log.result(reserve([stop('2', at(1))]))).toMatchObject(refusal('STOPS_UNAVAILABLE'));
    expect(log.result(substitute(id, [stop('2', at(1))]))).toMatchObject({ kind: 'updated' });
  });

  it('is for a planned stop, too, whose point cannot be used when its window begins', () => {
    const log = tripLog();
    const soon = reserved(log, [stop('1', at(1))]);
    const later = reserved(log, [stop('1', at(2))]);
    log.apply(report('1', 'occupied'));
    expect(told(log)).toEqual([`point-occupied ${soon} 0`]);
    expect(log.result(substitute(later, [stop('2', at(2))]))).toMatchObject(refusal('WRONG_STOP_STATE'));
    expect(log.result(substitute(soon, [stop('2', at(1))]))).toMatchObject({ kind: 'updated' });
    expect(told(log)).toEqual([]);
    log.apply(report('1', 'available'));
    expect(log.result(reserve([stop('1', at(1))]))).toMatchObject({ kind: 'reserved' });
  });

  it('may be the same point, once its status is over', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))]);
    log.apply(report('1', 'occupied'));
    log.apply(substitute(id, [stop('1', at(2))]));
    expect(view(log, id).stops[0]).toMatchObject({ pointId: '1', startMs: START_MS + 2 * HOUR_MS });
  });

  it('is not for a stop that has its point, is under way, or is over', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1)), stop('2'), stop('3', at(5))]);
    log.apply(start(id, 1));
    log.apply(cancel(id, [2]));
    for (const number of [0, 1, 2]) {
      const result = log.result(substitute(id, [stop('4', at(1))], number));
      expect(result).toMatchObject(refusal('WRONG_STOP_STATE'));
    }
    log.apply(displaceStop(id, 0));
    log.atMs += 2 * HOUR_MS;
    const late = log.result(substitute(id, [stop('4', at(3))]));
    expect(late).toMatchObject(refusal('WRONG_STOP_STATE'));
    expire(log);
    expect(log.result(substitute(id, [stop('4', at(3))]))).toMatchObject(refusal('WRONG_STOP_STATE'));
  });

  it('lets a hold end with the new window, when that is earlier', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1))], { holdMs: 2 * HOUR_MS });
    log.apply(report('1', 'faulted'));
    log.apply(substitute(id, [stop('2', { durationMs: 30 * MINUTE_MS })]));
    expect(view(log, id)).toMatchObject({ state: 'HELD', holdUntilMs: START_MS + 30 * MINUTE_MS });
  });

  it('of another holder’s stop, of none, or of a reservation that changed or ended, is refused', () => {
    const { log, id } = displaced();
    const wanted = [stop('2', at(1))];
    const other = { holder: 'b' };
    expect(log.result(substitute(id, wanted), other)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(substitute('r999', wanted))).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(substitute(id, wanted, 2))).toMatchObject(refusal('UNKNOWN_STOP'));
    expect(log.result(substitute(id, wanted, -1))).toMatchObject(refusal('INVALID'));
    expect(log.result(substitute(id, wanted, 0, 1))).toMatchObject(refusal('CHANGED_SINCE'));
    log.apply(cancel(id));
    expect(log.result(substitute(id, wanted))).toMatchObject(refusal('ALREADY_ENDED'));
  });

  it.each([
    ['no candidate', []],
    ['more than eight', Array(SUBSTITUTES_MAX + 1).fill(stop('2', at(1)))],
    ['a window of no minute', [stop('2', { ...at(1), durationMs: 1 })]],
  ])('with %s is refused', (_, candidates) => {
    const { log, id } = displaced();
    expect(log.result(substitute(id, candidates))).toMatchObject(refusal('INVALID'));
    expect(stopStates(log, id)).toEqual(['DISPLACED', 'PLANNED']);
  });
});
