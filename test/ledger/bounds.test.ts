/** What bounds the work of one entry, and what the ledger keeps in memory, whatever holders and companies do. */
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/ledger/admission.js';
import type { Command } from '../../src/ledger/command.js';
import { Journal } from '../../src/ledger/journal.js';
import { RequestKeys } from '../../src/ledger/keys.js';
import { DOCUMENTED_PER_HOLDER_MAX } from '../../src/ledger/limits.js';
import type { Context } from '../../src/ledger/operations/context.js';
import { reserve } from '../../src/ledger/operations/reserve.js';
import { Reservations } from '../../src/ledger/reservations.js';
import type { KeyRecord } from '../../src/ledger/state.js';
import { crowd, pointOf, report, schedule } from './companies.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, point, refusal, START_MS, stop } from './log.js';
import { memoryOf, pointRow, reservationRow, stopRow, waitRow } from './memories.js';
import { cancel, change, expire, reserved, stopStates, tripLog, view, withPoint } from './trips.js';
import { declare, join, joined, TEN, ticketOf, wish } from './waiting.js';

describe('an entry that lets time act', () => {
  it('ends tickets for at most 512 stops, and the others at once after', () => {
    const log = tripLog();
    const stops = (n: number) =>
      Array.from({ length: 20 }, (_, k) =>
        stop('1', { startMs: START_MS + (20 * (n % 12) + k + 1) * HOUR_MS }),
      );
    for (let p = 0; p < 3; p += 1) log.apply(point(`p${p}`));
    const holders = Array.from({ length: 30 }, (_, n) => `h${n}`);
    holders.forEach((holder, n) => {
      const at = stops(n).map((each) => ({ ...each, pointId: `p${Math.floor(n / 12)}` }));
      expect(log.result(declare(at), { holder })).toMatchObject({ kind: 'trip-declared' });
    });
    log.atMs += 2 * MINUTE_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 25 });
    expect(holders.filter((holder) => ticketOf(log, holder) !== undefined)).toHaveLength(5);
    expect(log.ledger.nextDeadlineMs()).toBe(log.atMs);
    expect(expire(log)).toEqual({ kind: 'expired', ended: 5 });
  });

  it('counts all stops of a reservation, for it is written with those that ended long ago, too', () => {
    const log = tripLog();
    const hours = (from: number) =>
      Array.from({ length: 50 }, (_, k) => stop('1', { startMs: START_MS + (from + k) * HOUR_MS }));
    for (let n = 0; n < 6; n += 1) {
      const id = reserved(log, hours(1 + 50 * n));
      log.apply(change(id, hours(1 + 50 * n)));
      const all = Array.from({ length: 49 }, (_, k) => 50 + k);
      expect(log.result(cancel(id, all))).toMatchObject({ kind: 'updated', state: 'CONFIRMED' });
    }
    log.atMs += 300 * DAY_MS;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 5 });
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(log.ledger.query({ kind: 'totals' }, log.atMs)).toMatchObject({ openReservations: 0 });
  });

  it('ends wishes for at most 512 stops, and the others at once after', () => {
    const log = tripLog();
    reserved(log, [stop('1', { startMs: TEN.startMs, durationMs: 20 * DAY_MS })], { holder: 'z' });
    const stops = Array.from({ length: 20 }, (_, k) => stop('1', { startMs: TEN.startMs + k * HOUR_MS }));
    const ids = Array.from({ length: 30 }, (_, n) => joined(log, `h${n}`, stops));
    log.atMs = TEN.startMs;
    expect(expire(log)).toEqual({ kind: 'expired', ended: 25 });
    expect(ids.filter((id) => wish(log, id) !== undefined)).toHaveLength(5);
    expect(expire(log)).toEqual({ kind: 'expired', ended: 5 });
  });
});

describe('an entry that offers what became free', () => {
  it('offers at most 512 stops, and the rest at once after, nobody overtaken', () => {
    const log = tripLog();
    const taken = reserved(log, [stop('1', { startMs: TEN.startMs, durationMs: 30 * DAY_MS })], {
      holder: 'z',
    });
    // Each waits for twenty hours of its own.
    const ids = Array.from({ length: 30 }, (_, n) => {
      const hours = Array.from({ length: 20 }, (_, k) => 20 * n + k);
      return joined(
        log,
        `h${n}`,
        hours.map((hour) => stop('1', { startMs: TEN.startMs + hour * HOUR_MS })),
      );
    });
    log.apply(cancel(taken), { holder: 'z' });
    const offered = () => ids.filter((id) => wish(log, id)!.offer !== '');
    expect(offered()).toEqual(ids.slice(0, 25));
    expect(log.ledger.nextDeadlineMs()).toBe(log.atMs);
    expire(log);
    expect(offered()).toEqual(ids);
  });
});

