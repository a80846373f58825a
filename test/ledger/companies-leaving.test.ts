import { describe, expect, it } from 'vitest';
import { BOOKED_NAMED_MAX, DISPLACED_PER_ENTRY_MAX } from '../../src/ledger/limits.js';
import { crowd, deletePoint, deleteRoute, pointOf, report, schedule } from './companies.js';
import {
  changesBeyondKeys,
  HOUR_MS,
  MINUTE_MS,
  point,
  refusal,
  reserve,
  route,
  START_MS,
  stop,
} from './log.js';
import { waitRow } from './memories.js';
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

describe('a point that is deleted', () => {
  it('is gone at once when nothing is booked there, with its schedule', () => {
    const log = tripLog();
    log.apply(schedule('1', { maintenance: [{ startMs: START_MS, endMs: START_MS + HOUR_MS }] }));
    const applied = log.apply(deletePoint('1'));
    expect(applied.answer.result).toEqual({ kind: 'removed', id: '1' });
    expect(pointOf(log, '1')).toBeUndefined();
    expect([...log.rows().keys()].filter((key) => /^[hpf]:1$/.test(key))).toEqual([]);
    expect(applied.events).toEqual([
      { kind: 'company', company: 'empresa_a', what: 'schedule', id: '1', to: 'deleted' },
      { kind: 'point', pointId: '1', company: 'empresa_a', status: 'deleted', untilMs: 0 },
    ]);
    expect(log.result(reserve([stop('1')]))).toMatchObject({ conflicts: [{ reason: 'UNKNOWN_POINT' }] });
  });

  it('is not deleted over bookings, of which the first are named, without an explicit word', () => {
    const log = tripLog();
    const [id] = crowd(log, '1', BOOKED_NAMED_MAX + 1);
    const refused = log.apply(deletePoint('1'));
    expect(refused.answer.result).toMatchObject(refusal('HAS_BOOKINGS'));
    expect(refused.answer.result).toHaveProperty('conflicts.length', BOOKED_NAMED_MAX);
    const { result } = refused.answer;
    expect(result).toHaveProperty('conflicts.1', { stop: 1, pointId: '1', reason: 'POINT_TAKEN' });
    expect(result).toHaveProperty('detail', expect.stringContaining(`stop 1 of ${id}`));
    expect(changesBeyondKeys(refused)).toEqual([]);
  });

  it('displaces what is planned there on an explicit word, and is gone', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', at(1)), stop('3', at(1))]);
    expect(log.result(deletePoint('1', true))).toEqual({ kind: 'removed', id: '1' });
    expect(view(log, id)).toMatchObject({
      state: 'CONFIRMED',
      stops: [{ state: 'DISPLACED', reason: 'deleted', owedCentavos: 0 }, { state: 'PLANNED' }],
    });
    expect(told(log)).toEqual([`stop-displaced ${id} 0`]);
    expect(pointOf(log, '1')).toBeUndefined();
  });

  it('lets the vehicle that stands there charge to its end, takes nothing new, and goes with it', () => {
    const log = tripLog();
    const active = reserved(log, [stop('1')], { holder: 'a' });
    log.apply(start(active), { holder: 'a' });
    const planned = reserved(log, [stop('1', at(2))]);
    expect(log.result(deletePoint('1', true))).toEqual({
      kind: 'point-updated',
      pointId: '1',
      displaced: 1,
      told: 0,
      more: false,
    });
    expect([stopStates(log, active), stopStates(log, planned)]).toEqual([['ACTIVE'], ['DISPLACED']]);
    expect(pointOf(log, '1')).toMatchObject({ leaving: true, checkAtMs: 0 });
    expect(log.result(reserve([stop('1', at(5))]))).toMatchObject({
      conflicts: [{ reason: 'UNKNOWN_POINT' }],
    });
    expect(log.result(point('1'))).toMatchObject(refusal('HAS_BOOKINGS'));
    expect(log.result(deletePoint('1'))).toMatchObject(refusal('HAS_BOOKINGS'));
    expect(log.result(deletePoint('1', true))).toMatchObject({ displaced: 0, more: false });
    const view = log.ledger.query({ kind: 'point', pointId: '1', windowMs: 1 }, START_MS + 5 * HOUR_MS);
    expect(view).toMatchObject({ free: false });
    const left = log.apply(finish(active), { holder: 'a' });
    expect(left.answer.result).toMatchObject({ state: 'FULFILLED' });
    expect(left.events.at(-1)).toMatchObject({ kind: 'point', status: 'deleted' });
    expect(pointOf(log, '1')).toBeUndefined();
    expect(log.result(point('1'))).toEqual({ kind: 'registered' });
  });

  it('also goes when the vehicle that stood there never said that it left', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    log.apply(deletePoint('1', true));
    log.atMs += HOUR_MS;
    expire(log);
    expect(pointOf(log, '1')).toMatchObject({ leaving: true, status: 'occupied' });
    log.atMs += 12 * HOUR_MS;
    expire(log);
    expect(view(log, id).state).toBe('FULFILLED');
    expect(pointOf(log, '1')).toBeUndefined();
    log.atMs += HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
  });

  it('waits for holds and stops that are over, until time says so', () => {
    const log = tripLog();
    reserved(log, [stop('1', at(1))], { holdMs: MINUTE_MS });
    log.atMs += 2 * MINUTE_MS;
    expect(log.result(deletePoint('1', true))).toMatchObject({ displaced: 0, more: false });
    expect(pointOf(log, '1')).toMatchObject({ leaving: true });
    expire(log);
    expect(pointOf(log, '1')).toBeUndefined();
  });

  it('displaces 256 an entry, goes with the last, and can be cancelled meanwhile by its holders', () => {
    const log = tripLog();
    const ids = crowd(log, '1', DISPLACED_PER_ENTRY_MAX + 94);
    expect(log.result(deletePoint('1', true))).toEqual({
      kind: 'point-updated',
      pointId: '1',
      displaced: DISPLACED_PER_ENTRY_MAX,
      told: 0,
      more: true,
    });
    expect(log.result(cancel(ids.at(-1)!), { holder: 'crowd-300' })).toMatchObject({ kind: 'updated' });
    expire(log);
    expect(pointOf(log, '1')).toBeUndefined();
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).points).toBe(3);
  });

  it('is offered to nobody who waits for it', () => {
    const booked = tripLog();
    reserved(booked, [stop('1', at(1))]);
    const log = given(booked, { wait: waitRow('w7', { stops: [{ ...stop('1'), ...at(1) }] }) });
    log.apply(deletePoint('1', true));
    expect([...log.rows().keys()].filter((key) => key.startsWith('f:'))).toEqual([]);
    expect(told(log, 'y')).toEqual([]);
  });

  it('of another company, of none, or that there is not, is refused', () => {
    const log = tripLog();
    expect(log.result(deletePoint('3'))).toMatchObject(refusal('NOT_OWNER'));
    expect(log.result(deletePoint('9'))).toMatchObject(refusal('UNKNOWN_POINT'));
    expect(log.result(deletePoint('x'.repeat(65)))).toMatchObject(refusal('INVALID'));
    const nobody = { originCompany: 'empresa_x' };
    expect(log.result(deletePoint('1'), nobody)).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it('does not show on routes any more', () => {
    const log = tripLog();
    log.apply(route('7', ['1', '2', '3'], [5, 6]));
    log.apply(deletePoint('1'));
    const shown = log.ledger.query({ kind: 'route', routeId: '7', windowMs: 1 }, log.atMs)!;
    expect(shown.points.map(({ point: each }) => each.id)).toEqual(['2', '3']);
    expect(shown.legMetres).toEqual([6]);
  });
});

