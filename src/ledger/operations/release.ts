/**
 * The documented cancel: per point, it ends the stop whose window contains ledger time, when the same holder made
 * it through a documented door. Reservations made with windows of their own are never touched.
 */
import { isReference, isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { heldFromMs, isOpen } from '../lifecycle.js';
import { ID_LENGTH_MAX, STOPS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused, refusedFor } from '../refusal.js';
import type { Conflict, Result } from '../result.js';
import { settle } from '../settle.js';
import type { Reservation, Stop } from '../state.js';
import type { Context } from './context.js';

/** Releases every named point or none, or, with mode `any`, those that can be. A point named twice counts once. */
export function release(memory: Memory, operation: OperationOf<'release'>, context: Context): Result {
  const { pointIds, mode } = operation;
  if (!isWithin(pointIds.length, 1, STOPS_MAX)) {
    return refused('INVALID', `a release names 1 to ${STOPS_MAX} points`);
  }
  if (!pointIds.every(isReference)) {
    return refused('INVALID', `an id has at most ${ID_LENGTH_MAX} characters`);
  }
  const released = new Set<string>();
  const missing: Conflict[] = [];
  const pointsByReservation = new Map<Reservation, Set<string>>();
  pointIds.forEach((pointId, position) => {
    if (pointIds.indexOf(pointId) !== position) return;
    const reservation = releasable(memory, pointId, context);
    if (reservation === undefined) {
      missing.push({ stop: position, pointId, reason: 'NOT_HELD' });
      return;
    }
    released.add(pointId);
    const points = pointsByReservation.get(reservation);
    if (points === undefined) pointsByReservation.set(reservation, new Set([pointId]));
    else points.add(pointId);
  });
  if (mode === 'all-or-none' && missing.length > 0) return refusedFor('NOTHING_RELEASED', missing);
  for (const [reservation, points] of pointsByReservation) {
    memory.putReservation(without(reservation, points, context));
  }
  return { kind: 'released', pointIds: [...released] };
}

/** The reservation that has the point now and that this command may release it from. */
function releasable(memory: Memory, pointId: string, { atMs, command }: Context): Reservation | undefined {
  const booking = memory.calendar.bookingAt(pointId, atMs);
  if (booking === undefined) return undefined;
  const reservation = memory.reservation(booking.reservationId)!;
  if (!reservation.documented || reservation.holder !== command.holder) return undefined;
  // A booking lasts longer than its window where its company wants a buffer.
  return reservation.stops.some((stop) => isPresent(stop, pointId, atMs)) ? reservation : undefined;
}

/** The reservation with its present stops on these points released; one under way is thereby finished. */
function without(reservation: Reservation, pointIds: ReadonlySet<string>, context: Context): Reservation {
  const stops = reservation.stops.map((stop): Stop => {
    if (!pointIds.has(stop.pointId) || !isPresent(stop, stop.pointId, context.atMs)) return stop;
    return { ...stop, state: stop.state === 'ACTIVE' ? 'FULFILLED' : 'RELEASED' };
  });
  return settle(reservation, { stops }, context, 'holder', 'released');
}

function isPresent(stop: Stop, pointId: string, atMs: number): boolean {
  return isOpen(stop) && stop.pointId === pointId && heldFromMs(stop) <= atMs && atMs < stop.endMs;
}
