/** How stops lose their point, and how their holders are told. */
import type { Memory } from '../memory.js';
import { settle } from '../settle.js';
import type { End, Reservation, Stop } from '../state.js';
import type { Context } from './context.js';

/**
 * These stops lose their point, and their holder owes nothing for them and is told. Until its window is over a substitute
 * can take the place of each. They must be PLANNED or ACTIVE. `reasons`: at least one, by number.
 */
export function displaceStops(
  memory: Memory,
  reservation: Reservation,
  reasons: ReadonlyMap<number, string>,
  context: Context,
  who: End['who'],
): void {
  const stops = reservation.stops.map((stop, number): Stop => {
    const reason = reasons.get(number);
    if (reason === undefined) return stop;
    return { ...stop, state: 'DISPLACED', reason, overstaying: false, owedCentavos: 0 };
  });
  const [first = ''] = reasons.values();
  memory.putReservation(settle(reservation, { stops }, context, who, first));
  const { id: reservationId, holder } = reservation;
  for (const [stop, reason] of reasons) {
    const telling = { holder, notice: 'stop-displaced', reservationId, stop, reason } as const;
    memory.notices.tell(telling, context.index, context.atMs);
  }
}

/** The stop stays booked, and its holder is told that somebody else stands at the point. */
export function tellOccupied(
  memory: Memory,
  { id: reservationId, holder }: Reservation,
  stop: number,
  { index, atMs }: Context,
): void {
  memory.notices.tell({ holder, notice: 'point-occupied', reservationId, stop }, index, atMs);
}