describe('an entry that looks at what is booked at a point', () => {
  it('looks at 10,000 bookings, and at the rest at once after', () => {
    const log = tripLog();
    const ids = crowd(log, '1', 20_050, START_MS + HOUR_MS);
    const always = { weekly: [{ startMinute: 0, endMinute: 10_080 }], displace: true };
    const more = { kind: 'point-updated', pointId: '1', displaced: 0, told: 0, more: true };
    expect(log.result(schedule('1', always))).toEqual(more);
    expect(pointOf(log, '1')).toMatchObject({
      checkFromMs: START_MS + HOUR_MS + 10_000 * MINUTE_MS,
      checkAtMs: log.atMs,
    });
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(pointOf(log, '1')).toMatchObject({ checkFromMs: START_MS + HOUR_MS + 20_000 * MINUTE_MS });
    expect(expire(log)).toEqual({ kind: 'expired', ended: 1 });
    expect(pointOf(log, '1')).toMatchObject({ checkFromMs: 0, checkToMs: 0, checkAtMs: 0 });
    expect(stopStates(log, ids.at(-1)!)).not.toContain('DISPLACED');
    expect(log.result(schedule('1', { ...always, displace: false }))).toMatchObject({ more: false });
  });

  it('sees at a glance only what nothing befalls: not what a status, or a closed hour, meets', () => {
    const log = tripLog({ bufferMs: 10 * MINUTE_MS });
    const early = reserved(log, [stop('1', { startMs: START_MS + HOUR_MS, durationMs: 20 * MINUTE_MS })]);
    const late = reserved(log, [stop('1', { startMs: START_MS + 2 * HOUR_MS })]);
    // Thursday begins with minute 4,320: closed from 01:20 on, where only the buffer is.
    const weekly = [
      { startMinute: 4_320, endMinute: 4_400 },
      { startMinute: 4_440, endMinute: 4_500 },
    ];
    expect(log.result(schedule('1', { weekly }))).toEqual({
      kind: 'point-updated',
      pointId: '1',
      displaced: 0,
      told: 0,
      more: false,
    });
    log.apply(report('1', 'faulted', START_MS + 2 * HOUR_MS));
    expect(stopStates(log, early)).toEqual(['DISPLACED']);
    expect(stopStates(log, late)).toEqual(['PLANNED']);
  });
});

describe('a status that says no time', () => {
  it('concerns all that is booked at the point', () => {
    const booked = tripLog();
    const id = reserved(booked, [stop('1', { startMs: START_MS + DAY_MS })]);
    const log = withPoint(booked, '1', { status: 'faulted' });
    expect(log.result(schedule('1', { displace: true }))).toMatchObject({ displaced: 1 });
    expect(stopStates(log, id)).toEqual(['DISPLACED']);
  });
});

describe('what documented doors made of one holder', () => {
  const wanted = stop('1', { startMs: START_MS + DAY_MS });
  const reservedBy = (holder: string, open: number, door = 'legacy-rest') => {
    const memory = memoryOf();
    for (let n = 1; n <= open; n += 1) {
      const startMs = START_MS + 2 * DAY_MS + n * HOUR_MS;
      memory.putReservation(reservationRow(`r${n}`, [stopRow({ startMs })], { holder, documented: true }));
    }
    const command = { holder: 'anonimo', door } as Context['command'];
    const context = { index: 90_000, atMs: START_MS, ledgerVersion: 2, command } as Context;
    const cancelOne = () => memory.reservations.table.delete('r1');
    return {
      make: () => reserve(memory, { kind: 'reserve', stops: [wanted], holdMs: 0 }, context),
      cancelOne,
    };
  };

  it('is bounded, though far beyond what others may have, for those who say no name are one holder', () => {
    const { make, cancelOne } = reservedBy('anonimo', DOCUMENTED_PER_HOLDER_MAX);
    expect(make()).toMatchObject(refusal('TOO_MANY_BOOKINGS'));
    cancelOne();
    expect(make()).toMatchObject({ kind: 'reserved' });
  });

  it('does not count for others, nor for the doors where each says who it is', () => {
    expect(reservedBy('x', 40).make()).toMatchObject({ kind: 'reserved' });
    expect(reservedBy('anonimo', 40, 'rest').make()).toMatchObject({ kind: 'reserved' });
  });
});

describe('the request keys that clients chose', () => {
  const kept = (n: number, keyKind: 'client' | 'node' = 'client'): KeyRecord => ({
    holder: `h${n}`,
    requestKey: 'k',
    keyKind,
    fingerprint: '',
    expiresAtMs: START_MS + n,
    answer: { index: n, atMs: START_MS, result: { kind: 'registered' } },
  });

  it('are bounded in number, whoever chose them', () => {
    const keys = new RequestKeys(new Journal(), 2);
    keys.keep(kept(1));
    keys.keep(kept(2, 'node'));
    keys.keep(kept(3, 'node'));
    expect(keys.isFull).toBe(false);
    keys.keep(kept(4));
    expect(keys.isFull).toBe(true);
    // In place of a dead one.
    keys.keep({ ...kept(1), expiresAtMs: START_MS + 9 });
    expect(keys.isFull).toBe(true);
    keys.sweep(START_MS + 4);
    expect(keys.isFull).toBe(false);
  });

  it.each([
    [1, 'client', 'passed'],
    [2, 'client', 'refused'],
    [2, 'node', 'passed'],
  ] as const)('beyond it version %d lets the command under a key of a %s be %s', (version, keyKind, kind) => {
    const memory = Object.assign(memoryOf([], {}, version), { keys: new RequestKeys(new Journal(), 0) });
    const command: Command = {
      ledgerVersion: 1,
      requestKey: 'k',
      keyKind,
      holder: 'x',
      door: 'rest',
      originCompany: 'a',
      traceId: '0'.repeat(32),
      notAfterMs: START_MS,
      operation: { kind: 'reserve', stops: [], holdMs: 0 },
    };
    const admission = admit(memory, command, 'print', START_MS);
    expect(admission.kind).toBe(kind);
    if (kind === 'refused') expect(admission).toMatchObject({ result: refusal('TOO_MANY_KEYS') });
  });
});

