/** How much one entry may do of what has no other bound: what is left is due at once again. */
import {
  OFFERS_PER_ENTRY_MAX,
  STOPS_PER_EXPIRE_MAX,
  SWEPT_PER_ENTRY_MAX,
  WAITS_EXAMINED_PER_ENTRY_MAX,
} from '../limits.js';

export interface Budget {
  /** Stops that may still be written: all those of a reservation, a ticket or a wish that ends, changes or is offered. */
  stops: number;
  /** Bookings of points that may still be looked at. */
  bookings: number;
  /** Offers that may still be made to who waits. */
  offers: number;
  /** Wishes on the waiting list that may still be looked at; those that name sites count for more. */
  wishes: number;
}

/** Takes so many stops off the budget; false, and takes none, when it does not reach. */
export function spendStops(budget: Budget, stops: number): boolean {
  if (stops > budget.stops) return false;
  budget.stops -= stops;
  return true;
}

/** Of an entry. Version 1 bounds the deadlines alone, whatever hangs on each; it has no waiting list. */
export function budgetOf(ledgerVersion: number): Budget {
  return {
    stops: ledgerVersion === 1 ? Number.MAX_SAFE_INTEGER : STOPS_PER_EXPIRE_MAX,
    bookings: SWEPT_PER_ENTRY_MAX,
    offers: OFFERS_PER_ENTRY_MAX,
    wishes: WAITS_EXAMINED_PER_ENTRY_MAX,
  };
}
