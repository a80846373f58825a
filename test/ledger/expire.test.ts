import { describe, expect, it } from 'vitest';
import type { Door, Operation } from '../../src/ledger/command.js';
import type { Log } from './log.js';
import { HOUR_MS, MINUTE_MS, point, refusal, release, reserve, START_MS, seededLog, stop } from './log.js';
import { withRowChanged } from './rows.js';

const EXPIRE: Operation = { kind: 'expire' };

function state(log: Log, reservationId: string) {
  return log.ledger.query({ kind: 'reservation', reservationId }, log.atMs);
}

describe('time', () => {
  it('ends a hold at its deadline and not a millisecond before', () => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1'), stop('3')], 5 * MINUTE_MS));
    const id = `r${answer.index}`;
    log.atMs = START_MS + 5 * MINUTE_MS - 1;
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 0 });
    expect(state(log, id)?.state).toBe('HELD');
    log.atMs += 1;
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 1 });
    expect(state(log, id)).toMatchObject({
      state: 'EXPIRED',
      stops: [{ state: 'EXPIRED' }, { state: 'EXPIRED' }],
      end: { who: 'time', reason: 'hold-expired', atMs: log.atMs },
    });
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('S2: ends nothing without an expire entry: a hold past its deadline still counts as taken', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')], MINUTE_MS));
    log.atMs += 10 * MINUTE_MS;
    expect(log.result(reserve([stop('1')]))).toMatchObject({ conflicts: [{ reason: 'POINT_TAKEN' }] });
    expect(log.ledger.query({ kind: 'point', pointId: '1', windowMs: 1 }, log.atMs)?.free).toBe(false);
    log.apply(EXPIRE);
    expect(log.result(reserve([stop('1')]))).toMatchObject({ kind: 'reserved' });
  });

  it('ends a confirmed reservation with its last window, so that the calendar forgets it', () => {
    const log = seededLog();
    const stops = [stop('1', { startMs: START_MS + HOUR_MS }), stop('3')];
    const { answer } = log.apply(reserve(stops));
    expect(log.ledger.nextDeadlineMs()).toBe(START_MS + 2 * HOUR_MS);
    log.atMs = START_MS + 2 * HOUR_MS;
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 1 });
    expect(state(log, `r${answer.index}`)).toMatchObject({
      state: 'EXPIRED',
      end: { who: 'time', reason: 'window-ended' },
    });
    expect(log.ledger.nextDeadlineMs()).toBeNull();
    expect(log.ledger.query({ kind: 'holder-now', pointId: '1' }, START_MS + HOUR_MS)).toBeNull();
  });

  it('counts only open stops: once the last window is released, the one before it is the last', () => {
    const log = seededLog();
    const stops = [stop('1'), stop('3', { durationMs: 3 * HOUR_MS })];
    log.apply(reserve(stops), { door: 'legacy-rest' });
    expect(log.ledger.nextDeadlineMs()).toBe(START_MS + 3 * HOUR_MS);
    log.apply(release(['3']));
    expect(log.ledger.nextDeadlineMs()).toBe(START_MS + HOUR_MS);
  });

  it('leaves a reservation fulfilled when one of its stops was', () => {
    const log = seededLog();
    const { answer } = log.apply(reserve([stop('1'), stop('3', { durationMs: 2 * HOUR_MS })]));
    const id = `r${answer.index}`;
    const ledger = withRowChanged(log.ledger, `v:${id}`, (row) => row.replace('"PLANNED"', '"FULFILLED"'));
    const index = answer.index + 1;
    const expire = {
      ...log.entries.at(-1)!.command,
      requestKey: '',
      door: 'node',
      operation: EXPIRE,
    } as const;
    const atMs = START_MS + 2 * HOUR_MS;
    ledger.apply({ index, atMs, command: { ...expire, notAfterMs: atMs } }, 1);
    expect(ledger.query({ kind: 'reservation', reservationId: id }, atMs)).toMatchObject({
      state: 'FULFILLED',
      stops: [{ state: 'FULFILLED' }, { state: 'EXPIRED' }],
    });
  });

  it('ends at most 1,000 an entry, in order of deadline and id, and says how many', () => {
    const log = seededLog();
    const ids: string[] = [];
    for (let i = 0; i < 1_003; i += 1) {
      log.apply(point(`p${i}`));
      // The later half is due first.
      const holdMs = MINUTE_MS - (i >= 500 ? 1 : 0);
      ids.push(`r${log.apply(reserve([stop(`p${i}`)], holdMs)).answer.index}`);
    }
    log.atMs += MINUTE_MS;
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 1_000 });
    const left = ids.filter((id) => state(log, id)?.state === 'HELD');
    expect(left).toEqual(
      ids
        .slice(0, 500)
        .sort()
        .slice(-3)
        .sort((a, b) => ids.indexOf(a) - ids.indexOf(b)),
    );
    expect(log.ledger.nextDeadlineMs()).toBe(START_MS + MINUTE_MS);
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 3 });
    expect(log.result(EXPIRE)).toEqual({ kind: 'expired', ended: 0 });
    expect(log.ledger.query({ kind: 'totals' }, log.atMs)).toMatchObject({
      openReservations: 0,
      endedReservations: 1_003,
    });
  });

  it('is let end things only by the node itself, without a key', () => {
    const log = seededLog();
    log.apply(reserve([stop('1')], MINUTE_MS));
    log.atMs += HOUR_MS;
    const doors: readonly Door[] = ['rest', 'legacy-rest', 'mqtt', 'legacy-mqtt', 'grpc'];
    for (const door of doors) expect(log.result(EXPIRE, { door })).toMatchObject(refusal('INVALID'));
    const keyed = log.apply(EXPIRE, { requestKey: 'key' });
    expect(keyed.answer.result).toMatchObject(refusal('INVALID'));
    expect(keyed.changes).toEqual([]);
    expect(log.ledger.query({ kind: 'totals' }, log.atMs).openReservations).toBe(1);
  });
});
