/** A vehicle is late: a stop and all later ones move by as much, or none does. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Conflict, Result } from '../../../src/ledger/result.js';
import type { Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { findStop, ifFound, updated } from './found.js';
import { changeReservation } from './happens.js';
import { DAY_MS, isBetween, MINUTE_MS } from './limits.js';
import { isDocumented } from './new-reservation.js';
import { type Asking, reasonAgainst } from './placing.js';
import { vacate } from './points.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isLive, isOpenStop } from './stops.js';

export function shift(ledger: LedgerState, operation: OperationOf<'shift'>, context: Context): Result {
  const { byMs, stop: number } = operation;
  if (!isBetween(byMs, MINUTE_MS, DAY_MS)) return refused('INVALID');
  return ifFound(findStop(ledger, operation, context, 'holder'), ({ reservation: before, stop: named }) => {
    const { nowMs } = ledger;
    if (before.state === 'HELD') return refused('NOT_CONFIRMED');
    if (!isOpenStop(named.state) || !isLive(before, named, nowMs)) return refused('WRONG_STOP_STATE');
    const moved = new Map<number, Stop>();
    before.stops.forEach((stop, n) => {
      const isLater =
        stop.state === 'PLANNED' && stop.startMs >= named.startMs && isLive(before, stop, nowMs);
      if (n !== number && !isLater) return;
      const startMs = stop.state === 'ACTIVE' ? stop.startMs : stop.startMs + byMs;
      moved.set(n, { ...stop, startMs, endMs: stop.endMs + byMs, overstaying: false });
    });
    const asking: Asking = {
      holder: before.holder,
      documented: isDocumented(context.command.door),
      waived: ['notice'],
      without: { reservation: before, numbers: new Set(moved.keys()) },
    };
    const conflicts = [...moved].flatMap(([n, stop]): readonly Conflict[] => {
      const reason = reasonAgainst(ledger, stop, [...moved.values()], asking);
      return reason === null ? [] : [{ stop: n, pointId: stop.pointId, reason }];
    });
    if (conflicts.length > 0) return refused('STOPS_UNAVAILABLE', conflicts);
    const stops = before.stops.map((stop, n) => moved.get(n) ?? stop);
    changeReservation(ledger, before, { stops }, 'holder', '');
    if (named.overstaying) vacate(ledger, named.pointId);
    return updated(ledger, before.id);
  });
}
