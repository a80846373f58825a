/** A hold is confirmed, or lasts longer. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import type { Context } from './context.js';
import { findReservation, ifFound, updated } from './found.js';
import { changeReservation } from './happens.js';
import { DAY_MS, isExtension } from './limits.js';
import { holdEndMs, tooMany } from './new-reservation.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isLive, isOpenStop } from './stops.js';

export function confirm(ledger: LedgerState, operation: OperationOf<'confirm'>, context: Context): Result {
  return ifFound(findReservation(ledger, operation, context, 'holder'), (reservation) => {
    const { id, state, stops, waitId } = reservation;
    if (state !== 'HELD') return refused('ALREADY_CONFIRMED');
    const full = waitId === '' ? null : tooMany(ledger, context.command, 0);
    if (full !== null) return refused(full);
    // With the confirmation each stop gets its grace: where that is over, it would be a no-show at once.
    const confirmed: Reservation = { ...reservation, state: 'CONFIRMED' };
    const isMissed = (stop: Stop) => isOpenStop(stop.state) && !isLive(confirmed, stop, ledger.nowMs);
    if (stops.some(isMissed)) return refused('WRONG_STOP_STATE');
    changeReservation(ledger, reservation, { state: 'CONFIRMED', holdUntilMs: 0 }, 'holder', '');
    ledger.waits.delete(waitId);
    return updated(ledger, id);
  });
}

export function extendHold(
  ledger: LedgerState,
  operation: OperationOf<'extend-hold'>,
  context: Context,
): Result {
  const { holdMs } = operation;
  if (!isExtension(holdMs)) return refused('INVALID');
  return ifFound(findReservation(ledger, operation, context, 'holder'), (reservation) => {
    const { id, state, madeAtMs, stops, holdUntilMs } = reservation;
    if (state !== 'HELD') return refused('ALREADY_CONFIRMED');
    const untilMs = ledger.nowMs + holdMs;
    if (untilMs > madeAtMs + DAY_MS) return refused('HOLD_TOO_LONG');
    const longer = Math.max(holdUntilMs, holdEndMs(ledger, untilMs, stops));
    changeReservation(ledger, reservation, { holdUntilMs: longer }, 'holder', '');
    return updated(ledger, id);
  });
}
