import { describe, expect, it } from 'vitest';
import type { Door, Operation, WantedStop } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { ConflictReason, Result } from '../../src/ledger/result.js';
import type { PointStatus } from '../../src/ledger/terms.js';
import {
  changesBeyondKeys,
  DAY_MS,
  HOUR_MS,
  Log,
  MINUTE_MS,
  refusal,
  release,
  reserve,
  START_MS,
  seededLog,
  stop,
} from './log.js';
import { withRowChanged } from './rows.js';

function conflicts(result: Result): readonly (readonly [number, ConflictReason])[] {
  if (result.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(result)}`);
  expect(result.reason).toBe('STOPS_UNAVAILABLE');
  return result.conflicts.map(({ stop, reason }) => [stop, reason]);
}

describe('a reservation', () => {
  it('books every stop, of several companies, in one entry, and is confirmed at once without a hold', () => {
    const log = seededLog();
    const later = START_MS + 2 * HOUR_MS;
    const { answer } = log.apply(reserve([stop('1'), stop('3', { startMs: later }), stop('4')]));
    const id = `r${answer.index}`;
    expect(answer.result).toEqual({
      kind: 'reserved',
      reservationId: id,
      stops: [
        { pointId: '1', startMs: START_MS, endMs: START_MS + HOUR_MS },
        { pointId: '3', startMs: later, endMs: later + HOUR_MS },
        { pointId: '4', startMs: START_MS, endMs: START_MS + HOUR_MS },
      ],
    });
    expect(log.ledger.query({ kind: 'reservation', reservationId: id }, log.atMs)).toMatchObject({
      id,
      holder: 'vehicle-1',
      state: 'CONFIRMED',
      documented: false,
      stops: [{ state: 'PLANNED' }, { state: 'PLANNED' }, { state: 'PLANNED' }],
      madeAtMs: START_MS,
      madeIndex: answer.index,
      holdUntilMs: 0,
      end: null,
    });
  });

  it('books nothing when one stop cannot be had, and changes no row but its key', () => {
    const log = seededLog();
    log.apply(reserve([stop('3')]));
    const refused = log.apply(reserve([stop('1'), stop('3'), stop('2')]));
    expect(conflicts(refused.answer.result)).toEqual([[1, 'POINT_TAKEN']]);
    expect(changesBeyondKeys(refused)).toEqual([]);
    expect(log.result(reserve([stop('1'), stop('2')]))).toMatchObject({ kind: 'reserved' });
  });

  it('that is refused names every stop that could not be had, each with its first reason', () => {
    const log = seededLog();
    log.apply(reserve([stop('2')]));
    const result = log.result(
      reserve([
        stop('nowhere', { company: 'empresa_b', startMs: 1 }),
        stop('1', { company: 'empresa_b', startMs: 1 }),
        stop('2', { startMs: START_MS - 1 }),
        stop('2'),
        stop('3'),
      ]),
    );
    expect(conflicts(result)).toEqual([
      [0, 'UNKNOWN_POINT'],
      [1, 'WRONG_COMPANY'],
      [2, 'WINDOW_PAST'],
      [3, 'STOP_REPEATED'],
    ]);
  });

  it('takes the company by its id or its display id, and any when none is named', () => {
    const log = seededLog();
    const at = (n: number) => ({ startMs: START_MS + n * HOUR_MS });
    expect(log.result(reserve([stop('3', { company: 'empresa_b', ...at(0) })]))).toMatchObject({
      kind: 'reserved',
    });
    expect(log.result(reserve([stop('3', { company: '2', ...at(1) })]))).toMatchObject({ kind: 'reserved' });
    expect(log.result(reserve([stop('3', { company: '', ...at(2) })]))).toMatchObject({ kind: 'reserved' });
    expect(conflicts(log.result(reserve([stop('3', { company: '1', ...at(3) })])))).toEqual([
      [0, 'WRONG_COMPANY'],
    ]);
  });

  it.each<PointStatus>(['occupied', 'faulted', 'offline', 'maintenance'])(
    'of a point that is %s is refused',
    (status) => {
      const ledger = withRowChanged(seededLog().ledger, 'p:3', (row) => row.replace('available', status));
      const log = new Log(ledger);
      expect(conflicts(log.result(reserve([stop('3')])))).toEqual([[0, 'POINT_NOT_AVAILABLE']]);
    },
  );

  it('fits back to back, and not a millisecond closer', () => {
    const log = seededLog();
    const from = (startMs: number, durationMs = HOUR_MS) => reserve([stop('1', { startMs, durationMs })]);
    const middle = START_MS + 10 * HOUR_MS;
    expect(log.result(from(middle))).toMatchObject({ kind: 'reserved' });
    expect(conflicts(log.result(from(middle - HOUR_MS + 1)))).toEqual([[0, 'POINT_TAKEN']]);
    expect(conflicts(log.result(from(middle + HOUR_MS - 1)))).toEqual([[0, 'POINT_TAKEN']]);
    expect(conflicts(log.result(from(middle - HOUR_MS, 3 * HOUR_MS)))).toEqual([[0, 'POINT_TAKEN']]);
    expect(conflicts(log.result(from(middle + MINUTE_MS, MINUTE_MS)))).toEqual([[0, 'POINT_TAKEN']]);
    expect(log.result(from(middle - HOUR_MS))).toMatchObject({ kind: 'reserved' });
    expect(log.result(from(middle + HOUR_MS))).toMatchObject({ kind: 'reserved' });
  });

  it('for next week does not take the point today', () => {
    const log = seededLog();
    log.apply(reserve([stop('1', { startMs: START_MS + 7 * DAY_MS })]));
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('that names a point twice in overlapping windows is refused, in touching ones not', () => {
    const log = seededLog();
    const twice = (secondMs: number) => reserve([stop('1'), stop('3'), stop('1', { startMs: secondMs })]);
    expect(conflicts(log.result(twice(START_MS + HOUR_MS - 1)))).toEqual([
      [0, 'STOP_REPEATED'],
      [2, 'STOP_REPEATED'],
    ]);
    expect(log.result(twice(START_MS + HOUR_MS))).toMatchObject({ kind: 'reserved' });
  });

  it('may start now and not a millisecond before', () => {
    const log = seededLog();
    expect(conflicts(log.result(reserve([stop('1', { startMs: START_MS - 1 })])))).toEqual([
      [0, 'WINDOW_PAST'],
    ]);
    expect(log.result(reserve([stop('1', { startMs: START_MS })]))).toMatchObject({ kind: 'reserved' });
  });

  it("starts at the entry's ledger time when it says now, also when the stamp is behind", () => {
    const log = seededLog();
    log.atMs = START_MS + 500;
    log.apply(reserve([stop('1')]));
    log.atMs = START_MS + 100;
    const { answer } = log.apply(reserve([stop('2')]));
    expect(answer.atMs).toBe(START_MS + 500);
    expect(answer.result).toMatchObject({ stops: [{ startMs: START_MS + 500 }] });
    expect(log.ledger.meta().nowMs).toBe(START_MS + 500);
  });

  it.each<[Door, boolean]>([
    ['legacy-rest', true],
    ['legacy-mqtt', true],
    ['rest', false],
    ['mqtt', false],
    ['grpc', false],
    ['node', false],
  ])('made through the door %s is documented: %s', (door, documented) => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1')]), { door });
    const reservationId = `r${answer.index}`;
    expect(log.ledger.query({ kind: 'reservation', reservationId }, log.atMs)?.documented).toBe(documented);
  });

  it('as a hold is held until its time', () => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1')], 5 * MINUTE_MS));
    const reservationId = `r${answer.index}`;
    expect(log.ledger.query({ kind: 'reservation', reservationId }, log.atMs)).toMatchObject({
      state: 'HELD',
      holdUntilMs: START_MS + 5 * MINUTE_MS,
    });
    expect(log.ledger.nextDeadlineMs()).toBe(START_MS + 5 * MINUTE_MS);
    expect(conflicts(log.result(reserve([stop('1')])))).toEqual([[0, 'POINT_TAKEN']]);
  });

  const many = (n: number): WantedStop[] =>
    Array.from({ length: n }, (_, i) => stop('1', { startMs: START_MS + i * HOUR_MS }));

  it('may have 50 stops, of a minute or of 30 days, and a hold of a second or of a day', () => {
    const log = seededLog();
    expect(log.result(reserve(many(50)))).toMatchObject({ kind: 'reserved' });
    expect(log.result(reserve([stop('2', { durationMs: MINUTE_MS })], 1_000))).toMatchObject({
      kind: 'reserved',
    });
    expect(log.result(reserve([stop('3', { durationMs: 30 * DAY_MS })], DAY_MS))).toMatchObject({
      kind: 'reserved',
    });
  });

  it.each<[string, Operation]>([
    ['no stops', reserve([])],
    ['51 stops', reserve(many(51))],
    ['a stop under a minute', reserve([stop('1', { durationMs: MINUTE_MS - 1 })])],
    ['a stop over 30 days', reserve([stop('1', { durationMs: 30 * DAY_MS + 1 })])],
    ['half a millisecond', reserve([stop('1', { durationMs: MINUTE_MS + 0.5 })])],
    ['a start that is no exact number', reserve([stop('1', { startMs: 2 ** 53 })])],
    ['a start before 1970', reserve([stop('1', { startMs: -1 })])],
    ['a start at 0, which means now on the wire', reserve([stop('1', { startMs: 0 })])],
    ['a hold under a second', reserve([stop('1')], 999)],
    ['a hold over a day', reserve([stop('1')], DAY_MS + 1)],
    ['a negative hold', reserve([stop('1')], -1)],
    ['a point id of 65 characters', reserve([stop('x'.repeat(65))])],
  ])('with %s is refused as a whole', (_, operation) => {
    const log = seededLog();
    expect(log.result(operation)).toMatchObject({ ...refusal('INVALID'), conflicts: [] });
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).openReservations).toBe(0);
  });

  it.each([
    ['no holder', ''],
    ['a holder of 129 characters', 'x'.repeat(129)],
    ['a holder with a line feed', 'a\nb'],
    ['a holder beyond ASCII', 'veículo'],
  ])('for %s is refused and kept under no key', (_, holder) => {
    const log = seededLog();
    const refused = log.apply(reserve([stop('1')]), { holder });
    expect(refused.answer.result).toMatchObject(refusal('INVALID'));
    expect(refused.changes).toEqual([]);
  });

  it('gives a freed window to the next', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')]), { door: 'legacy-rest' });
    expect(conflicts(log.result(reserve([stop('1')])))).toEqual([[0, 'POINT_TAKEN']]);
    log.apply(release(['1']));
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('is not made by an entry that is not the next', () => {
    const log = seededLog();
    const entry = log.entries.at(-1)!;
    expect(() => log.ledger.apply(entry, 1)).toThrow('assertion: entry 7 after entry 7');
    expect(() => log.ledger.apply({ ...entry, index: 9 }, 1)).toThrow('assertion');
    expect(() => log.ledger.skip(9, 1)).toThrow('assertion');
    expect(() => Ledger.empty().apply({ ...entry, index: 1, atMs: Number.NaN }, 1)).toThrow('assertion');
  });
});
