/**
 * Stops are given back by their holder, or taken by an operator. It is never too late: a point that nobody will use
 * must become free. Too late costs the fee that the stop was committed with.
 */
import type { OperationOf } from '../command.js';
import { isLive } from '../lifecycle.js';
import { REASON_LENGTH_MAX, STOPS_EVER_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle, withStops } from '../settle.js';
import type { Reservation, Stop } from '../state.js';
import type { Context } from './context.js';
import { missedOffer } from './offers.js';
import { findReservation, isStopNumber, updated } from './on-reservation.js';

/** Releases the named stops, or all that have not begun. */
export function cancel(memory: Memory, operation: OperationOf<'cancel'>, context: Context): Result {
  const fault = faultOf(operation);
  if (fault !== null) return refused('INVALID', fault);
  const { as, reason } = operation;
  const found = findReservation(memory, operation, context, as);
  if (found.kind === 'refused') return found;
  const { reservation } = found;
  const { stops } = reservation;
  const releasable = numbersOf(reservation, (stop) => isReleasable(reservation, stop, context.atMs));
  const named = operation.stops.length === 0 ? releasable : new Set(operation.stops);
  for (const number of named) if (stops[number] === undefined) return refused('UNKNOWN_STOP');
  if (named.size === 0) return refused('WRONG_STOP_STATE', 'no stop is left that has not begun');
  for (const number of named) {
    if (!releasable.has(number)) return refused('WRONG_STOP_STATE', `stop ${number} cannot be released`);
  }
  const released = withStops(stops, named, (stop) => ({
    state: 'RELEASED',
    reason,
    owedCentavos: as === 'holder' ? feeOf(reservation, stop, context.atMs) : 0,
  }));
  const canceled = settle(reservation, { stops: released }, context, as, reason);
  memory.putReservation(canceled);
  if (as === 'operator') tellHolder(memory, canceled, named, operation.reason, context);
  const declined = reservation.state === 'HELD' && canceled.end !== null;
  if (declined && reservation.waitId !== '') missedOffer(memory, reservation.waitId, context);
  return updated(canceled);
}

/** Whether the stop can still be given back: one that has not begun, and whose time is not over. */
export function isReleasable(reservation: Reservation, stop: Stop, atMs: number): boolean {
  return stop.state !== 'ACTIVE' && isLive(reservation, stop, atMs);
}

/** What a holder owes, in centavos, that gives a stop back: nothing for one that was only held, or was lost. */
export function feeOf({ state }: Reservation, stop: Stop, atMs: number): number {
  const { terms, startMs } = stop;
  if (state !== 'CONFIRMED' || stop.state !== 'PLANNED' || terms === null) return 0;
  return atMs > startMs - terms.cancelBeforeMs ? terms.lateCancelFeeCentavos : 0;
}

function numbersOf({ stops }: Reservation, is: (stop: Stop) => boolean): ReadonlySet<number> {
  return new Set(stops.flatMap((stop, number) => (is(stop) ? [number] : [])));
}

function faultOf({ stops, as, reason }: OperationOf<'cancel'>): string | null {
  if (stops.length > STOPS_EVER_MAX || !stops.every(isStopNumber)) return 'a stop has a number from 0 on';
  if (reason.length > REASON_LENGTH_MAX) return `a reason has at most ${REASON_LENGTH_MAX} characters`;
  return as === 'operator' && reason === '' ? 'an operator gives a reason' : null;
}

function tellHolder(
  memory: Memory,
  { id: reservationId, holder, end }: Reservation,
  released: ReadonlySet<number>,
  reason: string,
  { index, atMs }: Context,
): void {
  if (end !== null) {
    memory.notices.tell({ holder, notice: 'reservation-canceled', reservationId, reason }, index, atMs);
    return;
  }
  for (const stop of released) {
    memory.notices.tell({ holder, notice: 'stop-released', reservationId, stop, reason }, index, atMs);
  }
}
