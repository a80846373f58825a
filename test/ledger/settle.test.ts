import { describe, expect, it } from 'vitest';
import { isLive, isOver } from '../../src/ledger/lifecycle.js';
import { settle, withStops } from '../../src/ledger/settle.js';
import type { End, Reservation, Stop } from '../../src/ledger/state.js';
import type { ReservationState } from '../../src/ledger/states.js';
import { HOUR_MS, MINUTE_MS, START_MS } from './log.js';
import { reservationRow, stopRow } from './memories.js';

const ENTRY = { index: 90, atMs: START_MS + 5, ledgerVersion: 2 };
const DONE = stopRow({ state: 'FULFILLED', endedAtMs: START_MS });

function settled(stops: readonly Stop[], after: readonly Stop[], who: End['who'] = 'time'): Reservation {
  return settle(reservationRow('r7', stops), { stops: after }, ENTRY, who, 'because');
}

describe('a reservation', () => {
  it('goes on while a stop of it is unsettled', () => {
    const stops = [stopRow(), stopRow({ pointId: '2' })];
    for (const state of ['PLANNED', 'ACTIVE', 'DISPLACED'] as const) {
      const after = withStops(
        withStops(stops, [0], () => ({ state: 'RELEASED' })),
        [1],
        () => ({ state }),
      );
      const changed = settled(stops, after, 'holder');
      expect(changed).toMatchObject({ state: 'CONFIRMED', end: null, changedIndex: 90 });
      expect(changed.stops.map(({ endedAtMs }) => endedAtMs)).toEqual([ENTRY.atMs, 0]);
    }
  });

  it.each<[string, Partial<Stop>, End['who'], readonly Stop[], ReservationState]>([
    ['that its holder released', { state: 'RELEASED' }, 'holder', [], 'CANCELED'],
    ['that an operator released', { state: 'RELEASED' }, 'operator', [], 'CANCELED'],
    ['that time ended', { state: 'NO_SHOW' }, 'time', [], 'EXPIRED'],
    ['that its company ended', { state: 'FULFILLED' }, 'company', [], 'FULFILLED'],
    ['that was finished', { state: 'FULFILLED' }, 'holder', [], 'FULFILLED'],
    ['released after another was fulfilled', { state: 'RELEASED' }, 'holder', [DONE], 'FULFILLED'],
    ['that nobody came to after another was fulfilled', { state: 'NO_SHOW' }, 'time', [DONE], 'FULFILLED'],
  ])('ends with its last stop: one %s', (_, become, who, before, state) => {
    const stops = [...before, stopRow()];
    const after = withStops(stops, [stops.length - 1], () => become);
    const end = { who, reason: 'because', atMs: ENTRY.atMs };
    expect(settled(stops, after, who)).toMatchObject({ state, end });
  });

  it('keeps when each stop ended, also those that ended before', () => {
    const stops = [DONE, stopRow({ pointId: '2' })];
    const after = settled(
      stops,
      withStops(stops, [1], () => ({ state: 'EXPIRED' })),
    );
    expect(after.stops.map(({ endedAtMs }) => endedAtMs)).toEqual([START_MS, ENTRY.atMs]);
  });

  it('waits for a substitute until the window of the displaced stop is over', () => {
    const stops = [stopRow()];
    const displaced = withStops(stops, [0], () => ({ state: 'DISPLACED' }));
    const atEnd = { ...ENTRY, atMs: START_MS + HOUR_MS };
    for (const [atMs, over] of [[atEnd.atMs - 1, false] as const, [atEnd.atMs, true] as const]) {
      const after = settle(
        reservationRow('r7', stops),
        { stops: displaced },
        { ...atEnd, atMs },
        'company',
        '',
      );
      expect(after.end !== null).toBe(over);
      expect(after.stops[0]!.endedAtMs).toBe(over ? atMs : 0);
    }
  });

  it('of version 1 says nothing that version 1 cannot', () => {
    const first = { ...ENTRY, ledgerVersion: 1 };
    const stops = [stopRow({ terms: null })];
    const released = { stops: withStops(stops, [0], () => ({ state: 'RELEASED' as const })) };
    const after = settle(
      reservationRow('r7', stops, { changedIndex: 0 }),
      released,
      first,
      'holder',
      'released',
    );
    expect(after).toMatchObject({ state: 'CANCELED', changedIndex: 0, stops: [{ endedAtMs: 0 }] });
  });
});

describe('what is due', () => {
  const late = START_MS + 15 * MINUTE_MS;

  it.each<[string, readonly Stop[], Partial<Reservation>, number]>([
    ['a hold at its end', [stopRow()], { state: 'HELD', holdUntilMs: late }, late],
    ['one whose only stop nobody came to', [stopRow()], {}, late],
    ['one of a documented door with its last window', [stopRow()], { documented: true }, START_MS + HOUR_MS],
    ['one of version 1 with its last window', [stopRow({ terms: null })], {}, START_MS + HOUR_MS],
    ['one whose only stop can have no substitute', [stopRow({ state: 'DISPLACED' })], {}, START_MS + HOUR_MS],
  ])('is over before anybody says so: %s', (_, stops, more, dueMs) => {
    const reservation = reservationRow('r7', stops, more);
    expect(isOver(reservation, dueMs - 1)).toBe(false);
    expect(isOver(reservation, dueMs)).toBe(true);
  });

  it('is not what a vehicle stands in, or what others of the trip are still to come', () => {
    const active = reservationRow('r7', [stopRow({ state: 'ACTIVE', startedAtMs: START_MS })]);
    expect(isOver(active, START_MS + 24 * HOUR_MS)).toBe(false);
    const trip = reservationRow('r7', [stopRow(), stopRow({ startMs: START_MS + 2 * HOUR_MS })]);
    expect(isOver(trip, late)).toBe(false);
    expect(trip.stops.map((stop) => isLive(trip, stop, late))).toEqual([false, true]);
  });
});
