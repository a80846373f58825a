/** Stops are given back, or taken by an operator; a company takes one of its own. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { findReservation, findStop, ifFound, updated } from './found.js';
import { changeReservation, displaceStops, tell, withStops } from './happens.js';
import { isBetween, isStopNumber, STOPS_EVER_MAX } from './limits.js';
import { missOffer } from './offers.js';
import { vacate } from './points.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isLive, isOpenStop } from './stops.js';

const REASON_MAX = 200;

export function cancel(ledger: LedgerState, operation: OperationOf<'cancel'>, context: Context): Result {
  const { stops: named, as, reason } = operation;
  if (named.length > STOPS_EVER_MAX || !named.every(isStopNumber)) return refused('INVALID');
  if (!isBetween(reason.length, as === 'operator' ? 1 : 0, REASON_MAX)) return refused('INVALID');
  return ifFound(findReservation(ledger, operation, context, as), (before) => {
    const numbers = new Set(named.length > 0 ? named : givableOf(before, ledger.nowMs));
    if ([...numbers].some((number) => before.stops[number] === undefined)) return refused('UNKNOWN_STOP');
    const givable = givableOf(before, ledger.nowMs);
    if (numbers.size === 0 || ![...numbers].every((n) => givable.includes(n)))
      return refused('WRONG_STOP_STATE');
    const stops = withStops(before, numbers, (stop) => ({
      state: 'RELEASED',
      reason,
      owedCentavos: as === 'holder' ? lateFee(before, stop, ledger.nowMs) : 0,
    }));
    const after = changeReservation(ledger, before, { stops }, as, reason);
    if (as === 'operator' && after.end !== null) tell(ledger, after, 'reservation-canceled', { reason });
    else if (as === 'operator') {
      for (const stop of numbers) tell(ledger, after, 'stop-released', { stop, reason });
    }
    if (before.state === 'HELD' && after.end !== null) missOffer(ledger, before.waitId);
    return updated(ledger, before.id);
  });
}

export function displaceStop(
  ledger: LedgerState,
  operation: OperationOf<'displace-stop'>,
  context: Context,
): Result {
  const { reason, stop: number } = operation;
  if (!isBetween(reason.length, 1, REASON_MAX)) return refused('INVALID');
  return ifFound(findStop(ledger, operation, context, 'company'), ({ reservation, stop }) => {
    if (!isOpenStop(stop.state) || !isLive(reservation, stop, ledger.nowMs))
      return refused('WRONG_STOP_STATE');
    displaceStops(ledger, reservation, new Map([[number, reason]]), 'company');
    if (stop.overstaying) vacate(ledger, stop.pointId);
    return updated(ledger, reservation.id);
  });
}

/** The numbers of the stops that can be given back. */
export function givableOf(reservation: Reservation, nowMs: number): readonly number[] {
  return reservation.stops.flatMap((stop, number) =>
    stop.state !== 'ACTIVE' && isLive(reservation, stop, nowMs) ? [number] : [],
  );
}

/** What a holder owes who gives the stop back now. */
export function lateFee({ state }: Reservation, stop: Stop, nowMs: number): number {
  if (state !== 'CONFIRMED' || stop.state !== 'PLANNED' || stop.terms === null) return 0;
  const { cancelBeforeMs, lateCancelFeeCentavos } = stop.terms;
  return nowMs > stop.startMs - cancelBeforeMs ? lateCancelFeeCentavos : 0;
}
