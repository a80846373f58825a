/** All stops or none: each stop that cannot be had is named, with the first reason that keeps it. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Context } from './context.js';
import { isBetween, isHoldLength, STOPS_MAX } from './limits.js';
import { book, isDocumented, tooMany, windowsOf } from './new-reservation.js';
import { areSound, place } from './placing.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';

export function reserve(
  ledger: LedgerState,
  { stops, holdMs, afterNoShow = 'keep' }: OperationOf<'reserve'>,
  { command }: Context,
): Result {
  if (!isBetween(stops.length, 1, STOPS_MAX) || !isHoldLength(holdMs) || !areSound(stops))
    return refused('INVALID');
  const { holder, door } = command;
  const full = tooMany(ledger, command, holdMs);
  if (full !== null) return refused(full);
  const documented = isDocumented(door);
  const placed = place(ledger, stops, { holder, documented });
  if ('conflicts' in placed) return refused('STOPS_UNAVAILABLE', placed.conflicts);
  const id = `r${ledger.index}`;
  book(ledger, { id, holder, documented, stops: placed.stops, holdMs, afterNoShow, waitId: '' });
  return { kind: 'reserved', reservationId: id, stops: windowsOf(placed.stops) };
}
