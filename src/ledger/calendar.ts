/**
 * Who has which point when: for each point its booked windows, sorted. Windows are half open, back-to-back fits.
 *
 * 1. Two windows of one point never overlap (rule 3): `book` asserts it, callers ask `isFree` first.
 * 2. Starts and ends are therefore both sorted, and binary search answers every question.
 */
import { idOfOrdinal, ordinalOf } from './reservation-id.js';

/** A booked window `[startMs, endMs)` of a point; the buffer that its stop was granted is part of it. */
export interface Booking {
  readonly startMs: number;
  readonly endMs: number;
  readonly reservationId: string;
}

/**
 * Windows of a point: start, end and the reservation's ordinal, one after the other. A mesh has millions, and an object
 * for each would cost more than they say.
 */
type Piece = number[];

/**
 * All windows of a point, in pieces of bounded length, none empty, each before the next: a point that a year of minutes is
 * booked at is as quick to book as any other.
 */
type Bookings = Piece[];

const START = 0;
const END = 1;
const ORDINAL = 2;
const COLUMNS = 3;

const PIECE_MAX = 512 * COLUMNS;
const PIECE_HALF = 256 * COLUMNS;

export class Calendar {
  readonly #bookings = new Map<string, Bookings>();

  /** Whether no booking of the point overlaps `[startMs, endMs)`. */
  isFree(pointId: string, startMs: number, endMs: number): boolean {
    const bookings = this.#bookings.get(pointId) ?? [];
    const piece = bookings[pieceAfter(bookings, startMs)];
    return piece === undefined || piece[firstEndingAfter(piece, startMs) + START]! >= endMs;
  }

  /** The bookings of the point that overlap `[startMs, endMs)`, in order. Not to be walked while they change. */
  *overlapping(pointId: string, startMs: number, endMs: number): Iterable<Booking> {
    const bookings = this.#bookings.get(pointId) ?? [];
    for (let which = pieceAfter(bookings, startMs); which < bookings.length; which += 1) {
      const piece = bookings[which]!;
      for (let at = firstEndingAfter(piece, startMs); at < piece.length; at += COLUMNS) {
        if (piece[at + START]! >= endMs) return;
        yield bookingAt(piece, at);
      }
    }
  }

  /** Whether anything is booked at the point. */
  hasBookings(pointId: string): boolean {
    return this.#bookings.has(pointId);
  }

  /** The booking whose window contains the moment. */
  bookingAt(pointId: string, atMs: number): Booking | undefined {
    for (const booking of this.overlapping(pointId, atMs, atMs + 1)) return booking;
    return undefined;
  }

  /** Takes a free window. Throws when it is empty or not free: the caller did not ask. */
  book(pointId: string, { startMs, endMs, reservationId }: Booking): void {
    if (!(startMs < endMs)) throw new Error(`assertion: an empty window on point ${pointId}`);
    const ordinal = ordinalOf(reservationId);
    const bookings = this.#bookings.get(pointId);
    if (bookings === undefined) {
      this.#bookings.set(pointId, [[startMs, endMs, ordinal]]);
      return;
    }
    // Behind all others it goes into the last piece.
    const which = Math.min(pieceAfter(bookings, startMs), bookings.length - 1);
    const piece = bookings[which]!;
    const at = firstEndingAfter(piece, startMs);
    if (at < piece.length && piece[at + START]! < endMs) {
      const other = bookingAt(piece, at).reservationId;
      throw new Error(`assertion: ${reservationId} overlaps ${other} on point ${pointId}`);
    }
    piece.splice(at, 0, startMs, endMs, ordinal);
    if (piece.length > PIECE_MAX) bookings.splice(which + 1, 0, piece.splice(PIECE_HALF));
  }

  /**
   * Takes all windows of a point that has none yet: of each its start, its end and the reservation's ordinal, in any order.
   * Throws when one is empty or two overlap.
   */
  bookAll(pointId: string, records: Float64Array): void {
    const bookings = inOrder(records);
    for (let at = 0; at < bookings.length; at += COLUMNS) {
      const nextMs = bookings[at + COLUMNS + START] ?? Number.MAX_SAFE_INTEGER;
      const endMs = bookings[at + END]!;
      if (bookings[at + START]! < endMs && endMs <= nextMs) continue;
      const ids = [at, at + COLUMNS].map((each) => idOfOrdinal(bookings[each + ORDINAL] ?? 0));
      throw new Error(`assertion: ${ids.join(' and ')} overlap on point ${pointId}, or a window is empty`);
    }
    if (bookings.length > 0) this.#bookings.set(pointId, inPieces(bookings));
  }

  /** Gives back the window that starts at `startMs`. Throws when that reservation has none there. */
  free(pointId: string, startMs: number, reservationId: string): void {
    const bookings = this.#bookings.get(pointId) ?? [];
    const which = pieceAfter(bookings, startMs);
    const piece = bookings[which] ?? [];
    const at = firstEndingAfter(piece, startMs);
    if (piece[at + START] !== startMs || piece[at + ORDINAL] !== ordinalOf(reservationId)) {
      throw new Error(`assertion: ${reservationId} has no window at ${startMs} on point ${pointId}`);
    }
    piece.splice(at, COLUMNS);
    const next = bookings[which + 1];
    if (piece.length === 0) bookings.splice(which, 1);
    else if (next !== undefined && piece.length + next.length <= PIECE_HALF) {
      bookings.splice(which, 2, [...piece, ...next]);
    }
    if (bookings.length === 0) this.#bookings.delete(pointId);
  }
}

/** The records by their starts. */
function inOrder(records: Float64Array): Piece {
  const count = Math.floor(records.length / COLUMNS);
  const starts = new Float64Array(count);
  for (let n = 0; n < count; n += 1) starts[n] = records[n * COLUMNS + START]!;
  starts.sort();
  const sorted = new Float64Array(records.length);
  for (let at = 0; at < records.length; at += COLUMNS) {
    // Of equal starts, which overlap, the first one's place stays empty: an empty window.
    const place = COLUMNS * lastOf(starts, records[at + START]!);
    for (let column = 0; column < COLUMNS; column += 1) sorted[place + column] = records[at + column]!;
  }
  const windows: Piece = [];
  for (const number of sorted) windows.push(number);
  // Without the room for more that it grew.
  return windows.slice();
}

/** Where a number that is there stands last. */
function lastOf(numbers: Float64Array, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The windows of a point, in order, as `book` would have left them. */
function inPieces(windows: Piece): Bookings {
  if (windows.length <= PIECE_MAX) return [windows];
  const pieces: Bookings = [];
  for (let at = 0; at < windows.length; at += PIECE_HALF) pieces.push(windows.slice(at, at + PIECE_HALF));
  return pieces;
}

function bookingAt(piece: Piece, at: number): Booking {
  return {
    startMs: piece[at + START]!,
    endMs: piece[at + END]!,
    reservationId: idOfOrdinal(piece[at + ORDINAL]!),
  };
}

/** The first piece with a booking that ends after the moment; how many there are when there is none. */
function pieceAfter(bookings: Bookings, atMs: number): number {
  let low = 0;
  let high = bookings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const piece = bookings[middle]!;
    if (piece[piece.length - COLUMNS + END]! > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where the first booking of a piece begins that ends after the moment; the piece's length when there is none. */
function firstEndingAfter(piece: Piece, atMs: number): number {
  let low = 0;
  let high = Math.floor(piece.length / COLUMNS);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (piece[middle * COLUMNS + END]! > atMs) high = middle;
    else low = middle + 1;
  }
  return low * COLUMNS;
}
