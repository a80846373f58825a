/** What every operation on a reservation begins with, and what it answers. */
import type { RefusalReason, Result } from '../../../src/ledger/result.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { FOREVER_MS, isBetween, isReference, isStopNumber } from './limits.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isOver } from './stops.js';

type As = 'holder' | 'operator' | 'company';

interface Named {
  readonly reservationId: string;
  readonly ifIndex: number;
  readonly stop?: number;
}

/** The reservation that the command may act on, or why it may not. */
export function findReservation(
  ledger: LedgerState,
  operation: Named,
  { command }: Context,
  as: As,
): Reservation | RefusalReason {
  const { reservationId, ifIndex, stop: number = 0 } = operation;
  if (!isReference(reservationId) || !isBetween(ifIndex, 0, FOREVER_MS) || !isStopNumber(number))
    return 'INVALID';
  const found = ledger.reservations.get(reservationId);
  // Ids can be guessed: what is not the caller's does not exist.
  if (found === undefined) return 'UNKNOWN_RESERVATION';
  if (as === 'holder' && found.holder !== command.holder) return 'UNKNOWN_RESERVATION';
  if (as === 'company') {
    const isOwn = (stop: Stop) => ownerOf(ledger, stop) === command.originCompany;
    const named = found.stops[number];
    if (!found.stops.some(isOwn) || (named !== undefined && !isOwn(named))) return 'UNKNOWN_RESERVATION';
  }
  if (isOver(found, ledger.nowMs)) return 'ALREADY_ENDED';
  return ifIndex > 0 && ifIndex < found.changedIndex ? 'CHANGED_SINCE' : found;
}

/** The same with the stop that it names. */
export function findStop(
  ledger: LedgerState,
  operation: Named & { readonly stop: number },
  context: Context,
  as: As,
): { readonly reservation: Reservation; readonly stop: Stop } | RefusalReason {
  const reservation = findReservation(ledger, operation, context, as);
  if (typeof reservation === 'string') return reservation;
  const stop = reservation.stops[operation.stop];
  return stop === undefined ? 'UNKNOWN_STOP' : { reservation, stop };
}

/** As the operation left it. */
export function updated(ledger: LedgerState, reservationId: string): Result {
  const { state, holdUntilMs, stops } = ledger.reservations.get(reservationId)!;
  return {
    kind: 'updated',
    reservationId,
    state,
    holdUntilMs: state === 'HELD' ? holdUntilMs : 0,
    stops: stops.map(({ pointId, startMs, endMs, state: now }, stop) => ({
      pointId,
      startMs,
      endMs,
      stop,
      state: now,
    })),
  };
}

/** For what was found, else the refusal. */
export function ifFound<T extends object>(found: T | RefusalReason, then: (found: T) => Result): Result {
  return typeof found === 'string' ? refused(found) : then(found);
}

function ownerOf(ledger: LedgerState, { terms, pointId }: Stop): string | undefined {
  return terms?.company ?? ledger.points.get(pointId)?.company;
}
