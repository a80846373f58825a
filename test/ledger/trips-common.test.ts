/** What is the same for every operation on a reservation: whose it is, whether it has ended, whether it has changed. */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, START_MS, stop } from './log.js';
import {
  cancel,
  change,
  confirm,
  expire,
  extendHold,
  finish,
  reserved,
  shift,
  start,
  stopStates,
  tripLog,
} from './trips.js';

const LATER = { startMs: START_MS + 10 * HOUR_MS };
const keep = [{ keep: 0 }];

type Make = (reservationId: string, ifIndex: number) => Operation;

const ALL: readonly [string, Make][] = [
  ['confirm', (id, ifIndex) => confirm(id, ifIndex)],
  ['extend-hold', (id, ifIndex) => extendHold(id, HOUR_MS, ifIndex)],
  ['cancel', (id, ifIndex) => cancel(id, [], 'holder', '', ifIndex)],
  ['change', (id, ifIndex) => change(id, keep, ifIndex)],
  ['shift', (id, ifIndex) => shift(id, 0, HOUR_MS, ifIndex)],
  ['start-stop', (id, ifIndex) => start(id, 0, 'holder', ifIndex)],
  ['finish-stop', (id, ifIndex) => finish(id, 0, 'holder', ifIndex)],
];

describe.each(ALL)('%s', (_, make) => {
  it('of a reservation that there is not, or that is not the holder’s, is refused alike', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', LATER)], { holdMs: HOUR_MS });
    for (const [reservationId, holder] of [
      ['r9999', 'vehicle-1'],
      ['', 'vehicle-1'],
      [id, 'vehicle-2'],
    ] as const) {
      const refused = log.apply(make(reservationId, 0), { holder });
      expect(refused.answer.result).toEqual({ ...refusal('UNKNOWN_RESERVATION'), conflicts: [], detail: '' });
      expect(changesBeyondKeys(refused)).toEqual([]);
    }
  });

  it('of one that has ended, or is due to, is refused, and says how it ended', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', LATER)], { holdMs: HOUR_MS });
    const canceled = reserved(log, [stop('3', LATER)]);
    log.apply(cancel(canceled, [], 'holder', 'sold the car'));
    expect(log.result(make(canceled, 0))).toMatchObject({
      ...refusal('ALREADY_ENDED'),
      detail: `CANCELED at ${log.atMs} ms by holder: sold the car`,
    });
    log.atMs += HOUR_MS;
    const due = log.apply(make(id, 0));
    expect(due.answer.result).toMatchObject(refusal('ALREADY_ENDED'));
    expect(changesBeyondKeys(due)).toEqual([]);
    expect(stopStates(log, id)).toEqual(['PLANNED']);
    expire(log);
    expect(log.result(make(id, 0))).toMatchObject(refusal('ALREADY_ENDED'));
  });

  it('of one that changed after the index that the caller knows is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', LATER)], { holdMs: HOUR_MS });
    const seen = log.ledger.appliedIndex;
    expect(log.result(extendHold(id, 2 * HOUR_MS, seen))).toMatchObject({ kind: 'updated' });
    const stale = log.apply(make(id, seen));
    expect(stale.answer.result).toMatchObject(refusal('CHANGED_SINCE'));
    expect(changesBeyondKeys(stale)).toEqual([]);
    expect(log.result(make(id, seen + 1))).not.toMatchObject(refusal('CHANGED_SINCE'));
  });

  it.each([
    ['an id of 65 characters', 'x'.repeat(65), 0],
    ['half an index', 'r1', 1.5],
    ['a negative index', 'r1', -1],
  ])('with %s is refused', (_, id, ifIndex) => {
    expect(tripLog().result(make(id, ifIndex))).toMatchObject(refusal('INVALID'));
  });
});

const NUMBERED: readonly [string, (id: string, number: number) => Operation][] = [
  ['cancel', (id, number) => cancel(id, [number])],
  ['change', (id, number) => change(id, [{ keep: number }])],
  ['shift', (id, number) => shift(id, number, HOUR_MS)],
  ['start-stop', (id, number) => start(id, number)],
  ['finish-stop', (id, number) => finish(id, number)],
];

describe.each(NUMBERED)('%s', (_, make) => {
  it('of a stop that the reservation does not have is refused', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', LATER), stop('3', LATER)]);
    const refused = log.apply(make(id, 2));
    expect(refused.answer.result).toMatchObject(refusal('UNKNOWN_STOP'));
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it.each([-1, 0.5, 100])('of stop %d is refused, as there can be none', (number) => {
    const log = tripLog();
    const id = reserved(log, [stop('1', LATER)]);
    expect(log.result(make(id, number))).toMatchObject(refusal('INVALID'));
  });
});

describe('a company', () => {
  const asB = { originCompany: 'empresa_b', holder: 'node' };
  const asC = { originCompany: 'empresa_c', holder: 'node' };

  it('starts and finishes stops at its own points, and sees no others', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('3')]);
    expect(log.result(start(id, 1, 'company'), asC)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(start(id, 0, 'company'), asB)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(start(id, 7, 'company'), asB)).toMatchObject(refusal('UNKNOWN_STOP'));
    expect(log.result(start(id, 7, 'company'), asC)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(start('r9999', 0, 'company'), asB)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(start(id, 1, 'company'), asB)).toMatchObject({ kind: 'updated' });
    log.atMs += MINUTE_MS;
    expect(log.result(finish(id, 1, 'company'), asB)).toMatchObject({ kind: 'updated' });
    expect(stopStates(log, id)).toEqual(['PLANNED', 'FULFILLED']);
  });

  it('is told of its own stop that the reservation changed, or ended', () => {
    const log = tripLog();
    const id = reserved(log, [stop('3')]);
    const seen = log.ledger.appliedIndex;
    log.apply(shift(id, 0, HOUR_MS));
    expect(log.result(start(id, 0, 'company', seen), asB)).toMatchObject(refusal('CHANGED_SINCE'));
    log.apply(cancel(id));
    expect(log.result(start(id, 0, 'company'), asB)).toMatchObject(refusal('ALREADY_ENDED'));
  });

  it('owns the points of reservations that version 1 made, too', () => {
    const log = tripLog();
    const id = reserved(log, [stop('3')]);
    expect(log.result(start(id, 0, 'holder'), asB)).toMatchObject(refusal('UNKNOWN_RESERVATION'));
    expect(log.result(start(id, 0, 'company'), asB)).toMatchObject({ kind: 'updated' });
  });
});