describe('the ended reservations in memory', () => {
  const ended = (n: number, atMs: number) =>
    reservationRow(`r${n}`, [stopRow({ state: 'RELEASED', endedAtMs: atMs })], {
      state: 'CANCELED',
      end: { who: 'holder', reason: '', atMs },
    });

  it('are bounded in number: the oldest may leave at once', () => {
    const reservations = new Reservations(new Journal(), () => {}, 2);
    reservations.table.put(reservationRow('r1', [stopRow()]));
    for (const n of [4, 3, 2]) reservations.table.put(ended(n, START_MS + n));
    expect(reservations.nextPruneMs()).toBe(START_MS + 2);
    expect(reservations.prunable(START_MS + 5)?.id).toBe('r2');
    reservations.table.delete('r2');
    expect(reservations.nextPruneMs()).toBe(START_MS + 3 + 2 * DAY_MS);
    expect(reservations.prunable(START_MS + 5)).toBeUndefined();
  });

  it('leave memory with at most 2,000 stops an entry', () => {
    const log = tripLog();
    const hours = Array.from({ length: 50 }, (_, k) => stop('1', { startMs: START_MS + (k + 1) * HOUR_MS }));
    for (let n = 0; n < 41; n += 1) {
      const id = reserved(log, hours);
      log.apply(cancel(id));
      expect(view(log, id).state).toBe('CANCELED');
    }
    log.atMs += 2 * DAY_MS;
    expect(log.result({ kind: 'prune' })).toEqual({ kind: 'pruned', reservations: 40 });
    expect(log.ledger.nextPruneMs()).toBeLessThanOrEqual(log.atMs);
    expect(log.result({ kind: 'prune' })).toEqual({ kind: 'pruned', reservations: 1 });
  });
});

describe('a site', () => {
  it('is not another whose place and connector read alike in a row', () => {
    const memory = memoryOf([
      pointRow('1', { place: 'Bahia\nCCS2', connector: 'T2' }),
      pointRow('2', { place: 'Bahia', connector: 'ccs2\nT2' }),
    ]);
    const site = { place: 'bahia', connector: 'ccs2\nT2', minPowerWatts: 1 };
    expect(memory.sites.candidates(site).map(({ id }) => id)).toEqual(['2']);
  });
});

describe('a window that becomes shorter', () => {
  it('leaves the rest to who waits', () => {
    const memory = memoryOf();
    const startMs = START_MS + HOUR_MS;
    const planned = reservationRow('r7', [stopRow({ startMs })]);
    memory.putReservation(planned);
    memory.waits.table.put(waitRow('w9'));
    memory.putReservation(planned);
    expect(memory.freed.size).toBe(0);
    memory.putReservation(reservationRow('r7', [stopRow({ startMs, endMs: startMs + MINUTE_MS })]));
    expect(memory.freed.get('1')).toMatchObject({ startMs, endMs: startMs + HOUR_MS });
  });
});

describe('claims at one point', () => {
  it('go with their ticket, however many others stay', () => {
    const log = tripLog();
    const at = (hour: number) => stop('3', { startMs: START_MS + hour * HOUR_MS });
    log.apply(declare([stop('1'), at(5), at(7)]), { holder: 'x' });
    log.apply(declare([stop('2'), at(9)]), { holder: 'y' });
    const mine = reserved(log, [at(6), at(8)], { holder: 'z' });
    for (const hour of [5, 7, 9]) {
      expect(log.result({ kind: 'reserve', stops: [at(hour)], holdMs: 0 })).toMatchObject({
        conflicts: [{ reason: 'POINT_PRIORITY' }],
      });
    }
    log.apply(cancel(log.ledger.query({ kind: 'ticket', holder: 'x' }, log.atMs)!.reservationId), {
      holder: 'x',
    });
    expect(log.result(join([at(5), at(7)]), { holder: 'w' })).toMatchObject({ kind: 'waiting' });
    expect(log.result({ kind: 'reserve', stops: [at(9)], holdMs: 0 })).toMatchObject({
      conflicts: [{ reason: 'POINT_PRIORITY' }],
    });
    expect(view(log, mine).state).toBe('CONFIRMED');
  });
});
