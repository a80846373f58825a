/** How much one entry may do of what has no other bound: what is left is due at once again. */
import { OFFERS_PER_ENTRY_MAX, STOPS_PER_EXPIRE_MAX, WAITS_EXAMINED_PER_ENTRY_MAX } from '../limits.js';

export interface Budget {
  /** Stops that may still end. */
  stops: number;
  /** Offers that may still be made to who waits. */
  offers: number;
  /** Wishes on the waiting list that may still be looked at; those that name sites count for more. */
  wishes: number;
}

/** Of an entry. Version 1 bounds the deadlines alone, whatever hangs on each; it has no waiting list. */
export function budgetOf(ledgerVersion: number): Budget {
  return {
    stops: ledgerVersion === 1 ? Number.MAX_SAFE_INTEGER : STOPS_PER_EXPIRE_MAX,
    offers: OFFERS_PER_ENTRY_MAX,
    wishes: WAITS_EXAMINED_PER_ENTRY_MAX,
  };
}
