/** Every acknowledged reservation is on every node after healing, ended or not. */
import type { Findings } from '../findings.js';
import type { NodeLedger } from '../node-ledger.js';
import type { Requests } from '../requests.js';
import { bookingsOf } from './bookings.js';

export function acknowledgedEverywhere(
  requests: Requests,
  ledgers: readonly NodeLedger[],
  findings: Findings,
): void {
  for (const { attempt, index, holder } of bookingsOf(requests)) {
    for (const { node, reservationsByIndex } of ledgers) {
      if (reservationsByIndex.get(index)?.holder === holder) continue;
      findings.note(
        'lost-acknowledged-write',
        `attempt ${attempt.id} (reserve of ${holder}) was told entry ${index}, ${node} has no reservation of it`,
      );
    }
  }
}
