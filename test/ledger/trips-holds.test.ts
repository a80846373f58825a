import { describe, expect, it } from 'vitest';
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
import { reservationRow, stopRow, waitRow } from './memories.js';
import {
  cancel,
  confirm,
  expire,
  extendHold,
  given,
  POLICY,
  reserved,
  stopStates,
  told,
  tripLog,
  view,
} from './trips.js';

const LATER = stop('1', { startMs: START_MS + 30 * HOUR_MS });

describe('a hold', () => {
  it('is confirmed by its holder, and then time does not end it', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    expect(log.result(confirm(id))).toEqual({
      kind: 'updated',
      reservationId: id,
      state: 'CONFIRMED',
      holdUntilMs: 0,
      stops: [
        { stop: 0, pointId: '1', startMs: LATER.startMs, endMs: START_MS + 31 * HOUR_MS, state: 'PLANNED' },
      ],
    });
    log.atMs += 2 * HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    expect(view(log, id)).toMatchObject({ state: 'CONFIRMED', holdUntilMs: 0, end: null });
  });

  it('is confirmed once', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    log.apply(confirm(id));
    expect(log.result(confirm(id))).toMatchObject(refusal('ALREADY_CONFIRMED'));
    expect(log.result(extendHold(id, HOUR_MS))).toMatchObject(refusal('ALREADY_CONFIRMED'));
  });

  it('is not confirmed when the time to begin one of its stops is over: it would be a no-show at once', () => {
    const log = tripLog();
    const soon = stop('1', { startMs: START_MS + HOUR_MS });
    const id = reserved(log, [soon, LATER], { holdMs: 2 * HOUR_MS });
    log.atMs = START_MS + HOUR_MS + POLICY.lateMs;
    const late = log.apply(confirm(id));
    expect(late.answer.result).toMatchObject({
      ...refusal('WRONG_STOP_STATE'),
      detail: 'the time to begin stop 0 is over',
    });
    expect(changesBeyondKeys(late)).toEqual([]);
    // What can still be had is had without it.
    log.apply(cancel(id, [0]));
    expect(log.result(confirm(id))).toMatchObject({ kind: 'updated', state: 'CONFIRMED' });
    expect(stopStates(log, id)).toEqual(['RELEASED', 'PLANNED']);
  });

  it('is confirmed up to the last moment of its grace, and a documented one up to its end', () => {
    const log = tripLog();
    const soon = stop('1', { startMs: START_MS + HOUR_MS });
    const id = reserved(log, [soon], { holdMs: 2 * HOUR_MS });
    const { answer } = log.apply(
      { kind: 'reserve', stops: [{ ...soon, pointId: '2' }], holdMs: 2 * HOUR_MS },
      { door: 'legacy-rest' },
    );
    log.atMs = START_MS + HOUR_MS + POLICY.lateMs - 1;
    expect(log.result(confirm(id))).toMatchObject({ kind: 'updated', state: 'CONFIRMED' });
    log.atMs = START_MS + 2 * HOUR_MS - 1;
    expect(log.result(confirm(`r${answer.index}`))).toMatchObject({ kind: 'updated', state: 'CONFIRMED' });
  });

  it('is not confirmed at its end or after it, whether or not an entry has said so', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    log.atMs += HOUR_MS - 1;
    log.apply(extendHold(id, 1_000));
    log.atMs += 1_000;
    const late = log.apply(confirm(id));
    expect(late.answer.result).toMatchObject(refusal('ALREADY_ENDED'));
    expect(changesBeyondKeys(late)).toEqual([]);
    expire(log);
    expect(log.result(confirm(id))).toMatchObject({
      ...refusal('ALREADY_ENDED'),
      detail: `EXPIRED at ${log.atMs} ms by time: hold-expired`,
    });
  });

  it('is extended from the entry on, and never made shorter', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    log.atMs += 30 * MINUTE_MS;
    expect(log.result(extendHold(id, HOUR_MS))).toMatchObject({
      state: 'HELD',
      holdUntilMs: START_MS + 90 * MINUTE_MS,
    });
    expect(log.result(extendHold(id, MINUTE_MS))).toMatchObject({ holdUntilMs: START_MS + 90 * MINUTE_MS });
    log.atMs = START_MS + 90 * MINUTE_MS - 1;
    expect(stopStates(log, id)).toEqual(['PLANNED']);
    log.atMs += 1;
    expire(log);
    expect(view(log, id)).toMatchObject({ state: 'EXPIRED', end: { who: 'time', reason: 'hold-expired' } });
  });

  it('is extended to a day from when it was made, and to the end of its first window', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    log.atMs += 30 * MINUTE_MS;
    expect(log.result(extendHold(id, DAY_MS - 30 * MINUTE_MS + 1))).toMatchObject(refusal('HOLD_TOO_LONG'));
    expect(log.result(extendHold(id, DAY_MS - 30 * MINUTE_MS))).toMatchObject({
      holdUntilMs: START_MS + DAY_MS,
    });
    const soon = reserved(
      log,
      [stop('2'), LATER].map((wanted) => ({ ...wanted, pointId: '2' })),
      {
        holdMs: 1_000,
      },
    );
    expect(log.result(extendHold(soon, 2 * HOUR_MS))).toMatchObject({ holdUntilMs: log.atMs + HOUR_MS });
  });

  it.each([0, 999, DAY_MS + 1, 1_000.5, -1])('is not extended by %d ms', (holdMs) => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    expect(log.result(extendHold(id, holdMs))).toMatchObject(refusal('INVALID'));
  });

  it('has its holder told a minute before its end, once, and of its end', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: 2 * MINUTE_MS });
    const short = reserved(log, [{ ...LATER, pointId: '2' }], {
      holdMs: 2 * MINUTE_MS - 1,
      holder: 'vehicle-2',
    });
    log.atMs += MINUTE_MS - 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    log.atMs += 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(told(log)).toEqual([`hold-expires-soon ${id}`]);
    expect(view(log, id)).toMatchObject({ state: 'HELD', holdWarned: true });
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    log.atMs += MINUTE_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 2 });
    expect(told(log)).toEqual([`hold-expires-soon ${id}`, `hold-expired ${id}`]);
    expect(told(log, 'vehicle-2')).toEqual([`hold-expired ${short}`]);
  });

  it('whose end comes before anybody was told of it is not warned of any more', () => {
    const log = tripLog();
    const id = reserved(log, [LATER], { holdMs: HOUR_MS });
    log.atMs += 2 * HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(told(log)).toEqual([`hold-expired ${id}`]);
  });

  it('ends with all its stops, those that a substitute was waited for too', () => {
    const stops = [stopRow({ state: 'DISPLACED', startMs: START_MS + HOUR_MS }), stopRow({ pointId: '2' })];
    const hold = reservationRow('r7', stops, {
      state: 'HELD',
      holdUntilMs: START_MS + 1_000,
      holder: 'vehicle-1',
    });
    const log = given(tripLog(), { reservation: hold });
    log.atMs += 1_000;
    expire(log);
    expect(view(log, 'r7')).toMatchObject({
      state: 'EXPIRED',
      stops: [
        { state: 'DISPLACED', endedAtMs: log.atMs },
        { state: 'EXPIRED', endedAtMs: log.atMs },
      ],
    });
  });

  it('of version 1 can be confirmed and extended, too', () => {
    const log = seededLog();
    const { answer } = log.apply({ kind: 'reserve', stops: [LATER], holdMs: HOUR_MS });
    const id = `r${answer.index}`;
    log.apply({ kind: 'raise-version', ledgerVersion: 2 });
    expect(log.result(extendHold(id, 2 * HOUR_MS))).toMatchObject({ holdUntilMs: START_MS + 2 * HOUR_MS });
    expect(log.result(confirm(id))).toMatchObject({ state: 'CONFIRMED' });
    expect(view(log, id)).toMatchObject({ changedIndex: log.ledger.appliedIndex, stops: [{ terms: null }] });
  });
});

