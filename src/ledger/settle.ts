/**
 * How an entry changes a reservation, and the one place where a reservation ends.
 *
 * 1. It ends when its last unsettled stop settles, and only then: FULFILLED if any stop was, else CANCELED if its holder
 *    or an operator settled that stop, else EXPIRED.
 * 2. Each stop that settles keeps when. A DISPLACED one settles once its window is over: there is no substitute any more.
 * 3. While the mesh runs version 1, a row says nothing that version 1 cannot.
 */
import { isOpen, isUnsettled } from './lifecycle.js';
import type { Context } from './operations/context.js';
import type { End, Reservation, Stop } from './state.js';
import type { ReservationState } from './states.js';

/** What an operation may change of a reservation; how it ends is for `settle` to say. */
export type Changes = Partial<
  Pick<Reservation, 'stops' | 'holdUntilMs' | 'holdWarned'> & { readonly state: 'CONFIRMED' }
>;

type Entry = Pick<Context, 'index' | 'atMs' | 'ledgerVersion'>;

/** The reservation as the entry changed it, ended if nothing of it is unsettled. `who`, `reason`: of that end. */
export function settle(
  reservation: Reservation,
  changes: Changes,
  { index, atMs, ledgerVersion }: Entry,
  who: End['who'],
  reason: string,
): Reservation {
  const isFirst = ledgerVersion === 1;
  const changed = { ...reservation, ...changes, changedIndex: isFirst ? 0 : index };
  const stops = isFirst
    ? changed.stops
    : changed.stops.map((stop, n) => timed(reservation.stops[n], stop, atMs));
  if (stops.some(isUnsettled)) return { ...changed, stops };
  return { ...changed, stops, state: endState(stops, who), end: { who, reason, atMs } };
}

/** The stops with what became of some of them, by their numbers. */
export function withStops(
  stops: readonly Stop[],
  numbers: Iterable<number>,
  become: (stop: Stop) => Partial<Stop>,
): readonly Stop[] {
  const chosen = new Set(numbers);
  return stops.map((stop, number) => (chosen.has(number) ? { ...stop, ...become(stop) } : stop));
}

/** With when it ended, if it did so just now. */
function timed(before: Stop | undefined, stop: Stop, atMs: number): Stop {
  if (before !== undefined && !isUnsettled(before)) return stop;
  const settles = stop.state === 'DISPLACED' ? stop.endMs <= atMs : !isOpen(stop);
  return settles ? { ...stop, endedAtMs: atMs } : stop;
}

function endState(stops: readonly Stop[], who: End['who']): ReservationState {
  if (stops.some(({ state }) => state === 'FULFILLED')) return 'FULFILLED';
  return who === 'holder' || who === 'operator' ? 'CANCELED' : 'EXPIRED';
}
