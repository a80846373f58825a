/** Time ends a reservation: a hold when it runs out, a confirmed one with its last open window. */
import { isOpen } from '../lifecycle.js';
import type { Memory } from '../memory.js';
import type { Reservation, Stop } from '../state.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';

/** Ends the reservation with this id, which is due. */
export function reservationDue(memory: Memory, id: string, { atMs }: Context, budget: Budget): boolean {
  const reservation = memory.reservation(id)!;
  const open = reservation.stops.filter(isOpen).length;
  if (open > budget.stops) return false;
  budget.stops -= open;
  memory.putReservation(endedByTime(reservation, atMs));
  return true;
}

function endedByTime(reservation: Reservation, atMs: number): Reservation {
  const stops = reservation.stops.map((stop): Stop => (isOpen(stop) ? { ...stop, state: 'EXPIRED' } : stop));
  const reason = reservation.state === 'HELD' ? 'hold-expired' : 'window-ended';
  const fulfilled = stops.some((stop) => stop.state === 'FULFILLED');
  const state = fulfilled ? 'FULFILLED' : 'EXPIRED';
  return { ...reservation, stops, state, end: { who: 'time', reason, atMs } };
}
