import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../src/ledger/event.js';
import {
  DISPLACED_PER_ENTRY_MAX,
  STATUS_MS_MAX,
  STATUS_STEP_MS,
  STOPS_PER_EXPIRE_MAX,
} from '../../src/ledger/limits.js';
import { crowd, pointOf, report, schedule } from './companies.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { waitRow } from './memories.js';
import { expire, given, reserved, start, stopStates, told, tripLog, view, withPoint } from './trips.js';

const at = (hours: number) => ({ startMs: START_MS + hours * HOUR_MS });
const UNTIL_MS = START_MS + 2 * HOUR_MS;

describe.each(['faulted', 'offline', 'maintenance'] as const)('a point that is reported %s', (status) => {
  it('loses the open stops that overlap the time, for which nothing is owed, and their holders are told', () => {
    const log = tripLog();
    const active = reserved(log, [stop('1')], { holder: 'a' });
    log.apply(start(active), { holder: 'a' });
    const planned = reserved(log, [stop('1', at(1.5)), stop('3', at(1.5))], { holder: 'b' });
    const later = reserved(log, [stop('1', at(3))], { holder: 'c' });
    const elsewhere = reserved(log, [stop('2', at(1))], { holder: 'd' });
    log.atMs += MINUTE_MS;
    expect(log.result(report('1', status))).toEqual({
      kind: 'point-updated',
      pointId: '1',
      displaced: 2,
      told: 0,
      more: false,
    });
    expect(view(log, active)).toMatchObject({
      state: 'CONFIRMED',
      end: null,
      stops: [{ state: 'DISPLACED', reason: status, owedCentavos: 0, endedAtMs: 0 }],
    });
    expect(stopStates(log, planned)).toEqual(['DISPLACED', 'PLANNED']);
    expect(stopStates(log, later)).toEqual(['PLANNED']);
    expect(stopStates(log, elsewhere)).toEqual(['PLANNED']);
    expect(['a', 'b', 'c', 'd'].flatMap((holder) => told(log, holder))).toEqual([
      `stop-displaced ${active} 0`,
      `stop-displaced ${planned} 0`,
    ]);
    expect(pointOf(log, '1')).toMatchObject({ status, statusUntilMs: UNTIL_MS, checkAtMs: UNTIL_MS });
  });

  it('has windows from then on, and none before', () => {
    const log = tripLog();
    log.apply(report('1', status));
    expect(log.result(reserve([stop('1', at(2))]))).toMatchObject({ kind: 'reserved' });
    expect(log.result(reserve([stop('1', at(1))]))).toMatchObject({
      conflicts: [{ reason: 'POINT_NOT_AVAILABLE' }],
    });
  });

  it('stays so for a quarter of an hour more, again and again, and what then overlaps is displaced', () => {
    const log = tripLog();
    log.apply(report('1', status));
    const [first, second, third] = [2, 2.25, 2.5].map((hours) =>
      reserved(log, [stop('1', { ...at(hours), durationMs: 15 * MINUTE_MS })]),
    );
    log.atMs = UNTIL_MS - 1;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 0 });
    log.atMs = UNTIL_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(pointOf(log, '1')).toMatchObject({ status, statusUntilMs: UNTIL_MS + STATUS_STEP_MS });
    expect([first, second, third].map((id) => stopStates(log, id!)[0])).toEqual([
      ...['DISPLACED', 'PLANNED', 'PLANNED'],
    ]);
    log.atMs += STATUS_STEP_MS;
    expire(log);
    expect([second, third].map((id) => stopStates(log, id!)[0])).toEqual(['DISPLACED', 'PLANNED']);
  });
});