describe('a route that is deleted', () => {
  it('is gone, and its points stay', () => {
    const log = tripLog();
    log.apply(route('7', ['1', '3'], [5]));
    expect(log.result(deleteRoute('7'))).toEqual({ kind: 'removed', id: '7' });
    expect(log.ledger.query({ kind: 'routes', windowMs: 1 }, log.atMs)).toEqual([]);
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).points).toBe(4);
  });

  it('of another company, of none, or that there is not, is refused', () => {
    const log = tripLog();
    log.apply(route('7', ['1', '3'], [5]));
    expect(log.result(deleteRoute('8'))).toMatchObject(refusal('UNKNOWN_ROUTE'));
    expect(log.result(deleteRoute('x'.repeat(65)))).toMatchObject(refusal('INVALID'));
    expect(log.result(deleteRoute('7'), { originCompany: 'empresa_b' })).toMatchObject(refusal('NOT_OWNER'));
    const nobody = { originCompany: 'empresa_x' };
    expect(log.result(deleteRoute('7'), nobody)).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });
});

describe('a company that leaves', () => {
  const leave = { kind: 'remove-company' } as const;

  it('goes with its policy once it has neither points nor routes', () => {
    const log = tripLog();
    log.apply(route('7', ['1', '3'], [5]));
    expect(log.result(leave)).toMatchObject(refusal('COMPANY_NOT_EMPTY'));
    log.apply(deletePoint('1'));
    log.apply(deletePoint('2'));
    expect(log.result(leave)).toMatchObject(refusal('COMPANY_NOT_EMPTY'));
    log.apply(deleteRoute('7'));
    expect(log.result(leave)).toEqual({ kind: 'removed', id: 'empresa_a' });
    expect([...log.rows().keys()].filter((key) => /^[cy]:empresa_a$/.test(key))).toEqual([]);
    expect(log.result(leave)).toMatchObject(refusal('UNKNOWN_COMPANY'));
    expect(log.result(point('1'))).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it('cannot go while a point of its is leaving', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    log.apply(deletePoint('1', true));
    log.apply(deletePoint('2'));
    expect(log.result(leave)).toMatchObject(refusal('COMPANY_NOT_EMPTY'));
    log.apply(finish(id));
    expect(log.result(leave)).toEqual({ kind: 'removed', id: 'empresa_a' });
    expect(view(log, id)).toMatchObject({ state: 'FULFILLED', stops: [{ terms: { company: 'empresa_a' } }] });
  });

  it('is known to be empty also after a restart', () => {
    const log = tripLog();
    const again = given(log, {});
    expect(again.result(leave)).toMatchObject(refusal('COMPANY_NOT_EMPTY'));
    for (const id of ['1', '2']) again.apply(deletePoint(id));
    expect(again.result(leave)).toMatchObject({ kind: 'removed' });
  });

  it('and was never registered is refused', () => {
    const nobody = { originCompany: 'empresa_x' };
    expect(tripLog().result(leave, nobody)).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it('may come back, with the points that it had, and without its policy', () => {
    const log = tripLog();
    for (const id of ['1', '2']) log.apply(deletePoint(id));
    log.apply(leave);
    log.apply({ kind: 'register-company', name: 'HenryVolt', displayId: '1' });
    log.apply(point('1'));
    const id = reserved(log, [stop('1')]);
    expect(view(log, id).stops[0]!.terms!.noShowFeeCentavos).not.toBe(POLICY.noShowFeeCentavos);
  });
});

describe('a point that is registered', () => {
  it('or moves to a site, is offered to who waits there', () => {
    const site = { place: 'Valente', connector: 'CCS2', minPowerWatts: 50_000 };
    const wanted = { pointId: '', site, company: '', ...at(1), durationMs: HOUR_MS } as const;
    for (const id of ['1', '9']) {
      const full = tripLog();
      reserved(full, [stop('3', at(1))]);
      const log = given(full, { wait: waitRow('w7', { stops: [wanted], endsAtMs: START_MS + HOUR_MS }) });
      const { answer } = log.apply(point(id, 'Valente'));
      expect(view(log, `r${answer.index}.1`)).toMatchObject({ holder: 'y', stops: [{ pointId: id }] });
    }
  });

  it('again keeps its status and what is left to be done', () => {
    const log = tripLog();
    crowd(log, '1', DISPLACED_PER_ENTRY_MAX + 4, START_MS + MINUTE_MS);
    log.apply(report('1', 'faulted', START_MS + 9 * HOUR_MS));
    const before = pointOf(log, '1')!;
    log.apply({ ...point('1', 'Feira'), powerWatts: 99_000 });
    expect(pointOf(log, '1')).toEqual({ ...before, place: 'Feira', powerWatts: 99_000 });
  });
});
