/** A point is taken away: at once when nothing is booked there, else, on an explicit word, with its last stop. */
import type { OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import { bookedAt, FOREVER_MS, firstOf, hasBookings } from './booked.js';
import { budgetOf } from './budget.js';
import type { Context } from './context.js';
import { findOwnPoint } from './own-point.js';
import { putPoint } from './sweep.js';

/** The owner deletes a point, or lets it leave: nothing new is booked, what is planned is displaced. */
export function deletePoint(
  memory: Memory,
  operation: OperationOf<'delete-point'>,
  context: Context,
): Result {
  const { pointId, displace } = operation;
  const found = findOwnPoint(memory, pointId, context);
  if (found.kind === 'refused') return found;
  const removed = { kind: 'removed', id: pointId } as const;
  const everything = { startMs: 0, endMs: FOREVER_MS };
  if (!memory.calendar.hasBookings(pointId)) {
    memory.removePoint(pointId);
    return removed;
  }
  if (!displace) {
    return hasBookings(firstOf(bookedAt(memory, pointId, everything)), pointId, 'POINT_TAKEN');
  }
  const leaving = { ...found.point, leaving: true };
  const swept = putPoint(memory, leaving, everything, context, budgetOf(context.ledgerVersion));
  return memory.points.has(pointId) ? { kind: 'point-updated', pointId, ...swept } : removed;
}
