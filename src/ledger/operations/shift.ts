/**
 * A vehicle is late: one stop and all later ones move by as much, or none does, and what is in the way is named. Points
 * stay: where one of them is taken, other points are the holder's choice, by a change.
 */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { isLive } from '../lifecycle.js';
import { SHIFT_MS_MAX, SHIFT_MS_MIN } from '../limits.js';
import type { Memory } from '../memory.js';
import { conflictOf } from '../placement.js';
import { refused, refusedFor } from '../refusal.js';
import type { Conflict, Result } from '../result.js';
import { settle } from '../settle.js';
import type { Reservation, Stop } from '../state.js';
import type { Context } from './context.js';
import { vacate } from './displace.js';
import { findStop, updated } from './on-reservation.js';
import { isDocumented } from './reserve.js';

/** Moves a stop, of one under way its end, and all PLANNED ones that start at or after it. */
export function shift(memory: Memory, operation: OperationOf<'shift'>, context: Context): Result {
  const { stop: number, byMs } = operation;
  if (!isWithin(byMs, SHIFT_MS_MIN, SHIFT_MS_MAX)) {
    return refused('INVALID', `a shift is by ${SHIFT_MS_MIN} to ${SHIFT_MS_MAX} ms`);
  }
  const found = findStop(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation, stop } = found;
  if (reservation.state === 'HELD') return refused('NOT_CONFIRMED');
  if (stop.state === 'DISPLACED' || !isLive(reservation, stop, context.atMs)) {
    return refused('WRONG_STOP_STATE', `stop ${number} is neither planned nor under way`);
  }
  const moved = reservation.stops.map((each, n) =>
    n === number || isLater(reservation, each, stop, context.atMs) ? movedBy(each, byMs) : null,
  );
  const conflicts = conflictsOf(memory, reservation, moved, context);
  if (conflicts.length > 0) return refusedFor('STOPS_UNAVAILABLE', conflicts);
  const stops = reservation.stops.map((each, n) => moved[n] ?? each);
  const shifted = settle(reservation, { stops }, context, 'holder', '');
  memory.putReservation(shifted);
  if (stop.overstaying) vacate(memory, stop.pointId, context);
  return updated(shifted);
}

function isLater(reservation: Reservation, stop: Stop, than: Stop, atMs: number): boolean {
  return stop.state === 'PLANNED' && stop.startMs >= than.startMs && isLive(reservation, stop, atMs);
}

function movedBy(stop: Stop, byMs: number): Stop {
  const endMs = stop.endMs + byMs;
  if (stop.state === 'ACTIVE') return { ...stop, endMs, overstaying: false };
  return { ...stop, startMs: stop.startMs + byMs, endMs };
}

/** What is in the way, by the numbers of stops. Their terms stay, so they are judged as they are. */
function conflictsOf(
  memory: Memory,
  reservation: Reservation,
  moved: readonly (Stop | null)[],
  { atMs, command }: Context,
): readonly Conflict[] {
  const after = moved.filter((stop) => stop !== null);
  const placing = {
    holder: reservation.holder,
    documented: isDocumented(command.door),
    atMs,
    waive: ['notice'],
    givesUp: reservation.stops.filter((_, n) => moved[n] !== null),
  } as const;
  return moved.flatMap((stop, number) => {
    const reason = stop === null ? null : conflictOf(memory, stop, after, placing);
    return reason === null ? [] : [{ stop: number, pointId: stop!.pointId, reason }];
  });
}
