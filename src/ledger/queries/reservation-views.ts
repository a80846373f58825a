/** Reservations one by one, as somebody's open ones, and as lists that are read page by page. */
import { PAGE_SIZE_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { bookedAt } from '../operations/booked.js';
import { compareIds } from '../order.js';
import type { OrderedIds } from '../ordered-ids.js';
import type { Query, ReservationMatch, ReservationPage } from '../query.js';
import { idOfOrdinal } from '../reservation-id.js';
import { companiesOf, pointsOf } from '../reservation-lists.js';
import type { Reservation } from '../state.js';

/** The reservations of a holder that have not ended, by id. */
export function openReservations(memory: Memory, holder: string): readonly Reservation[] {
  return [...memory.reservations.openOf(holder)].sort((a, b) => compareIds(a.id, b.id));
}

/** Who has the point now: by a window, or because the vehicle stands there still. */
export function holderNow(memory: Memory, pointId: string, nowMs: number): Reservation | null {
  for (const { reservation, stop } of bookedAt(memory, pointId, { startMs: nowMs, endMs: nowMs + 1 })) {
    // A booking lasts longer than its window where its company wants a buffer.
    if (nowMs < stop.endMs) return reservation;
  }
  return memory.reservations.activeAt(pointId) ?? null;
}

/**
 * The reservations that match, in the order in which they were made, behind `after`. A walk over the pages gives each
 * that matched all the while exactly once, whatever happens between them.
 */
export function reservationPage(
  memory: Memory,
  { match, after, limit }: Extract<Query, { kind: 'reservation-page' }>,
): ReservationPage {
  const list = narrowestList(memory, match);
  if (list === undefined) return { items: [], after: null };
  return list.page(after, Math.min(limit, PAGE_SIZE_MAX), (ordinal) => {
    const reservation = memory.reservation(idOfOrdinal(ordinal))!;
    return isMatch(reservation, match) ? reservation : null;
  });
}

/** The shortest of the lists that have all that match; undefined when nothing does. */
function narrowestList(
  { reservations: { lists } }: Memory,
  { holder, company, pointId }: ReservationMatch,
): OrderedIds | undefined {
  const named = [
    ...(holder === undefined ? [] : [lists.of('holder', holder)]),
    ...(company === undefined ? [] : [lists.of('company', company)]),
    ...(pointId === undefined ? [] : [lists.of('point', pointId)]),
  ];
  let narrowest: OrderedIds | undefined = lists.all;
  for (const list of named) {
    if (list === undefined) return undefined;
    if (list.length <= narrowest.length) narrowest = list;
  }
  return narrowest;
}

function isMatch(reservation: Reservation, { holder, company, pointId, state }: ReservationMatch): boolean {
  return (
    (holder === undefined || reservation.holder === holder) &&
    (state === undefined || reservation.state === state) &&
    (company === undefined || companiesOf(reservation).includes(company)) &&
    (pointId === undefined || pointsOf(reservation).includes(pointId))
  );
}
