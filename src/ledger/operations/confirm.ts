/** A hold becomes a reservation that nothing but its stops ends. */
import type { OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle } from '../settle.js';
import type { Context } from './context.js';
import { accepted } from './offers.js';
import { findReservation, updated } from './on-reservation.js';

/** Its holder confirms a hold, while it lasts; one that the waiting list offered is thereby accepted. */
export function confirm(memory: Memory, operation: OperationOf<'confirm'>, context: Context): Result {
  const found = findReservation(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation } = found;
  if (reservation.state !== 'HELD') return refused('ALREADY_CONFIRMED');
  const changes = { state: 'CONFIRMED', holdUntilMs: 0 } as const;
  const confirmed = settle(reservation, changes, context, 'holder', '');
  memory.putReservation(confirmed);
  if (reservation.waitId !== '') accepted(memory, reservation.waitId);
  return updated(confirmed);
}
