/** A company takes one stop from its holder: the vehicle was sent away, or cannot be served. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { isLive, isOpen } from '../lifecycle.js';
import { REASON_LENGTH_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';
import { displace, vacate } from './displace.js';
import { findStop, updated } from './on-reservation.js';

/** The point's company displaces a stop that is planned or under way, and says why. */
export function displaceStop(
  memory: Memory,
  operation: OperationOf<'displace-stop'>,
  context: Context,
): Result {
  const { stop: number, reason } = operation;
  if (!isWithin(reason.length, 1, REASON_LENGTH_MAX)) {
    return refused('INVALID', `a reason has 1 to ${REASON_LENGTH_MAX} characters`);
  }
  const found = findStop(memory, operation, context, 'company');
  if (found.kind === 'refused') return found;
  const { reservation, stop } = found;
  if (!isOpen(stop) || !isLive(reservation, stop, context.atMs)) {
    return refused('WRONG_STOP_STATE', `stop ${number} is neither planned nor under way`);
  }
  displace(memory, reservation, number, reason, context, 'company');
  if (stop.overstaying) vacate(memory, stop.pointId, context);
  return updated(memory.reservation(reservation.id)!);
}
