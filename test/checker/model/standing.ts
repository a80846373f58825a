/** A vehicle has come, or has left. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Context } from './context.js';
import { findStop, ifFound, updated } from './found.js';
import { changeReservation, withStops } from './happens.js';
import { inTheWay, vacate } from './points.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { heldWindow, isLive, overlap } from './stops.js';

export function startStop(
  ledger: LedgerState,
  operation: OperationOf<'start-stop'>,
  context: Context,
): Result {
  const { as, stop: number } = operation;
  return ifFound(findStop(ledger, operation, context, as), ({ reservation: before, stop }) => {
    const { nowMs } = ledger;
    const { terms, startMs, pointId } = stop;
    if (before.state === 'HELD') return refused('NOT_CONFIRMED');
    if (stop.state !== 'PLANNED' || !isLive(before, stop, nowMs)) return refused('WRONG_STOP_STATE');
    if (nowMs < startMs - (terms?.earlyMs ?? 0)) return refused('TOO_EARLY');
    const untilItsWindow = { startMs: nowMs, endMs: startMs };
    const isBooked =
      nowMs < startMs &&
      ledger.openAt(pointId).some((open) => overlap(heldWindow(open.stop), untilItsWindow));
    if (isBooked || inTheWay(ledger, pointId) !== '') return refused('POINT_BUSY');
    const stops = withStops(before, new Set([number]), () => ({
      state: 'ACTIVE',
      startedAtMs: nowMs,
      owedCentavos: terms?.reservationFeeCentavos ?? 0,
    }));
    changeReservation(ledger, before, { stops }, as, '');
    return updated(ledger, before.id);
  });
}

export function finishStop(
  ledger: LedgerState,
  operation: OperationOf<'finish-stop'>,
  context: Context,
): Result {
  const { as, stop: number } = operation;
  return ifFound(findStop(ledger, operation, context, as), ({ reservation: before, stop }) => {
    if (stop.state !== 'ACTIVE') return refused('WRONG_STOP_STATE');
    const stops = withStops(before, new Set([number]), () => ({ state: 'FULFILLED', overstaying: false }));
    changeReservation(ledger, before, { stops }, as, 'finished');
    if (stop.overstaying) vacate(ledger, stop.pointId);
    return updated(ledger, before.id);
  });
}
