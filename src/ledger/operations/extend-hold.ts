/** A hold may last longer, though not for ever: what it holds is kept from others. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { isUnsettled } from '../lifecycle.js';
import { HOLD_MS_MAX, HOLD_MS_MIN, HOLD_TOTAL_MS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { settle } from '../settle.js';
import { holdEndMs } from './book.js';
import type { Context } from './context.js';
import { findReservation, updated } from './on-reservation.js';

/** The hold ends so long after the entry, with its first window at the latest, and never earlier than it did. */
export function extendHold(memory: Memory, operation: OperationOf<'extend-hold'>, context: Context): Result {
  const { holdMs } = operation;
  if (!isWithin(holdMs, HOLD_MS_MIN, HOLD_MS_MAX)) {
    return refused('INVALID', `a hold lasts ${HOLD_MS_MIN} to ${HOLD_MS_MAX} ms`);
  }
  const found = findReservation(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation } = found;
  if (reservation.state !== 'HELD') return refused('ALREADY_CONFIRMED');
  const wantedMs = context.atMs + holdMs;
  if (wantedMs > reservation.madeAtMs + HOLD_TOTAL_MS_MAX) return refused('HOLD_TOO_LONG');
  const endsMs = holdEndMs(wantedMs, reservation.stops.filter(isUnsettled), context.ledgerVersion);
  const holdUntilMs = Math.max(endsMs, reservation.holdUntilMs);
  const extended = settle(reservation, { holdUntilMs }, context, 'holder', '');
  memory.putReservation(extended);
  return updated(extended);
}
