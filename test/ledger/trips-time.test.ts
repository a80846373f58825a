import { describe, expect, it } from 'vitest';
import { OVERSTAY_MS_MAX, STOPS_PER_EXPIRE_MAX } from '../../src/ledger/limits.js';
import { HOUR_MS, type Log, MINUTE_MS, reserve, START_MS, stop } from './log.js';
import { reservationRow, stopRow } from './memories.js';
import {
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
  withPoint,
} from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });

describe('a stop that nobody comes to', () => {
  it('is a no-show at the end of the grace, not a millisecond before, and its fee is owed', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.atMs += POLICY.lateMs - 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    log.atMs += 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(view(log, id)).toMatchObject({
      state: 'EXPIRED',
      end: { who: 'time', reason: 'no-show', atMs: log.atMs },
      stops: [{ state: 'NO_SHOW', owedCentavos: POLICY.noShowFeeCentavos, endedAtMs: log.atMs }],
    });
    expect(told(log)).toEqual([`stop-no-show ${id} 0`]);
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('is one with its window at the latest', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1', { durationMs: 5 * MINUTE_MS })]);
    log.atMs += 5 * MINUTE_MS;
    expire(log);
    expect(stopStates(log, id)).toEqual(['NO_SHOW']);
  });

  it('leaves the later stops to the trip, or frees them, as was chosen', () => {
    const log = tripLog();
    const trip = [stop('3', at(-0)), stop('1', at(2)), stop('2', at(4))].map((each, n) => ({
      ...each,
      startMs: START_MS + 2 * n * HOUR_MS,
    }));
    const kept = reserved(log, trip, { holder: 'keeper' });
    const freed = reserved(
      log,
      trip.map((each) => ({ ...each, startMs: each.startMs + HOUR_MS })),
      { afterNoShow: 'free' },
    );
    log.atMs += 75 * MINUTE_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 2 });
    expect(stopStates(log, kept)).toEqual(['NO_SHOW', 'PLANNED', 'PLANNED']);
    expect(view(log, kept).state).toBe('CONFIRMED');
    expect(view(log, freed)).toMatchObject({
      state: 'EXPIRED',
      stops: [
        { state: 'NO_SHOW' },
        { state: 'RELEASED', reason: 'no-show', owedCentavos: 0, endedAtMs: log.atMs },
        { state: 'RELEASED', reason: 'no-show', owedCentavos: 0, endedAtMs: log.atMs },
      ],
    });
    expect(told(log)).toEqual([
      `stop-no-show ${freed} 0`,
      `stop-released ${freed} 1`,
      `stop-released ${freed} 2`,
    ]);
    expect(told(log, 'keeper')).toEqual([`stop-no-show ${kept} 0`]);
  });

  it('frees nothing that comes before it, is under way, or begins with it', () => {
    const log = tripLog();
    const id = reserved(log, [stop('1'), stop('2', at(1)), stop('4', at(1))], { afterNoShow: 'free' });
    log.apply(start(id, 0));
    log.atMs += HOUR_MS;
    log.apply(start(id, 2));
    log.atMs += POLICY.lateMs;
    expire(log);
    expect(stopStates(log, id)).toEqual(['ACTIVE', 'NO_SHOW', 'ACTIVE']);
  });

  it.each(['occupied', 'faulted', 'offline', 'maintenance'] as const)(
    'is displaced where the point is %s then, and owes nothing',
    (status) => {
      const log = tripLog();
      const id = reserved(log, [stop('1')]);
      log.atMs += POLICY.lateMs;
      const busy = withPoint(log, '1', { status, statusUntilMs: START_MS + HOUR_MS });
      expire(busy);
      expect(view(busy, id)).toMatchObject({
        state: 'CONFIRMED',
        end: null,
        stops: [{ state: 'DISPLACED', reason: status, owedCentavos: 0, endedAtMs: 0 }],
      });
      expect(told(busy)).toEqual([`stop-displaced ${id} 0`]);
    },
  );

  it('is displaced where another vehicle still stands, though the point was called available', () => {
    const log = tripLog();
    const other = reserved(log, [stop('1')], { holder: 'vehicle-2' });
    log.apply(start(other), { holder: 'vehicle-2' });
    const id = reserved(log, [stop('1', at(1))]);
    log.atMs += HOUR_MS;
    expire(log);
    const available = withPoint(log, '1', { status: 'available', statusUntilMs: 0, checkAtMs: 0 });
    available.atMs += POLICY.lateMs;
    expire(available);
    expect(view(available, id).stops[0]).toMatchObject({ state: 'DISPLACED', reason: 'occupied' });
  });

  it('of a documented door ends with its window, without a fee', () => {
    const log = tripLog();
    const { answer } = log.apply(reserve([stop('1'), stop('3', { durationMs: 2 * HOUR_MS })]), {
      door: 'legacy-mqtt',
    });
    const id = `r${answer.index}`;
    log.atMs += 2 * HOUR_MS - 1;
    expire(log);
    expect(stopStates(log, id)).toEqual(['PLANNED', 'PLANNED']);
    log.atMs += 1;
    expire(log);
    expect(view(log, id)).toMatchObject({
      state: 'EXPIRED',
      end: { who: 'time', reason: 'window-ended' },
      stops: [
        { state: 'EXPIRED', owedCentavos: 0, endedAtMs: log.atMs },
        { state: 'EXPIRED', owedCentavos: 0 },
      ],
    });
    expect(told(log)).toEqual([]);
  });

  it('that version 1 made, in a trip that version 2 changed, ends with its own window', () => {
    const stops = [stopRow({ terms: null }), stopRow({ pointId: '2', startMs: START_MS + 5 * HOUR_MS })];
    const log = given(tripLog(), { reservation: reservationRow('r7', stops) });
    log.atMs += HOUR_MS - 1;
    expire(log);
    expect(stopStates(log, 'r7')).toEqual(['PLANNED', 'PLANNED']);
    log.atMs += 1;
    expire(log);
    expect(stopStates(log, 'r7')).toEqual(['EXPIRED', 'PLANNED']);
  });
});

