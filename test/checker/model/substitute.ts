/** The first candidate that can be had takes the place of a stop that has lost its point, or will. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Conflict, Result } from '../../../src/ledger/result.js';
import type { Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { findStop, ifFound, updated } from './found.js';
import { changeReservation, nameOf, openNotices } from './happens.js';
import { isBetween, SUBSTITUTES_MAX } from './limits.js';
import { holdEndMs, isDocumented } from './new-reservation.js';
import { type Asking, areSound, leavesPoint, place } from './placing.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isLive } from './stops.js';

export function substitute(
  ledger: LedgerState,
  operation: OperationOf<'substitute'>,
  context: Context,
): Result {
  const { candidates, stop: number } = operation;
  if (!isBetween(candidates.length, 1, SUBSTITUTES_MAX) || !areSound(candidates)) return refused('INVALID');
  return ifFound(findStop(ledger, operation, context, 'holder'), ({ reservation: before, stop }) => {
    if (!isLive(before, stop, ledger.nowMs) || !isInNeed(ledger, stop)) return refused('WRONG_STOP_STATE');
    const { id, holder, state } = before;
    const asking: Asking = {
      holder,
      documented: isDocumented(context.command.door),
      waived: ['notice'],
      without: { reservation: before, numbers: new Set([number]) },
    };
    const conflicts: Conflict[] = [];
    for (const [position, candidate] of candidates.entries()) {
      const placed = place(ledger, [candidate], asking);
      if ('conflicts' in placed) {
        conflicts.push({ ...placed.conflicts[0]!, stop: position });
        continue;
      }
      const stops = before.stops.map((each, n) => (n === number ? placed.stops[0]! : each));
      const holdUntilMs =
        state === 'HELD' ? holdEndMs(ledger, before.holdUntilMs, stops) : before.holdUntilMs;
      changeReservation(ledger, before, { stops, holdUntilMs }, 'holder', '');
      for (const notice of openNotices(ledger, holder)) {
        if (notice.reservationId === id && notice.stop === number) ledger.notices.delete(nameOf(notice));
      }
      return updated(ledger, id);
    }
    return refused('STOPS_UNAVAILABLE', conflicts);
  });
}

function isInNeed(ledger: LedgerState, stop: Stop): boolean {
  if (stop.state === 'DISPLACED') return true;
  return stop.state === 'PLANNED' && !leavesPoint(ledger.points.get(stop.pointId)!, stop, ledger.nowMs);
}
