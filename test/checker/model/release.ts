/** The documented cancel: of each point the holder's stop that contains ledger time, if a documented door made it. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Conflict, Result } from '../../../src/ledger/result.js';
import type { Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { changeReservation, withStops } from './happens.js';
import { isBetween, isReference, STOPS_MAX } from './limits.js';
import { refused } from './refused.js';
import type { LedgerState, OpenStop } from './state.js';
import { heldWindow } from './stops.js';

export function release(
  ledger: LedgerState,
  { pointIds, mode }: OperationOf<'release'>,
  { command: { holder } }: Context,
): Result {
  if (!isBetween(pointIds.length, 1, STOPS_MAX) || !pointIds.every(isReference)) return refused('INVALID');
  const { nowMs } = ledger;
  const isPresent = (stop: Stop) => heldWindow(stop).startMs <= nowMs && nowMs < stop.endMs;
  const heldAt = (pointId: string): OpenStop | undefined =>
    ledger
      .openAt(pointId)
      .find(
        ({ reservation, stop }) => reservation.documented && reservation.holder === holder && isPresent(stop),
      );

  const named = [...new Set(pointIds)];
  const held = named.map(heldAt).filter((open) => open !== undefined);
  const missing = named.filter((pointId) => !held.some(({ stop }) => stop.pointId === pointId));
  if (mode === 'all-or-none' && missing.length > 0) {
    return refused(
      'NOTHING_RELEASED',
      missing.map((pointId): Conflict => ({ stop: pointIds.indexOf(pointId), pointId, reason: 'NOT_HELD' })),
    );
  }
  for (const reservation of new Set(held.map((open) => open.reservation))) {
    const numbers = held.filter((open) => open.reservation === reservation).map(({ number }) => number);
    const stops = withStops(reservation, new Set(numbers), ({ state }) => ({
      state: state === 'ACTIVE' ? 'FULFILLED' : 'RELEASED',
    }));
    changeReservation(ledger, reservation, { stops }, 'holder', 'released');
  }
  return { kind: 'released', pointIds: held.map(({ stop }) => stop.pointId) };
}
