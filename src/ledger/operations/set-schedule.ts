/** When a point is open and when it is being maintained. What is booked there must fit, or is displaced. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import {
  LEDGER_TIME_MS_MAX,
  MAINTENANCE_WINDOWS_MAX,
  UTC_OFFSET_MINUTES_MAX,
  UTC_OFFSET_MINUTES_MIN,
  WEEK_MINUTES,
  WEEKLY_SPANS_MAX,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Schedule } from '../state.js';
import { type BookedStop, FOREVER_MS, firstOf, hasBookings, isConcerned, stopOf } from './booked.js';
import { budgetOf } from './budget.js';
import type { Context } from './context.js';
import { findOwnPoint } from './own-point.js';
import { fits, NO_WINDOW, putPoint } from './sweep.js';

/** The owner gives a point these hours instead of those that it had. */
export function setSchedule(
  memory: Memory,
  operation: OperationOf<'set-schedule'>,
  context: Context,
): Result {
  const fault = faultOf(operation);
  if (fault !== null) return refused('INVALID', fault);
  const { pointId, utcOffsetMinutes, weekly, maintenance, displace } = operation;
  const found = findOwnPoint(memory, pointId, context);
  if (found.kind === 'refused') return found;
  const { atMs, ledgerVersion } = context;
  const schedule = { pointId, utcOffsetMinutes, weekly, maintenance };
  const inTheWay = displace ? [] : firstOf(misfits(memory, schedule, atMs));
  if (inTheWay.length > 0) return hasBookings(inTheWay, pointId, 'POINT_CLOSED');
  memory.schedules.put(schedule);
  const window = displace ? { startMs: 0, endMs: FOREVER_MS } : NO_WINDOW;
  const swept = putPoint(memory, found.point, window, context, budgetOf(ledgerVersion));
  // It may be open now when somebody waits for it to be.
  memory.markFreed(pointId, atMs, FOREVER_MS);
  return { kind: 'point-updated', pointId, ...swept };
}

/** The stops that would stand in a closed time. O(bookings of the point). */
function* misfits(memory: Memory, schedule: Schedule, atMs: number): Iterable<BookedStop> {
  const { pointId } = schedule;
  for (const booking of memory.calendar.overlapping(pointId, atMs, FOREVER_MS)) {
    // Most bookings fit with their buffers, and whose they are need not be asked.
    if (fits(schedule, booking, atMs)) continue;
    const booked = stopOf(memory, pointId, booking);
    if (isConcerned(booked, atMs) && !fits(schedule, booked.stop, atMs)) yield booked;
  }
}

function faultOf(operation: OperationOf<'set-schedule'>): string | null {
  const { utcOffsetMinutes, weekly, maintenance } = operation;
  if (!isWithin(utcOffsetMinutes, UTC_OFFSET_MINUTES_MIN, UTC_OFFSET_MINUTES_MAX)) {
    return `local time is ${UTC_OFFSET_MINUTES_MIN} to ${UTC_OFFSET_MINUTES_MAX} minutes from UTC`;
  }
  if (weekly.length > WEEKLY_SPANS_MAX) return `a week has at most ${WEEKLY_SPANS_MAX} spans`;
  const spans = weekly.map(({ startMinute, endMinute }) => [startMinute, endMinute] as const);
  if (!areApart(spans, WEEK_MINUTES)) return 'the spans of a week are in order and do not overlap';
  if (maintenance.length > MAINTENANCE_WINDOWS_MAX) {
    return `at most ${MAINTENANCE_WINDOWS_MAX} windows of maintenance are planned`;
  }
  const windows = maintenance.map(({ startMs, endMs }) => [startMs, endMs] as const);
  return areApart(windows, LEDGER_TIME_MS_MAX)
    ? null
    : 'the windows of maintenance are in order and do not overlap';
}

/** Whether these half-open spans are whole numbers from 0 to `max`, none empty, each after the one before. */
function areApart(spans: readonly (readonly [start: number, end: number])[], max: number): boolean {
  let last = 0;
  return spans.every(([start, end]) => {
    const isApart = isWithin(start, last, max) && isWithin(end, start + 1, max);
    last = end;
    return isApart;
  });
}
