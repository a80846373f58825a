/**
 * Time ends reservations, at the same entry on every replica: a hold when it runs out, a confirmed one with its
 * last open window. At most so many an entry; what is left is due at once again.
 */
import { ENDS_PER_EXPIRE_MAX } from '../limits.js';
import { isOpen, type Memory } from '../memory.js';
import type { Result } from '../result.js';
import type { Reservation, Stop } from '../state.js';

/** Ends what is due at `atMs`, in order of (deadline, id). */
export function expire(memory: Memory, atMs: number): Result {
  let ended = 0;
  while (ended < ENDS_PER_EXPIRE_MAX) {
    const due = memory.deadlines.due(atMs);
    if (due === undefined) break;
    memory.putReservation(endedByTime(memory.reservation(due.id)!, atMs));
    ended += 1;
  }
  return { kind: 'expired', ended };
}

function endedByTime(reservation: Reservation, atMs: number): Reservation {
  const stops = reservation.stops.map((stop): Stop => (isOpen(stop) ? { ...stop, state: 'EXPIRED' } : stop));
  const reason = reservation.state === 'HELD' ? 'hold-expired' : 'window-ended';
  const fulfilled = stops.some((stop) => stop.state === 'FULFILLED');
  const state = fulfilled ? 'FULFILLED' : 'EXPIRED';
  return { ...reservation, stops, state, end: { who: 'time', reason, atMs } };
}
