/**
 * The id of a reservation: `r` and the index of its entry. An entry that made further ones, offers from the waiting list,
 * tells them apart by a dot and a number: `r300`, `r300.1`, `r300.2`. As ordinals they are in the order in which they came.
 */

/** More than an entry makes: its own reservation and its offers. */
const PER_ENTRY = 128;

const DOT = 0x2e;
const ZERO = 0x30;

/** `number`: 0 for the entry's own reservation, then its offers from 1 on. */
export function reservationId(index: number, number = 0): string {
  return number === 0 ? `r${index}` : `r${index}.${number}`;
}

/** Where the reservation stands among all, as an exact whole number. */
export function ordinalOf(id: string): number {
  let index = 0;
  let number = 0;
  let at = 1;
  // Digit by digit: parts of the text would be made for nothing, a few times for each reservation.
  for (; at < id.length && id.charCodeAt(at) !== DOT; at += 1) index = index * 10 + id.charCodeAt(at) - ZERO;
  for (at += 1; at < id.length; at += 1) number = number * 10 + id.charCodeAt(at) - ZERO;
  return index * PER_ENTRY + number;
}

/** The id that has this ordinal. */
export function idOfOrdinal(ordinal: number): string {
  return reservationId(Math.floor(ordinal / PER_ENTRY), ordinal % PER_ENTRY);
}
