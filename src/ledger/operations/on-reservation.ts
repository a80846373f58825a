/**
 * What every operation on a reservation begins with: is there one, is it the caller's to act on, has it ended, is it
 * what the caller saw; and what every such operation answers.
 */
import { isReference, isWithin } from '../checks.js';
import { isOver } from '../lifecycle.js';
import { ID_LENGTH_MAX, STOPS_EVER_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { type Refused, refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Reservation, Stop } from '../state.js';
import type { Context } from './context.js';

export interface FoundReservation {
  readonly kind: 'found';
  readonly reservation: Reservation;
}

export interface FoundStop extends FoundReservation {
  readonly stop: Stop;
}

interface OnReservation {
  readonly reservationId: string;
  readonly ifIndex: number;
}

interface OnStop extends OnReservation {
  readonly stop: number;
}

/**
 * The reservation that the command may act on. To anybody but its holder, or an operator whom the door let in, it does
 * not exist: ids can be guessed.
 */
export function findReservation(
  memory: Memory,
  operation: OnReservation,
  { atMs, command }: Context,
  as: 'holder' | 'operator',
): FoundReservation | Refused {
  const fault = faultOf(operation);
  if (fault !== null) return refused('INVALID', fault);
  const reservation = memory.reservation(operation.reservationId);
  if (reservation === undefined) return refused('UNKNOWN_RESERVATION');
  if (as === 'holder' && reservation.holder !== command.holder) return refused('UNKNOWN_RESERVATION');
  return staleness(reservation, operation, atMs) ?? { kind: 'found', reservation };
}

/** The stop that the command may act on. To a company whose point it is not it does not exist. */
export function findStop(
  memory: Memory,
  operation: OnStop,
  context: Context,
  as: 'holder' | 'company',
): FoundStop | Refused {
  if (!isStopNumber(operation.stop)) return refused('INVALID', 'a stop has a number from 0 on');
  if (as === 'company') return findOwnStop(memory, operation, context);
  const found = findReservation(memory, operation, context, as);
  return found.kind === 'found' ? stopOf(found.reservation, operation.stop) : found;
}

/** Whose point the stop is at. */
export function companyOf(memory: Memory, stop: Stop): string | undefined {
  return stop.terms?.company ?? memory.points.get(stop.pointId)?.company;
}

/** Whether a number may be one of a stop. */
export function isStopNumber(n: number): boolean {
  return isWithin(n, 0, STOPS_EVER_MAX - 1);
}

/** What is told of a reservation that an operation changed. */
export function updated({ id, state, holdUntilMs, stops }: Reservation): Result {
  return {
    kind: 'updated',
    reservationId: id,
    state,
    holdUntilMs: state === 'HELD' ? holdUntilMs : 0,
    stops: stops.map(({ pointId, startMs, endMs, state }, stop) => ({
      pointId,
      startMs,
      endMs,
      stop,
      state,
    })),
  };
}

function findOwnStop(memory: Memory, operation: OnStop, { atMs, command }: Context): FoundStop | Refused {
  const fault = faultOf(operation);
  if (fault !== null) return refused('INVALID', fault);
  const reservation = memory.reservation(operation.reservationId);
  const isOwn = (stop: Stop) => companyOf(memory, stop) === command.originCompany;
  if (reservation === undefined || !reservation.stops.some(isOwn)) return refused('UNKNOWN_RESERVATION');
  const stop = reservation.stops[operation.stop];
  if (stop !== undefined && !isOwn(stop)) return refused('UNKNOWN_RESERVATION');
  return staleness(reservation, operation, atMs) ?? stopOf(reservation, operation.stop);
}

function stopOf(reservation: Reservation, number: number): FoundStop | Refused {
  const stop = reservation.stops[number];
  return stop === undefined ? refused('UNKNOWN_STOP') : { kind: 'found', reservation, stop };
}

/** Why nobody acts on it any more, or not on what the caller saw of it; null when neither is so. */
function staleness(reservation: Reservation, { ifIndex }: OnReservation, atMs: number): Refused | null {
  const { end, state, changedIndex } = reservation;
  if (end !== null) {
    return refused('ALREADY_ENDED', `${state} at ${end.atMs} ms by ${end.who}: ${end.reason}`);
  }
  if (isOver(reservation, atMs)) {
    return refused('ALREADY_ENDED', 'its time is over; the next entry that lets time act says so');
  }
  return ifIndex > 0 && changedIndex > ifIndex ? refused('CHANGED_SINCE') : null;
}

function faultOf({ reservationId, ifIndex }: OnReservation): string | null {
  if (!isReference(reservationId)) return `an id has at most ${ID_LENGTH_MAX} characters`;
  return isWithin(ifIndex, 0, Number.MAX_SAFE_INTEGER) ? null : 'an index is a whole number';
}