describe('a point that is reported occupied', () => {
  it('keeps its stops, and who begins meanwhile is told, once', () => {
    const log = tripLog();
    const active = reserved(log, [stop('1')], { holder: 'a' });
    log.apply(start(active), { holder: 'a' });
    const planned = reserved(log, [stop('1', at(1.5))]);
    reserved(log, [stop('1', at(3))], { holder: 'c' });
    expect(log.result(report('1', 'occupied'))).toMatchObject({ displaced: 0, told: 1, more: false });
    expect(stopStates(log, active)).toEqual(['ACTIVE']);
    expect(stopStates(log, planned)).toEqual(['PLANNED']);
    expect([told(log, 'a'), told(log), told(log, 'c')]).toEqual([[], [`point-occupied ${planned} 0`], []]);
    log.apply(report('1', 'occupied'));
    expect(told(log)).toHaveLength(1);
  });

  it('lets nobody else begin, and who begins when it lasts longer is told then', () => {
    const log = tripLog();
    log.apply(report('1', 'occupied', START_MS + HOUR_MS));
    const next = reserved(log, [stop('1', at(1))]);
    expect(told(log)).toEqual([]);
    log.atMs += HOUR_MS;
    expire(log);
    expect(told(log)).toEqual([`point-occupied ${next} 0`]);
    expect(log.result(start(next))).toMatchObject(refusal('POINT_BUSY'));
    expect(log.result(report('1', 'available'))).toMatchObject({ kind: 'point-updated' });
    expect(log.result(start(next))).toMatchObject({ kind: 'updated' });
  });
});

describe('a holder that was told of an occupied point', () => {
  it('and acknowledged it is not told again when that lasts longer', () => {
    const log = tripLog();
    log.apply(report('1', 'occupied', START_MS + 10 * MINUTE_MS));
    log.apply(report('1', 'available'));
    const id = reserved(log, [stop('1', { startMs: START_MS + 5 * MINUTE_MS })]);
    log.apply(report('1', 'occupied', START_MS + 10 * MINUTE_MS));
    expect(told(log)).toEqual([`point-occupied ${id} 0`]);
    const noticeIds = [...log.rows().keys()].filter((key) => key.startsWith('n:')).map((key) => key.slice(2));
    log.apply({ kind: 'acknowledge', noticeIds });
    log.atMs += 10 * MINUTE_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(pointOf(log, '1')).toMatchObject({ statusUntilMs: log.atMs + STATUS_STEP_MS });
    expect(told(log)).toEqual([]);
  });

  it('nor when its company says the same again, but who begins in what is new of it is', () => {
    const log = tripLog();
    const first = reserved(log, [stop('1', at(1))]);
    const second = reserved(log, [stop('1', at(2.5))]);
    const acknowledge = () => {
      const keys = [...log.rows().keys()].filter((key) => key.startsWith('n:'));
      log.apply({ kind: 'acknowledge', noticeIds: keys.map((key) => key.slice(2)) });
    };
    expect(log.result(report('1', 'occupied', at(2).startMs))).toMatchObject({ told: 1 });
    expect(told(log)).toEqual([`point-occupied ${first} 0`]);
    acknowledge();
    for (const untilMs of [at(2).startMs, at(1.5).startMs, at(2).startMs]) {
      expect(log.result(report('1', 'occupied', untilMs))).toMatchObject({ told: 0, more: false });
    }
    expect(log.result(report('1', 'occupied', at(3).startMs))).toMatchObject({ told: 1 });
    expect(told(log)).toEqual([`point-occupied ${second} 0`]);
    acknowledge();
    // Another word is news to all.
    expect(log.result(report('1', 'faulted', at(3).startMs))).toMatchObject({ displaced: 2 });
  });

  it('nor when the car that stands there, of which its company spoke, does not leave', () => {
    const log = tripLog();
    const active = reserved(log, [stop('1')], { holder: 'a' });
    log.apply(start(active), { holder: 'a' });
    const next = reserved(log, [stop('1', at(1)), stop('1', at(2.1))]);
    log.atMs += HOUR_MS - MINUTE_MS;
    log.apply(report('1', 'occupied', log.atMs + 2 * MINUTE_MS));
    expect(told(log)).toEqual([`point-occupied ${next} 0`]);
    const noticeIds = [...log.rows().keys()].filter((key) => key.startsWith('n:')).map((key) => key.slice(2));
    log.apply({ kind: 'acknowledge', noticeIds });
    log.atMs += MINUTE_MS;
    expire(log);
    expect(pointOf(log, '1')).toMatchObject({ status: 'occupied', statusUntilMs: log.atMs + STATUS_STEP_MS });
    expect(told(log)).toEqual([]);
  });
});

