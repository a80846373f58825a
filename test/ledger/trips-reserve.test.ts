import { describe, expect, it } from 'vitest';
import type { WantedSite } from '../../src/ledger/command.js';
import { HOLDS_PER_HOLDER_MAX, OPEN_PER_HOLDER_MAX } from '../../src/ledger/limits.js';
import {
  changesBeyondKeys,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  refusal,
  reserve,
  START_MS,
  seededLog,
  stop,
} from './log.js';
import { reserved, tripLog, view } from './trips.js';

const hours = (n: number) => ({ startMs: START_MS + n * HOUR_MS });

function site(more: Partial<WantedSite> = {}): WantedSite {
  const where = { place: 'salvador ', connector: 'CCS2', minPowerWatts: 50_000 };
  return { pointId: '', site: where, company: '', startMs: 'now', durationMs: HOUR_MS, ...more };
}

describe('a reservation of version 2', () => {
  it('has the terms of the day, what becomes of it after a no-show, and the entry that changed it', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3')], { afterNoShow: 'free' });
    const index = log.ledger.appliedIndex;
    expect(view(log, id)).toMatchObject({
      id: `r${index}`,
      state: 'CONFIRMED',
      madeIndex: index,
      changedIndex: index,
      afterNoShow: 'free',
      stops: [
        { terms: { company: 'empresa_a', lateMs: 20 * MINUTE_MS } },
        { terms: { company: 'empresa_b' } },
      ],
    });
  });

  it('keeps the later stops after a no-show where nothing is said of it', () => {
    const log = tripLog();
    const { answer } = log.apply(reserve([stop('1')]));
    expect(view(log, `r${answer.index}`)).toMatchObject({ afterNoShow: 'keep', changedIndex: answer.index });
  });

  it('is given the point of a site here, and says which', () => {
    const log = tripLog();
    expect(log.result(reserve([site(), stop('3')]))).toMatchObject({
      kind: 'reserved',
      stops: [{ pointId: '2', startMs: START_MS, endMs: START_MS + HOUR_MS }, { pointId: '3' }],
    });
    const refused = log.apply(reserve([stop('4'), site(), site({ site: { ...site().site, place: 'Lua' } })]));
    expect(refused.answer.result).toMatchObject({
      ...refusal('STOPS_UNAVAILABLE'),
      conflicts: [
        { stop: 1, pointId: '', reason: 'NO_POINT_FREE' },
        { stop: 2, pointId: '', reason: 'UNKNOWN_SITE' },
      ],
    });
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('as a hold ends with its first window at the latest', () => {
    const log = tripLog();
    const short = stop('1', { durationMs: 5 * MINUTE_MS });
    const id = reserved(log, [stop('3'), short], { holdMs: DAY_MS });
    expect(view(log, id).holdUntilMs).toBe(START_MS + 5 * MINUTE_MS);
  });

  it.each<[string, WantedSite]>([
    ['no place', site({ site: { ...site().site, place: '' } })],
    ['no connector', site({ site: { ...site().site, connector: '' } })],
    ['half a watt', site({ site: { ...site().site, minPowerWatts: 1.5 } })],
  ])('at a site with %s is refused', (_, wanted) => {
    expect(tripLog().result(reserve([wanted]))).toMatchObject(refusal('INVALID'));
  });

  it('names at most eight sites', () => {
    const sites = (n: number) => Array.from({ length: n }, (_, i) => site(hours(2 * i)));
    expect(tripLog().result(reserve(sites(9)))).toMatchObject(refusal('INVALID'));
    expect(tripLog().result(reserve(sites(8)))).toMatchObject({ kind: 'reserved' });
  });
});

describe('a holder', () => {
  const each = (n: number) => Array.from({ length: n }, (_, i) => stop('1', hours(2 * i)));

  it('has a bounded number of reservations open, those of documented doors aside', () => {
    const log = tripLog();
    for (const wanted of each(OPEN_PER_HOLDER_MAX)) reserved(log, [wanted]);
    const refused = log.apply(reserve([stop('3')]));
    expect(refused.answer.result).toMatchObject(refusal('TOO_MANY_BOOKINGS'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(reserve([stop('3')]), { door: 'legacy-rest' })).toMatchObject({ kind: 'reserved' });
    expect(log.result(reserve([stop('4')]), { holder: 'vehicle-2' })).toMatchObject({ kind: 'reserved' });
    log.apply({ kind: 'cancel', reservationId: 'r9', ifIndex: 0, stops: [], as: 'holder', reason: '' });
    expect(log.result(reserve([stop('2')]))).toMatchObject({ kind: 'reserved' });
  });

  it('has a bounded number of holds, which count until they are confirmed', () => {
    const log = tripLog();
    const ids = each(HOLDS_PER_HOLDER_MAX).map((wanted) => reserved(log, [wanted], { holdMs: HOUR_MS }));
    const refused = log.apply(reserve([stop('3')], HOUR_MS));
    expect(refused.answer.result).toMatchObject(refusal('TOO_MANY_HOLDS'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(reserve([stop('3')]))).toMatchObject({ kind: 'reserved' });
    log.apply({ kind: 'confirm', reservationId: ids[0]!, ifIndex: 0 });
    expect(log.result(reserve([stop('4')], HOUR_MS))).toMatchObject({ kind: 'reserved' });
  });

  it('is bounded by neither while the mesh runs version 1', () => {
    const log = seededLog();
    for (const wanted of each(OPEN_PER_HOLDER_MAX + 1)) {
      expect(log.result(reserve([wanted], DAY_MS))).toMatchObject({ kind: 'reserved' });
    }
  });
});
