/**
 * A trip is planned anew in one decision (rule 7): what it keeps stays, what it wants is had or nothing changes, and
 * only then what it no longer wants is released.
 */
import { isWithin } from '../checks.js';
import type { ChangedStop, OperationOf, WantedStop } from '../command.js';
import { isLive } from '../lifecycle.js';
import { STOPS_EVER_MAX, STOPS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { place } from '../placement.js';
import { type Refused, refused, refusedFor } from '../refusal.js';
import type { Result } from '../result.js';
import { settle, withStops } from '../settle.js';
import type { Reservation } from '../state.js';
import { wantedFault } from '../wanted.js';
import { holdEndMs } from './book.js';
import { feeOf, isReleasable } from './cancel.js';
import type { Context } from './context.js';
import { findReservation, isStopNumber, updated } from './on-reservation.js';
import { isDocumented } from './reserve.js';

/** The stops that a change keeps, and those that are new with their position in the request. */
interface Wishes {
  readonly kept: ReadonlySet<number>;
  readonly wanted: readonly WantedStop[];
  readonly positions: readonly number[];
}

/** Gives the reservation these stops, under the numbers that they have or the next ones. */
export function change(memory: Memory, operation: OperationOf<'change'>, context: Context): Result {
  const wishes = wishesOf(operation.stops);
  const fault = faultOf(operation.stops, wishes);
  if (fault !== null) return refused('INVALID', fault);
  const found = findReservation(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation } = found;
  const { atMs, command, ledgerVersion } = context;
  const misfit = keptFault(reservation, wishes, atMs);
  if (misfit !== null) return misfit;
  const { kept, wanted, positions } = wishes;
  const given = givenUp(reservation, kept, atMs);
  const placed = place(memory, wanted, {
    holder: reservation.holder,
    documented: isDocumented(command.door),
    atMs,
    givesUp: given.map((number) => reservation.stops[number]!),
  });
  if (placed.kind === 'conflicts') {
    const conflicts = placed.conflicts.map((conflict) => ({ ...conflict, stop: positions[conflict.stop]! }));
    return refusedFor('STOPS_UNAVAILABLE', conflicts);
  }
  const old = withStops(reservation.stops, given, (stop) => ({
    state: 'RELEASED',
    reason: '',
    owedCentavos: feeOf(reservation, stop, atMs),
  }));
  const stops = [...old, ...placed.stops];
  const { state, holdUntilMs } = reservation;
  const live = stops.filter((stop) => isLive(reservation, stop, atMs));
  const untilMs = state === 'HELD' ? holdEndMs(holdUntilMs, live, ledgerVersion) : holdUntilMs;
  const changed = settle(reservation, { stops, holdUntilMs: untilMs }, context, 'holder', '');
  memory.putReservation(changed);
  return updated(changed);
}

function wishesOf(stops: readonly ChangedStop[]): Wishes {
  const kept = new Set<number>();
  const wanted: WantedStop[] = [];
  const positions: number[] = [];
  stops.forEach((stop, position) => {
    if ('keep' in stop) {
      kept.add(stop.keep);
      return;
    }
    wanted.push(stop);
    positions.push(position);
  });
  return { kept, wanted, positions };
}

function faultOf(stops: readonly ChangedStop[], { kept, wanted }: Wishes): string | null {
  if (!isWithin(stops.length, 1, STOPS_MAX)) return `a reservation has 1 to ${STOPS_MAX} stops`;
  if (kept.size + wanted.length < stops.length) return 'a stop is kept once';
  if (![...kept].every(isStopNumber)) return 'a stop has a number from 0 on';
  return wantedFault(wanted);
}

/** Why these stops cannot be what remains of the reservation; null when they can. */
function keptFault(reservation: Reservation, { kept, wanted }: Wishes, atMs: number): Refused | null {
  const { stops } = reservation;
  for (const number of kept) {
    const stop = stops[number];
    if (stop === undefined) return refused('UNKNOWN_STOP');
    if (!isLive(reservation, stop, atMs)) {
      return refused('WRONG_STOP_STATE', `stop ${number} cannot be kept`);
    }
  }
  const dropped = stops.findIndex((stop, number) => stop.state === 'ACTIVE' && !kept.has(number));
  if (dropped >= 0) return refused('WRONG_STOP_STATE', `stop ${dropped} is under way and must be kept`);
  return stops.length + wanted.length > STOPS_EVER_MAX ? refused('TOO_MANY_STOPS') : null;
}

/** What is neither kept nor over. */
function givenUp(reservation: Reservation, kept: ReadonlySet<number>, atMs: number): readonly number[] {
  return reservation.stops.flatMap((stop, number) =>
    !kept.has(number) && isReleasable(reservation, stop, atMs) ? [number] : [],
  );
}
