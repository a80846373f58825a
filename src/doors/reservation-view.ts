/**
 * Who may see what of a reservation that is read: the rule of event-view.ts, for what is as for what happens.
 *
 * 1. Its holder sees it in full.
 * 2. A company sees in full the stops at its own points, and whose they are: it is to serve that vehicle.
 * 3. Of anything else it sees when and where, which calendars tell everybody; not whose it is, what is owed, or why.
 */
import type { Reservation, Stop } from '../ledger/state.js';
import type { Viewer } from './event-view.js';

/** A stop as far as the viewer may know it. */
export interface SeenStop extends Omit<Stop, 'owedCentavos'> {
  /** Null where it is not the viewer's to know. */
  readonly owedCentavos: number | null;
}

/** A reservation as far as the viewer may know it: the holder is '' where it is not the viewer's to know. */
export interface SeenReservation extends Omit<Reservation, 'stops'> {
  readonly stops: readonly SeenStop[];
}

export function reservationFor(reservation: Reservation, { company, holder }: Viewer): SeenReservation {
  if (holder !== '' && reservation.holder === holder) return reservation;
  // A stop that version 1 committed does not say whose its point is.
  const isOwn = ({ terms }: Stop): boolean => terms !== null && terms.company === company;
  const serves = reservation.stops.some(isOwn);
  return {
    ...reservation,
    holder: serves ? reservation.holder : '',
    stops: reservation.stops.map((stop) =>
      isOwn(stop) ? stop : { ...stop, owedCentavos: null, reason: '' },
    ),
  };
}
