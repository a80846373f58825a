/** Time looks at a point: stops are left to be displaced or told, or its status is over and its company said nothing. */
import { STATUS_STEP_MS, STOPS_EVER_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';
import { NO_WINDOW, putPoint } from './sweep.js';

/**
 * Deals with what is left, and lets a status that is over last longer: a driver is not sent to a point that nobody said was
 * mended.
 */
export function pointDue(memory: Memory, id: string, context: Context, budget: Budget): boolean {
  // The first reservation may have to be written with as many.
  if (budget.stops < STOPS_EVER_MAX || budget.bookings === 0) return false;
  const point = memory.points.get(id)!;
  const { status, statusUntilMs } = point;
  if (status === 'available' || statusUntilMs > context.atMs) {
    putPoint(memory, point, NO_WINDOW, context, budget);
    return true;
  }
  const untilMs = context.atMs + STATUS_STEP_MS;
  const since = { startMs: statusUntilMs, endMs: untilMs };
  putPoint(memory, { ...point, statusUntilMs: untilMs }, since, context, budget);
  return true;
}
