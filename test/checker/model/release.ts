/** The documented cancel: of each point the holder's stop that contains ledger time, if a documented door made it. */
import type { Conflict, Result } from '../../../src/ledger/result.js';
import type { Context, OperationOf } from './context.js';
import { isReference, STOPS_MAX } from './limits.js';
import { refused } from './refused.js';
import type { FirstReservation, FirstStop } from './rows.js';
import type { LedgerState } from './state.js';
import { isOpenStop } from './stops.js';

export function release(
  ledger: LedgerState,
  { pointIds, mode }: OperationOf<'release'>,
  { command: { holder } }: Context,
): Result {
  if (pointIds.length < 1 || pointIds.length > STOPS_MAX) return refused('INVALID');
  if (!pointIds.every(isReference)) return refused('INVALID');
  const { nowMs } = ledger;
  const isPresent = (stop: FirstStop, pointId: string) =>
    stop.pointId === pointId && isOpenStop(stop.state) && stop.startMs <= nowMs && nowMs < stop.endMs;
  const heldNow = (pointId: string): FirstReservation | undefined =>
    ledger
      .openOn(pointId)
      .find(
        (reservation) =>
          reservation.documented &&
          reservation.holder === holder &&
          reservation.stops.some((stop) => isPresent(stop, pointId)),
      );

  const named = [...new Set(pointIds)];
  const missing = named.filter((pointId) => heldNow(pointId) === undefined);
  if (mode === 'all-or-none' && missing.length > 0) {
    return refused(
      'NOTHING_RELEASED',
      missing.map((pointId): Conflict => ({ stop: pointIds.indexOf(pointId), pointId, reason: 'NOT_HELD' })),
    );
  }
  const freed = named.filter((pointId) => !missing.includes(pointId));
  for (const pointId of freed) {
    const reservation = heldNow(pointId)!;
    const stops = reservation.stops.map((stop) =>
      isPresent(stop, pointId) ? { ...stop, state: 'RELEASED' as const } : stop,
    );
    const isOver = !stops.some(({ state }) => isOpenStop(state));
    const end = { who: 'holder', reason: 'released', atMs: nowMs } as const;
    ledger.put({ ...reservation, stops, ...(isOver ? { state: 'CANCELED', end } : {}) });
  }
  return { kind: 'released', pointIds: freed };
}