describe('a point that is reported available', () => {
  it('is so until further notice, and time asks no more', () => {
    const log = tripLog();
    log.apply(report('1', 'faulted'));
    log.apply(report('1', 'available'));
    expect(pointOf(log, '1')).toMatchObject({ status: 'available', statusUntilMs: 0, checkAtMs: 0 });
    expect(log.ledger.nextDeadlineMs()).toBeNull();
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('is offered to who waits for it, as is what a shorter status leaves free', () => {
    for (const next of [report('1', 'available'), report('1', 'offline', START_MS + HOUR_MS)]) {
      const faulted = tripLog();
      faulted.apply(report('1', 'faulted'));
      const stops = [{ pointId: '1', company: '', ...at(1), durationMs: HOUR_MS }];
      const log = given(faulted, { wait: waitRow('w7', { stops, endsAtMs: START_MS + HOUR_MS }) });
      const { answer } = log.apply(next);
      expect(view(log, `r${answer.index}.1`)).toMatchObject({ holder: 'y', state: 'HELD' });
    }
  });

  it('is given back what the first status took in a mesh of version 1, which says no time', () => {
    const log = withPoint(tripLog(), '1', { status: 'faulted' });
    expect(log.result(reserve([stop('1', at(90))]))).toMatchObject(refusal('STOPS_UNAVAILABLE'));
    log.apply(report('1', 'available'));
    expect(log.result(reserve([stop('1', at(90))]))).toMatchObject({ kind: 'reserved' });
  });
});

describe('a report', () => {
  it.each([
    ['available until some time', report('1', 'available', UNTIL_MS)],
    ['faulted until further notice', report('1', 'faulted', 0)],
    ['until now', report('1', 'occupied', START_MS)],
    ['until longer than 90 days', report('1', 'offline', START_MS + STATUS_MS_MAX + 1)],
    ['until half a millisecond', report('1', 'offline', START_MS + 0.5)],
    ['of an id of 65 characters', report('x'.repeat(65), 'faulted')],
  ])('that is %s is refused', (_, operation) => {
    const applied = tripLog().apply(operation);
    expect(applied.answer.result).toMatchObject(refusal('INVALID'));
    expect(changesBeyondKeys(applied)).toEqual([]);
  });

  it('may be for 90 days', () => {
    const operation = report('1', 'maintenance', START_MS + STATUS_MS_MAX);
    expect(tripLog().result(operation)).toMatchObject({ kind: 'point-updated' });
  });

  it('of a point that there is not, or by another company, or by none, is refused', () => {
    const log = tripLog();
    expect(log.result(report('9', 'faulted'))).toMatchObject(refusal('UNKNOWN_POINT'));
    expect(log.result(report('3', 'faulted'))).toMatchObject(refusal('NOT_OWNER'));
    const nobody = { originCompany: 'empresa_x' };
    expect(log.result(report('1', 'faulted'), nobody)).toMatchObject(refusal('UNKNOWN_COMPANY'));
    expect(pointOf(log, '1')).toMatchObject({ status: 'available' });
  });

  it('leaves holds that are over, and stops that nobody came to, to time', () => {
    const log = tripLog();
    const held = reserved(log, [stop('1', at(1))], { holdMs: MINUTE_MS });
    const missed = reserved(log, [stop('1')]);
    log.atMs += 30 * MINUTE_MS;
    expect(log.result(report('1', 'faulted'))).toMatchObject({ displaced: 0 });
    expect([...stopStates(log, held), ...stopStates(log, missed)]).toEqual(['PLANNED', 'PLANNED']);
    log.apply(report('1', 'available'));
    expire(log);
    expect([...stopStates(log, held), ...stopStates(log, missed)]).toEqual(['EXPIRED', 'NO_SHOW']);
  });

  it('does not concern a stop whose buffer alone it meets', () => {
    const log = tripLog({ bufferMs: HOUR_MS });
    const id = reserved(log, [stop('1')]);
    log.apply(start(id));
    log.atMs += HOUR_MS + MINUTE_MS;
    expect(log.result(report('1', 'offline'))).toMatchObject({ displaced: 0 });
    expect(stopStates(log, id)).toEqual(['ACTIVE']);
  });
});

describe('a report that concerns very many', () => {
  const COUNT = DISPLACED_PER_ENTRY_MAX + 44;

  it('displaces 256, and the rest at once after', () => {
    const log = tripLog();
    const ids = crowd(log, '1', COUNT, START_MS + MINUTE_MS);
    const states = () => ids.flatMap((id) => stopStates(log, id));
    const untilMs = START_MS + 10 * HOUR_MS;
    expect(log.result(report('1', 'faulted', untilMs))).toMatchObject({ displaced: 256, more: true });
    expect(
      states()
        .slice(0, 256)
        .every((state) => state === 'DISPLACED'),
    ).toBe(true);
    expect(
      states()
        .slice(256)
        .every((state) => state === 'PLANNED'),
    ).toBe(true);
    expect(log.ledger.nextDeadlineMs()).toBe(log.atMs);
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(states().every((state) => state === 'DISPLACED')).toBe(true);
    expect(pointOf(log, '1')).toMatchObject({ checkAtMs: untilMs, checkFromMs: 0, checkToMs: 0 });
  });

  it('tells 256, and the rest at once after, nobody twice', () => {
    const log = tripLog();
    crowd(log, '1', COUNT, START_MS + MINUTE_MS);
    const first = log.apply(report('1', 'occupied', START_MS + 10 * HOUR_MS));
    expect(first.answer.result).toMatchObject({ told: 256, displaced: 0, more: true });
    const second = log.apply({ kind: 'expire' });
    const opened = [first, second].map(({ events }) => events.filter(({ kind }) => kind === 'notice').length);
    expect(opened).toEqual([256, 44]);
    expect(pointOf(log, '1')).toMatchObject({ checkFromMs: 0, checkToMs: 0 });
  });

  it('goes on after a restart just where it stopped', () => {
    const log = tripLog();
    const ids = crowd(log, '1', COUNT, START_MS + MINUTE_MS);
    log.apply(report('1', 'faulted', START_MS + 10 * HOUR_MS));
    const again = given(log, {});
    expire(again);
    expire(log);
    expect(again.ledger.meta()).toEqual(log.ledger.meta());
    expect(stopStates(again, ids.at(-1)!)).not.toContain('PLANNED');
  });

  it('and is withdrawn leaves those in peace that were not dealt with', () => {
    const log = tripLog();
    const ids = crowd(log, '1', COUNT, START_MS + MINUTE_MS);
    log.apply(report('1', 'faulted', START_MS + 10 * HOUR_MS));
    log.apply(report('1', 'available'));
    expire(log);
    const states = ids.flatMap((id) => stopStates(log, id));
    expect(states.filter((state) => state === 'DISPLACED')).toHaveLength(256);
    expect(log.ledger.nextDeadlineMs()).toBeGreaterThan(log.atMs);
  });

  it('goes on with a schedule that has more to do, beyond the status that comes then', () => {
    const log = tripLog();
    const ids = crowd(log, '1', COUNT, START_MS + MINUTE_MS);
    const maintenance = [{ startMs: START_MS, endMs: START_MS + 24 * HOUR_MS }];
    log.apply(schedule('1', { maintenance, displace: true }));
    log.apply(report('1', 'occupied', START_MS + MINUTE_MS));
    expire(log);
    expect(new Set(ids.flatMap((id) => stopStates(log, id)))).toEqual(new Set(['DISPLACED']));
  });

  it('writes so many stops of long trips an entry, and time goes on where it stopped', () => {
    const log = tripLog();
    const perEntry = Math.floor(STOPS_PER_EXPIRE_MAX / 50);
    const trips = 2 * perEntry + 5;
    for (let n = 0; n < trips; n += 1) {
      const minute = (k: number) => ({ startMs: START_MS + (1 + k) * MINUTE_MS, durationMs: MINUTE_MS });
      const others = Array.from({ length: 49 }, (_, k) => stop('3', minute(49 * n + k)));
      const stops = [stop('1', minute(n)), ...others];
      log.apply(reserve(stops), { door: 'legacy-rest', holder: `vehicle-${n}` });
    }
    const untilMs = START_MS + 9 * HOUR_MS;
    expect(log.result(report('1', 'faulted', untilMs))).toMatchObject({ displaced: perEntry, more: true });
    const next = () => {
      const { answer, events } = log.apply({ kind: 'expire' });
      return { ...answer.result, displaced: displacedIn(events) };
    };
    expect([next(), next(), next()]).toEqual([
      { kind: 'expired', ended: 1, displaced: perEntry },
      { kind: 'expired', ended: 1, displaced: trips - 2 * perEntry },
      { kind: 'expired', ended: 0, displaced: 0 },
    ]);
  });
});

function displacedIn(events: readonly LedgerEvent[]): number {
  return events.filter((event) => event.kind === 'stop' && event.to === 'DISPLACED').length;
}
