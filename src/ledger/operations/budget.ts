/** How much one `expire` may do: what is left is due at once again. */
import { STOPS_PER_EXPIRE_MAX } from '../limits.js';

export interface Budget {
  /** Stops that may still end. */
  stops: number;
}

/** Version 1 bounds the deadlines alone, whatever hangs on each. */
export function budgetOf(ledgerVersion: number): Budget {
  return { stops: ledgerVersion === 1 ? Number.MAX_SAFE_INTEGER : STOPS_PER_EXPIRE_MAX };
}
