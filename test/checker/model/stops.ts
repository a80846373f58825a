/** What follows from the states of stops and reservations alone. */
import type { StopState } from '../../../src/ledger/states.js';
import type { FirstReservation } from './rows.js';

/** Whether a stop in this state still holds its window. */
export function isOpenStop(state: StopState): boolean {
  return state === 'PLANNED' || state === 'ACTIVE';
}

/** When time ends a reservation that has not ended yet: a hold when it runs out, another with its last open window. */
export function dueMs({ state, holdUntilMs, stops }: FirstReservation): number {
  if (state === 'HELD') return holdUntilMs;
  return Math.max(0, ...stops.filter((stop) => isOpenStop(stop.state)).map(({ endMs }) => endMs));
}
