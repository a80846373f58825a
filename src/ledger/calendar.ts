/**
 * Who has which point when: for each point its booked windows, sorted. Windows are half open, back-to-back fits.
 *
 * 1. Two windows of one point never overlap (rule 3): `book` asserts it, callers ask `isFree` first.
 * 2. Starts and ends are therefore both sorted, and one binary search answers every question.
 */

/** A booked window `[startMs, endMs)` of a point; the buffer that its stop was granted is part of it. */
export interface Booking {
  readonly startMs: number;
  readonly endMs: number;
  readonly reservationId: string;
}

export class Calendar {
  readonly #bookings = new Map<string, Booking[]>();

  /** Whether no booking of the point overlaps `[startMs, endMs)`. */
  isFree(pointId: string, startMs: number, endMs: number): boolean {
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) return true;
    const next = bookings[firstEndingAfter(bookings, startMs)];
    return next === undefined || next.startMs >= endMs;
  }

  /** The bookings of the point that overlap `[startMs, endMs)`, in order. Not to be walked while they change. */
  *overlapping(pointId: string, startMs: number, endMs: number): Iterable<Booking> {
    const bookings = this.#bookings.get(pointId) ?? [];
    for (let at = firstEndingAfter(bookings, startMs); at < bookings.length; at += 1) {
      const booking = bookings[at]!;
      if (booking.startMs >= endMs) return;
      yield booking;
    }
  }

  /** Whether anything is booked at the point. */
  hasBookings(pointId: string): boolean {
    return this.#bookings.has(pointId);
  }

  /** The booking whose window contains the moment. */
  bookingAt(pointId: string, atMs: number): Booking | undefined {
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) return undefined;
    const next = bookings[firstEndingAfter(bookings, atMs)];
    return next !== undefined && next.startMs <= atMs ? next : undefined;
  }

  /** Takes a free window. Throws when it is empty or not free: the caller did not ask. */
  book(pointId: string, booking: Booking): void {
    const { startMs, endMs } = booking;
    if (!(startMs < endMs)) throw new Error(`assertion: an empty window on point ${pointId}`);
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) {
      this.#bookings.set(pointId, [booking]);
      return;
    }
    const at = firstEndingAfter(bookings, startMs);
    const next = bookings[at];
    if (next !== undefined && next.startMs < endMs) {
      throw new Error(
        `assertion: ${booking.reservationId} overlaps ${next.reservationId} on point ${pointId}`,
      );
    }
    bookings.splice(at, 0, booking);
  }

  /** Gives back the window that starts at `startMs`. Throws when that reservation has none there. */
  free(pointId: string, startMs: number, reservationId: string): void {
    const bookings = this.#bookings.get(pointId) ?? [];
    const at = firstEndingAfter(bookings, startMs);
    const booking = bookings[at];
    if (booking?.startMs !== startMs || booking.reservationId !== reservationId) {
      throw new Error(`assertion: ${reservationId} has no window at ${startMs} on point ${pointId}`);
    }
    if (bookings.length === 1) this.#bookings.delete(pointId);
    else bookings.splice(at, 1);
  }
}

/** Index of the first booking that ends after the moment; the length when there is none. */
function firstEndingAfter(bookings: readonly Booking[], atMs: number): number {
  let low = 0;
  let high = bookings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bookings[middle]!.endMs > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
