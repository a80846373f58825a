/** What befalls stops at a point that cannot keep them: it failed, or somebody else stands there. */
import { STATUS_STEP_MS } from '../limits.js';
import type { Memory } from '../memory.js';
import { settle, withStops } from '../settle.js';
import type { End, Reservation } from '../state.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';
import { displaceStops } from './displacing.js';
import { putPoint, withCheckAt } from './sweep.js';

/** As `displaceStops`, of one stop. */
export function displace(
  memory: Memory,
  reservation: Reservation,
  stopNumber: number,
  reason: string,
  context: Context,
  who: End['who'],
): void {
  displaceStops(memory, reservation, new Map([[stopNumber, reason]]), context, who);
}

/**
 * The window of an ACTIVE stop is over and its vehicle did not leave (rule 12): it stays until it is finished. The point
 * is occupied for a quarter of an hour, and again, and who follows is told, as far as the budget reaches.
 */
export function overstay(
  memory: Memory,
  reservation: Reservation,
  stopNumber: number,
  context: Context,
  budget: Budget,
): void {
  const stops = withStops(reservation.stops, [stopNumber], () => ({ overstaying: true }));
  memory.putReservation(settle(reservation, { stops }, context, 'time', ''));
  const point = memory.points.get(reservation.stops[stopNumber]!.pointId)!;
  const { status, statusUntilMs } = point;
  const untilMs = context.atMs + STATUS_STEP_MS;
  // What its company said of it reaches further.
  if (status !== 'available' && (status !== 'occupied' || statusUntilMs >= untilMs)) return;
  const occupied = { ...point, status: 'occupied', statusUntilMs: untilMs } as const;
  const untold = { startMs: status === 'available' ? 0 : statusUntilMs, endMs: untilMs };
  putPoint(memory, occupied, untold, context, budget);
}

/** A point that was occupied by a car that did not leave is available again, and who waits for it is to be asked. */
export function vacate(memory: Memory, pointId: string, { atMs }: Context): void {
  const point = memory.points.get(pointId);
  if (point === undefined || point.status !== 'occupied') return;
  memory.points.put(withCheckAt({ ...point, status: 'available', statusUntilMs: 0 }, atMs));
  memory.markFreed(pointId, atMs, point.statusUntilMs);
}
