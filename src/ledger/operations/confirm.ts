/** A hold becomes a reservation that nothing but its stops ends. */
import type { OperationOf } from '../command.js';
import { isLapsed, isOpen } from '../lifecycle.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle } from '../settle.js';
import type { Reservation } from '../state.js';
import type { Context } from './context.js';
import { accepted } from './offers.js';
import { findReservation, updated } from './on-reservation.js';
import { tooMany } from './reserve.js';

/** Its holder confirms a hold, while it lasts; one that the waiting list offered is thereby accepted. */
export function confirm(memory: Memory, operation: OperationOf<'confirm'>, context: Context): Result {
  const found = findReservation(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation } = found;
  if (reservation.state !== 'HELD') return refused('ALREADY_CONFIRMED');
  const { holder, documented, waitId } = reservation;
  // An offer counts from now on; any other hold did all the while.
  const full =
    waitId === '' ? null : tooMany(memory, { holder, documented, isHold: false }, context.ledgerVersion);
  if (full !== null) return full;
  const changes = { state: 'CONFIRMED', holdUntilMs: 0 } as const;
  const missed = missedStop({ ...reservation, ...changes }, context.atMs);
  if (missed >= 0) return refused('WRONG_STOP_STATE', `the time to begin stop ${missed} is over`);
  const confirmed = settle(reservation, changes, context, 'holder', '');
  memory.putReservation(confirmed);
  if (waitId !== '') accepted(memory, waitId);
  return updated(confirmed);
}

/** The first stop that would be a no-show as soon as it is confirmed; -1 for none. */
function missedStop(confirmed: Reservation, atMs: number): number {
  return confirmed.stops.findIndex((stop) => isOpen(stop) && isLapsed(confirmed, stop, atMs));
}
