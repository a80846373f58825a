/** What befalls stops at a point that cannot keep them: it failed, or somebody else stands there. */
import type { Memory } from '../memory.js';
import { settle, withStops } from '../settle.js';
import type { End, Reservation } from '../state.js';
import type { Context } from './context.js';

/**
 * The stop loses its point, and its holder owes nothing for it and is told. Until its window is over a substitute can
 * take its place. The stop must be PLANNED or ACTIVE.
 */
export function displace(
  memory: Memory,
  reservation: Reservation,
  stopNumber: number,
  reason: string,
  context: Context,
  who: End['who'],
): void {
  const stops = withStops(reservation.stops, [stopNumber], () => ({
    state: 'DISPLACED',
    reason,
    overstaying: false,
    owedCentavos: 0,
  }));
  memory.putReservation(settle(reservation, { stops }, context, who, reason));
  const { id: reservationId, holder } = reservation;
  memory.notices.tell(
    { holder, notice: 'stop-displaced', reservationId, stop: stopNumber, reason },
    context.index,
    context.atMs,
  );
}

/** The window of an ACTIVE stop is over and its vehicle did not leave (rule 12): it stays until it is finished. */
export function overstay(
  memory: Memory,
  reservation: Reservation,
  stopNumber: number,
  context: Context,
): void {
  const stops = withStops(reservation.stops, [stopNumber], () => ({ overstaying: true }));
  memory.putReservation(settle(reservation, { stops }, context, 'time', ''));
}

/** A point that was occupied by a car that did not leave is available again, and who waits for it is to be asked. */
export function vacate(memory: Memory, pointId: string, { atMs }: Context): void {
  const point = memory.points.get(pointId);
  if (point === undefined || point.status !== 'occupied') return;
  memory.points.put({ ...point, status: 'available', statusUntilMs: 0 });
  memory.markFreed(pointId, atMs, point.statusUntilMs);
}
