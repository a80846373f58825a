/**
 * A whole trip in one decision: every stop is booked or none is, and a refusal names every stop that could
 * not be had (rules 1 to 3). The overlap test stands here and nowhere else.
 */
import { isReference, isWithin } from '../checks.js';
import type { Door, OperationOf, WantedStop } from '../command.js';
import {
  HOLD_MS_MAX,
  HOLD_MS_MIN,
  ID_LENGTH_MAX,
  LEDGER_TIME_MS_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
  STOPS_MAX,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { refused, refusedFor } from '../refusal.js';
import { reservationId } from '../reservation-id.js';
import type { BookedStop, Conflict, ConflictReason, Result } from '../result.js';
import { FIRST_RESERVATION_FIELDS, FIRST_STOP_FIELDS } from '../rows/reservation-row.js';
import type { Context } from './context.js';

/** Books the stops for the command's holder, confirmed at once or as a hold. */
export function reserve(
  memory: Memory,
  operation: OperationOf<'reserve'>,
  { index, atMs, command }: Context,
): Result {
  const fault = requestFault(operation);
  if (fault !== null) return refused('INVALID', fault);
  const windows = operation.stops.map((stop) => windowOf(stop, atMs));
  const conflicts: Conflict[] = [];
  operation.stops.forEach((stop, position) => {
    const reason = conflictOf(memory, stop, position, windows, atMs);
    if (reason !== null) conflicts.push({ stop: position, pointId: stop.pointId, reason });
  });
  if (conflicts.length > 0) return refusedFor('STOPS_UNAVAILABLE', conflicts);

  const { holdMs } = operation;
  const id = reservationId(index);
  memory.putReservation({
    id,
    holder: command.holder,
    state: holdMs === 0 ? 'CONFIRMED' : 'HELD',
    documented: isDocumented(command.door),
    stops: windows.map((window) => ({ ...window, state: 'PLANNED', ...FIRST_STOP_FIELDS })),
    madeAtMs: atMs,
    madeIndex: index,
    holdUntilMs: holdMs === 0 ? 0 : atMs + holdMs,
    end: null,
    ...FIRST_RESERVATION_FIELDS,
  });
  return { kind: 'reserved', reservationId: id, stops: windows };
}

/** Why the stop cannot be had: the first reason in this order; null when it can. */
function conflictOf(
  memory: Memory,
  stop: WantedStop,
  position: number,
  windows: readonly BookedStop[],
  atMs: number,
): ConflictReason | null {
  const point = memory.points.get(stop.pointId);
  if (point === undefined) return 'UNKNOWN_POINT';
  if (stop.company !== '' && stop.company !== point.company) {
    if (stop.company !== memory.companies.get(point.company)?.displayId) return 'WRONG_COMPANY';
  }
  if (point.status !== 'available') return 'POINT_NOT_AVAILABLE';
  const window = windows[position]!;
  // A window that starts now or later cannot have ended: a stop lasts a minute at least.
  if (window.startMs < atMs) return 'WINDOW_PAST';
  if (windows.some((other) => other !== window && overlap(window, other))) return 'STOP_REPEATED';
  if (!memory.calendar.isFree(stop.pointId, window.startMs, window.endMs)) return 'POINT_TAKEN';
  return null;
}

function requestFault({ stops, holdMs }: OperationOf<'reserve'>): string | null {
  if (!isWithin(stops.length, 1, STOPS_MAX)) return `a reservation has 1 to ${STOPS_MAX} stops`;
  if (holdMs !== 0 && !isWithin(holdMs, HOLD_MS_MIN, HOLD_MS_MAX)) {
    return `a hold lasts ${HOLD_MS_MIN} to ${HOLD_MS_MAX} ms, or is 0 for none`;
  }
  for (const { pointId, company, startMs, durationMs } of stops) {
    if (!isReference(pointId) || !isReference(company)) {
      return `an id has at most ${ID_LENGTH_MAX} characters`;
    }
    if (!isWithin(durationMs, STOP_DURATION_MS_MIN, STOP_DURATION_MS_MAX)) {
      return `a stop lasts ${STOP_DURATION_MS_MIN} to ${STOP_DURATION_MS_MAX} ms`;
    }
    if (startMs !== 'now' && !isWithin(startMs, 1, LEDGER_TIME_MS_MAX)) return 'a start is out of range';
  }
  return null;
}

function windowOf({ pointId, startMs, durationMs }: WantedStop, atMs: number): BookedStop {
  const resolvedMs = startMs === 'now' ? atMs : startMs;
  return { pointId, startMs: resolvedMs, endMs: resolvedMs + durationMs };
}

function overlap(a: BookedStop, b: BookedStop): boolean {
  return a.pointId === b.pointId && a.startMs < b.endMs && b.startMs < a.endMs;
}

/** Whether a reservation made through this door is one that the documented cancel ends. */
function isDocumented(door: Door): boolean {
  return door === 'legacy-rest' || door === 'legacy-mqtt';
}
