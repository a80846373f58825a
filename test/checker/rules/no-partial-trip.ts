/** All stops or none: a reservation has the stops that were asked for, and a refused request leaves none. */
import type { Operation, WantedStop } from '../../../src/ledger/command.js';
import type { AgreedLog } from '../agreed-log.js';
import type { Findings } from '../findings.js';
import type { NodeLedger } from '../node-ledger.js';
import type { Requests } from '../requests.js';
import type { Seen } from '../seen.js';

interface SeenStop {
  readonly pointId?: string;
  readonly startMs?: number;
  readonly endMs?: number;
}

export function noPartialTrip(
  { requests, ledgers, log }: { requests: Requests; ledgers: readonly NodeLedger[]; log: AgreedLog },
  findings: Findings,
): void {
  for (const { attempts, answers } of requests.all) {
    const { operation } = attempts[0]!.call;
    if (operation.kind !== 'reserve') continue;
    for (const { id, outcome } of answers) {
      const { index, result } = outcome.reply;
      if (result.kind === 'reserved' && result.stops !== undefined) {
        const fault = faultOf(operation, result.stops);
        if (fault !== null) findings.note('partial-trip', `attempt ${id} was told ${fault}`);
      }
      if (result.kind !== 'refused') continue;
      for (const { node, reservationsByIndex } of ledgers) {
        const made = reservationsByIndex.get(index);
        if (made === undefined) continue;
        findings.note(
          'partial-trip',
          `attempt ${id} was refused at entry ${index}, yet ${node} has ${made.id}`,
        );
      }
    }
  }
  for (const { node, reservations } of ledgers) {
    for (const { id, madeIndex, changedIndex, stops, waitId } of reservations.values()) {
      // What an entry of version 2 changed may have other stops; what the waiting list offered nobody asked for just so.
      if (changedIndex > madeIndex || waitId !== '') continue;
      const operation = log.at(madeIndex)?.content?.command.operation;
      const fault = operation?.kind === 'reserve' ? faultOf(operation, stops) : null;
      if (fault !== null) findings.note('partial-trip', `${node}: ${id} has ${fault}`);
    }
  }
}

/** What is wrong with the stops that were given for those wanted; null when nothing is. */
function faultOf(
  { stops: wanted }: Extract<Operation, { kind: 'reserve' }>,
  given: Seen<readonly SeenStop[]>,
): string | null {
  if (given.length !== wanted.length) return `${given.length} of ${wanted.length} stops`;
  const wrong = wanted.findIndex((stop, i) => !isWhatWasWanted(stop, given[i]!));
  return wrong < 0 ? null : `stop ${wrong} as ${JSON.stringify(given[wrong])}`;
}

function isWhatWasWanted(wanted: WantedStop, { pointId, startMs, endMs }: SeenStop): boolean {
  if (pointId !== undefined && wanted.site === undefined && pointId !== wanted.pointId) return false;
  if (startMs === undefined) return true;
  if (wanted.startMs !== 'now' && startMs !== wanted.startMs) return false;
  return endMs === undefined || endMs - startMs === wanted.durationMs;
}