describe('a stop that was displaced', () => {
  it('settles when its window is over, and with the last one the reservation ends', () => {
    const stops = [stopRow({ state: 'DISPLACED' }), stopRow({ pointId: '2', state: 'DISPLACED' })];
    const later = { startMs: START_MS + 2 * HOUR_MS, endMs: START_MS + 3 * HOUR_MS };
    const lost = reservationRow('r7', [stops[0]!, { ...stops[1]!, ...later }]);
    const log = given(tripLog(), { reservation: lost });
    log.atMs += HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(view(log, 'r7')).toMatchObject({ end: null, stops: [{ endedAtMs: log.atMs }, { endedAtMs: 0 }] });
    log.atMs += 2 * HOUR_MS;
    expire(log);
    expect(view(log, 'r7')).toMatchObject({
      state: 'EXPIRED',
      end: { who: 'time', reason: 'no-substitute' },
    });
    expect(stopStates(log, 'r7')).toEqual(['DISPLACED', 'DISPLACED']);
  });
});

describe('a stop whose vehicle does not leave', () => {
  const overstaying = (): { log: Log; id: string } => {
    const log = tripLog();
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    return { log, id };
  };

  it('overstays from the end of its window on', () => {
    const { log, id } = overstaying();
    log.atMs += HOUR_MS - 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    log.atMs += 1;
    expect(expire(log)).toMatchObject({ kind: 'expired' });
    expect(view(log, id).stops[0]).toMatchObject({ state: 'ACTIVE', overstaying: true });
    expect(log.result(finish(id))).toMatchObject({ state: 'FULFILLED' });
  });

  it('is fulfilled by time long after it', () => {
    const { log, id } = overstaying();
    log.atMs += HOUR_MS;
    expire(log);
    log.atMs += OVERSTAY_MS_MAX - 1;
    expire(log);
    expect(stopStates(log, id)).toEqual(['ACTIVE']);
    log.atMs += 1;
    expire(log);
    expect(view(log, id)).toMatchObject({
      state: 'FULFILLED',
      end: { who: 'time', reason: 'overstayed' },
      stops: [{ state: 'FULFILLED', overstaying: false, endedAtMs: log.atMs }],
    });
  });

  it('is fulfilled at once when time comes only then', () => {
    const { log, id } = overstaying();
    log.atMs += HOUR_MS + OVERSTAY_MS_MAX;
    expire(log);
    expect(view(log, id).state).toBe('FULFILLED');
  });
});

describe('what is due', () => {
  it('is dealt with in the order of deadlines over all reservations, one stop after the other', () => {
    const log = tripLog({ lateMs: HOUR_MS });
    const long = { durationMs: 4 * HOUR_MS };
    const a = reserved(log, [stop('1', long), stop('2', { ...at(2), ...long })]);
    const b = reserved(log, [stop('3', { ...at(1), ...long }), stop('4', { ...at(3), ...long })]);
    log.atMs += 10 * HOUR_MS;
    const { answer, events } = log.apply({ kind: 'expire' });
    expect(answer.result).toEqual({ kind: 'expired', ended: 4 });
    const order = events.flatMap((event) =>
      event.kind === 'stop' ? [`${event.reservationId} ${event.stop}`] : [],
    );
    expect(order).toEqual([`${a} 0`, `${b} 0`, `${a} 1`, `${b} 1`]);
  });

  it('is at most so many stops an entry, and what is left is due at once again', () => {
    const log = tripLog();
    const hours = Array.from({ length: 50 }, (_, n) => n);
    const trips = 1 + Math.floor(STOPS_PER_EXPIRE_MAX / 50);
    for (let n = 0; n < trips; n += 1) {
      const wanted = hours.map((hour) =>
        stop(`${3 + (n % 2)}`, { ...at(100 * n + hour), durationMs: HOUR_MS }),
      );
      log.apply(reserve(wanted), { door: 'legacy-rest', holder: `vehicle-${n}` });
    }
    log.atMs += 10_000 * HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: trips - 1 });
    expect(log.ledger.nextDeadlineMs()).toBeLessThan(log.atMs);
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(log.ledger.nextDeadlineMs()).toBeNull();
  });

  it('of notices closes them when they are a week old', () => {
    const log = tripLog();
    reserved(log, [stop('1')]);
    log.atMs += POLICY.lateMs;
    expire(log);
    expect(told(log)).toHaveLength(1);
    log.atMs += 7 * 24 * HOUR_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(told(log)).toEqual([]);
  });
});
