/** Another point takes the place of one that failed its stop, or will: in one decision, under the stop's own number. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { isLive, isUnsettled } from '../lifecycle.js';
import { SUBSTITUTES_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { isAvailable, place } from '../placement.js';
import { refused, refusedFor } from '../refusal.js';
import type { Conflict, Result } from '../result.js';
import { noticeId } from '../rows/notice-row.js';
import { settle, withStops } from '../settle.js';
import type { Reservation, Stop } from '../state.js';
import { wantedFault } from '../wanted.js';
import { holdEndMs } from './book.js';
import type { Context } from './context.js';
import { findStop, updated } from './on-reservation.js';
import { isDocumented } from './reserve.js';

/** Gives the stop the first of the candidates that can be had. */
export function substitute(memory: Memory, operation: OperationOf<'substitute'>, context: Context): Result {
  const { stop: number, candidates } = operation;
  const fault = isWithin(candidates.length, 1, SUBSTITUTES_MAX)
    ? wantedFault(candidates)
    : `a substitute is one of 1 to ${SUBSTITUTES_MAX}`;
  if (fault !== null) return refused('INVALID', fault);
  const found = findStop(memory, operation, context, 'holder');
  if (found.kind === 'refused') return found;
  const { reservation, stop } = found;
  if (!isInNeed(memory, reservation, stop, context.atMs)) {
    return refused('WRONG_STOP_STATE', `stop ${number} needs no substitute, or it is too late for one`);
  }
  const had = firstHad(memory, operation, reservation, stop, context);
  if (had.kind === 'conflicts') return refusedFor('STOPS_UNAVAILABLE', had.conflicts);
  const stops = withStops(reservation.stops, [number], () => had.stop);
  const { state, holdUntilMs } = reservation;
  const untilMs =
    state === 'HELD' ? holdEndMs(holdUntilMs, stops.filter(isUnsettled), context.ledgerVersion) : holdUntilMs;
  const substituted = settle(reservation, { stops, holdUntilMs: untilMs }, context, 'holder', '');
  memory.putReservation(substituted);
  closeNotices(memory, reservation, number);
  return updated(substituted);
}

/** Whether the stop lost its point, or its point cannot be used when its window begins. */
function isInNeed(memory: Memory, reservation: Reservation, stop: Stop, atMs: number): boolean {
  if (!isLive(reservation, stop, atMs)) return false;
  if (stop.state === 'DISPLACED') return true;
  return stop.state === 'PLANNED' && !isAvailable(memory.points.get(stop.pointId)!, stop, atMs);
}

type Had =
  | { readonly kind: 'had'; readonly stop: Stop }
  /** By position of the candidate. */
  | { readonly kind: 'conflicts'; readonly conflicts: readonly Conflict[] };

function firstHad(
  memory: Memory,
  { candidates }: OperationOf<'substitute'>,
  { holder }: Reservation,
  stop: Stop,
  { atMs, command }: Context,
): Had {
  const placing = {
    holder,
    documented: isDocumented(command.door),
    atMs,
    waive: ['notice'],
    givesUp: [stop],
  } as const;
  const conflicts: Conflict[] = [];
  for (const [position, candidate] of candidates.entries()) {
    const placed = place(memory, [candidate], placing);
    if (placed.kind === 'had') return { kind: 'had', stop: placed.stops[0]! };
    conflicts.push({ ...placed.conflicts[0]!, stop: position });
  }
  return { kind: 'conflicts', conflicts };
}

/** What its holder was told of the stop is over. */
function closeNotices(memory: Memory, { id, holder }: Reservation, number: number): void {
  for (const notice of memory.notices.openOf(holder)) {
    if (notice.reservationId === id && notice.stop === number) memory.notices.table.delete(noticeId(notice));
  }
}
