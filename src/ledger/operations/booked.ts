/** The stops that are booked at a point, found through its calendar, and how a refusal names them. */
import type { Booking } from '../calendar.js';
import { heldFromMs, isLive, isOpen, isOver } from '../lifecycle.js';
import { BOOKED_NAMED_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { type Refused, refusedFor } from '../refusal.js';
import type { ConflictReason } from '../result.js';
import type { Reservation, Stop } from '../state.js';
import type { Window } from '../terms.js';

/** Later than every booking. */
export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

export interface BookedStop {
  readonly reservation: Reservation;
  readonly number: number;
  readonly stop: Stop;
}

/** The stops whose windows or buffers overlap the window, in order. Not to be walked while they change. */
export function* bookedAt(memory: Memory, pointId: string, window: Window): Iterable<BookedStop> {
  for (const booking of memory.calendar.overlapping(pointId, window.startMs, window.endMs)) {
    yield stopOf(memory, pointId, booking);
  }
}

/** The stop that has this booking of the point. */
export function stopOf(memory: Memory, pointId: string, booking: Booking): BookedStop {
  const reservation = memory.reservation(booking.reservationId)!;
  const number = reservation.stops.findIndex(
    (stop) => isOpen(stop) && stop.pointId === pointId && heldFromMs(stop) === booking.startMs,
  );
  return { reservation, number, stop: reservation.stops[number]! };
}

/** Whether what befalls the point concerns the stop: its window lasts, and it is not left to time alone. */
export function isConcerned({ reservation, stop }: BookedStop, atMs: number): boolean {
  return stop.endMs > atMs && isLive(reservation, stop, atMs) && !isOver(reservation, atMs);
}

/** The first of the stops, as many as a refusal names. */
export function firstOf(booked: Iterable<BookedStop>): readonly BookedStop[] {
  const first: BookedStop[] = [];
  for (const each of booked) {
    first.push(each);
    if (first.length === BOOKED_NAMED_MAX) break;
  }
  return first;
}

/** A refusal because of stops that are in the way. */
export function hasBookings(booked: readonly BookedStop[], pointId: string, reason: ConflictReason): Refused {
  const conflicts = booked.map(({ number }) => ({ stop: number, pointId, reason }));
  const whose = booked.map(({ reservation, number }) => `stop ${number} of ${reservation.id}`);
  return { ...refusedFor('HAS_BOOKINGS', conflicts), detail: whose.join(', ') };
}
