/** Every acknowledged reservation is on every node after healing, ended or not, unless the log says that it was pruned. */
import type { AgreedLog } from '../agreed-log.js';
import type { Findings } from '../findings.js';
import type { NodeLedger } from '../node-ledger.js';
import type { Requests } from '../requests.js';
import { bookingsOf } from './bookings.js';

/** So long after its end, at the earliest, a reservation may leave memory. */
const KEPT_MS = 2 * 86_400_000;

export function acknowledgedEverywhere(
  { requests, ledgers, log }: { requests: Requests; ledgers: readonly NodeLedger[]; log: AgreedLog },
  findings: Findings,
): void {
  const prunedAtMs = lastPruneMs(log);
  for (const { attempt, index, holder } of bookingsOf(requests)) {
    const madeAtMs = log.at(index)?.content?.atMs ?? 0;
    for (const { node, reservationsByIndex } of ledgers) {
      if (reservationsByIndex.get(index)?.holder === holder) continue;
      if (madeAtMs + KEPT_MS <= prunedAtMs) continue;
      findings.note(
        'lost-acknowledged-write',
        `attempt ${attempt.id} (${attempt.call.operation.kind} of ${holder}) was told entry ${index}, ` +
          `${node} has no reservation of it`,
      );
    }
  }
}

/** Ledger time of the last entry that let ended reservations leave memory; 0 for none. */
function lastPruneMs(log: AgreedLog): number {
  let lastMs = 0;
  for (const { content } of log) {
    if (content?.command.operation.kind === 'prune') lastMs = Math.max(lastMs, content.atMs);
  }
  return lastMs;
}