describe('an offer of the waiting list', () => {
  const wait = waitRow('w7', { holder: 'vehicle-1', offer: 'r7' });
  const stops = [stopRow({ startMs: START_MS + HOUR_MS, endMs: START_MS + 2 * HOUR_MS })];
  const offer = reservationRow('r7', stops, {
    state: 'HELD',
    holdUntilMs: START_MS + 10 * MINUTE_MS,
    holder: 'vehicle-1',
    waitId: 'w7',
  });
  const offered = () => given(tripLog(), { wait, reservation: offer });
  const wish = (log: ReturnType<typeof offered>) => log.rows().get('w:w7');

  it('is taken by confirming it', () => {
    const log = offered();
    expect(log.result(confirm('r7'))).toMatchObject({ state: 'CONFIRMED' });
    expect(wish(log)).toBeUndefined();
  });

  it.each(['runs out', 'is declined'])('is missed when it %s', (how) => {
    const log = offered();
    if (how === 'runs out') log.atMs = offer.holdUntilMs;
    else log.apply(cancel('r7'));
    expire(log);
    expect(JSON.parse(wish(log)!)).toMatchObject({ missedOffers: 1 });
    expect(view(log, 'r7').end).not.toBeNull();
  });

  it('is not confirmed by who has 32 bookings, before one of them ends', () => {
    const log = offered();
    const own = Array.from({ length: 32 }, (_, n) =>
      reserved(log, [stop('2', { startMs: START_MS + (2 + n) * HOUR_MS })]),
    );
    const refused = log.apply(confirm('r7'));
    expect(refused.answer.result).toMatchObject(refusal('TOO_MANY_BOOKINGS'));
    expect(changesBeyondKeys(refused)).toEqual([]);
    log.apply(cancel(own[0]!));
    expect(log.result(confirm('r7'))).toMatchObject({ state: 'CONFIRMED' });
    expect(log.result(reserve([stop('3')]))).toMatchObject(refusal('TOO_MANY_BOOKINGS'));
  });

  it('counts neither as a hold nor as a booking before it is confirmed', () => {
    const log = offered();
    const free = stop('2', { durationMs: MINUTE_MS });
    for (let n = 0; n < 4; n += 1) {
      reserved(log, [{ ...free, startMs: START_MS + n * HOUR_MS }], { holdMs: MINUTE_MS });
    }
    expect(log.result({ kind: 'reserve', stops: [stop('3')], holdMs: HOUR_MS })).toMatchObject(
      refusal('TOO_MANY_HOLDS'),
    );
  });
});
