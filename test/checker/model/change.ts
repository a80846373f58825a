/** A trip is planned anew: what it keeps stays, the old stops go only once the new ones are had. */
import type { OperationOf, WantedStop } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import { givableOf, lateFee } from './cancel.js';
import type { Context } from './context.js';
import { findReservation, ifFound, updated } from './found.js';
import { changeReservation, withStops } from './happens.js';
import { isBetween, isStopNumber, STOPS_EVER_MAX, STOPS_MAX } from './limits.js';
import { holdEndMs, isDocumented } from './new-reservation.js';
import { areSound, place } from './placing.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isLive } from './stops.js';

export function change(ledger: LedgerState, operation: OperationOf<'change'>, context: Context): Result {
  const wishes = operation.stops;
  const kept = wishes.flatMap((stop) => ('keep' in stop ? [stop.keep] : []));
  const wanted: WantedStop[] = [];
  const positions: number[] = [];
  wishes.forEach((stop, position) => {
    if ('keep' in stop) return;
    wanted.push(stop);
    positions.push(position);
  });
  const isSound = new Set(kept).size === kept.length && kept.every(isStopNumber) && areSound(wanted);
  if (!isBetween(wishes.length, 1, STOPS_MAX) || !isSound) return refused('INVALID');

  return ifFound(findReservation(ledger, operation, context, 'holder'), (before) => {
    const { nowMs } = ledger;
    for (const number of kept) {
      const stop = before.stops[number];
      if (stop === undefined) return refused('UNKNOWN_STOP');
      if (!isLive(before, stop, nowMs)) return refused('WRONG_STOP_STATE');
    }
    if (before.stops.some(({ state }, number) => state === 'ACTIVE' && !kept.includes(number))) {
      return refused('WRONG_STOP_STATE');
    }
    if (before.stops.length + wanted.length > STOPS_EVER_MAX) return refused('TOO_MANY_STOPS');
    const dropped = new Set(givableOf(before, nowMs).filter((number) => !kept.includes(number)));
    const { door } = context.command;
    const placed = place(ledger, wanted, {
      holder: before.holder,
      documented: isDocumented(door),
      without: { reservation: before, numbers: dropped },
    });
    if ('conflicts' in placed) {
      const conflicts = placed.conflicts.map((each) => ({ ...each, stop: positions[each.stop]! }));
      return refused('STOPS_UNAVAILABLE', conflicts);
    }
    const old = withStops(before, dropped, (stop) => ({
      state: 'RELEASED',
      reason: '',
      owedCentavos: lateFee(before, stop, nowMs),
    }));
    const stops = [...old, ...placed.stops];
    const live = stops.filter((stop) => isLive(before, stop, nowMs));
    const { state } = before;
    const holdUntilMs = state === 'HELD' ? holdEndMs(ledger, before.holdUntilMs, live) : before.holdUntilMs;
    changeReservation(ledger, before, { stops, holdUntilMs }, 'holder', '');
    return updated(ledger, before.id);
  });
}
