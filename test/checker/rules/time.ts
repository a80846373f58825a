/** Ledger time never goes back, and what is due ends. */
import type { Findings } from '../findings.js';
import { dueMs } from '../model/stops.js';
import type { NodeLedger } from '../node-ledger.js';
import type { Requests } from '../requests.js';

/** A higher index never has a lower ledger time, as clients were told. */
export function timeGoesOn(requests: Requests, findings: Findings): void {
  const told = requests.all
    .flatMap(({ answers }) => answers)
    .map(({ id, outcome: { reply } }) => ({ id, index: reply.index, atMs: reply.atMs }))
    .filter((each): each is { id: number; index: number; atMs: number } => each.atMs !== null)
    .sort((a, b) => a.index - b.index || a.atMs - b.atMs);
  told.slice(1).forEach((each, i) => {
    const before = told[i]!;
    if (each.atMs >= before.atMs) return;
    findings.note(
      'ledger-time-back',
      `attempt ${before.id} was told ${before.atMs} at entry ${before.index}, ` +
        `attempt ${each.id} ${each.atMs} at entry ${each.index}`,
    );
  });
}

/** No hold or reservation is open in the end whose deadline passed long before `endedAtMs`. */
export function holdsEnd(
  ledgers: readonly NodeLedger[],
  { endedAtMs, endLatenessMs }: { readonly endedAtMs: number; readonly endLatenessMs: number },
  findings: Findings,
): void {
  for (const { node, reservations } of ledgers) {
    for (const reservation of reservations.values()) {
      const { id, state, end } = reservation;
      if (end !== null || dueMs(reservation) + endLatenessMs > endedAtMs) continue;
      findings.note(
        'hold-never-ends',
        `${node}: ${id} is ${state} at ${endedAtMs}, it was due at ${dueMs(reservation)}`,
      );
    }
  }
}
