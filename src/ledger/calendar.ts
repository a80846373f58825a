/**
 * Who has which point when: for each point its booked windows, sorted. Windows are half open, back-to-back fits.
 *
 * 1. Two windows of one point never overlap (rule 3): `book` asserts it, callers ask `isFree` first.
 * 2. Starts and ends are therefore both sorted, and one binary search answers every question.
 */

import { idOfOrdinal, ordinalOf } from './reservation-id.js';

/** A booked window `[startMs, endMs)` of a point; the buffer that its stop was granted is part of it. */
export interface Booking {
  readonly startMs: number;
  readonly endMs: number;
  readonly reservationId: string;
}

/**
 * The windows of a point: start, end and the reservation's ordinal, one after the other. A mesh has millions, and an object
 * for each would cost more than they say.
 */
type Bookings = number[];

const START = 0;
const END = 1;
const ORDINAL = 2;
const COLUMNS = 3;

export class Calendar {
  readonly #bookings = new Map<string, Bookings>();

  /** Whether no booking of the point overlaps `[startMs, endMs)`. */
  isFree(pointId: string, startMs: number, endMs: number): boolean {
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) return true;
    const nextMs = bookings[firstEndingAfter(bookings, startMs) + START];
    return nextMs === undefined || nextMs >= endMs;
  }

  /** The bookings of the point that overlap `[startMs, endMs)`, in order. Not to be walked while they change. */
  *overlapping(pointId: string, startMs: number, endMs: number): Iterable<Booking> {
    const bookings = this.#bookings.get(pointId) ?? [];
    for (let at = firstEndingAfter(bookings, startMs); at < bookings.length; at += COLUMNS) {
      if (bookings[at + START]! >= endMs) return;
      yield bookingAt(bookings, at);
    }
  }

  /** Whether anything is booked at the point. */
  hasBookings(pointId: string): boolean {
    return this.#bookings.has(pointId);
  }

  /** The booking whose window contains the moment. */
  bookingAt(pointId: string, atMs: number): Booking | undefined {
    const bookings = this.#bookings.get(pointId) ?? [];
    const at = firstEndingAfter(bookings, atMs);
    return at < bookings.length && bookings[at + START]! <= atMs ? bookingAt(bookings, at) : undefined;
  }

  /** Takes a free window. Throws when it is empty or not free: the caller did not ask. */
  book(pointId: string, { startMs, endMs, reservationId }: Booking): void {
    if (!(startMs < endMs)) throw new Error(`assertion: an empty window on point ${pointId}`);
    const ordinal = ordinalOf(reservationId);
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) {
      this.#bookings.set(pointId, [startMs, endMs, ordinal]);
      return;
    }
    const at = firstEndingAfter(bookings, startMs);
    if (at < bookings.length && bookings[at + START]! < endMs) {
      const other = bookingAt(bookings, at).reservationId;
      throw new Error(`assertion: ${reservationId} overlaps ${other} on point ${pointId}`);
    }
    bookings.splice(at, 0, startMs, endMs, ordinal);
  }

  /** Gives back the window that starts at `startMs`. Throws when that reservation has none there. */
  free(pointId: string, startMs: number, reservationId: string): void {
    const bookings = this.#bookings.get(pointId) ?? [];
    const at = firstEndingAfter(bookings, startMs);
    if (bookings[at + START] !== startMs || bookings[at + ORDINAL] !== ordinalOf(reservationId)) {
      throw new Error(`assertion: ${reservationId} has no window at ${startMs} on point ${pointId}`);
    }
    if (bookings.length === COLUMNS) this.#bookings.delete(pointId);
    else bookings.splice(at, COLUMNS);
  }
}

function bookingAt(bookings: Bookings, at: number): Booking {
  return {
    startMs: bookings[at + START]!,
    endMs: bookings[at + END]!,
    reservationId: idOfOrdinal(bookings[at + ORDINAL]!),
  };
}

/** Where the first booking begins that ends after the moment; the length when there is none. */
function firstEndingAfter(bookings: Bookings, atMs: number): number {
  let low = 0;
  let high = Math.floor(bookings.length / COLUMNS);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bookings[middle * COLUMNS + END]! > atMs) high = middle;
    else low = middle + 1;
  }
  return low * COLUMNS;
}
