/** What is taken, closed and out of service at points, within a window. */

import { freeAgainMs, heldFromMs } from '../lifecycle.js';
import { CALENDAR_BOOKINGS_MAX, CALENDAR_MS_MAX, CALENDAR_POINTS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { closedDuring } from '../opening.js';
import { bookedAt } from '../operations/booked.js';
import type { BookedWindow, PointCalendar } from '../query.js';
import type { Point } from '../state.js';
import type { Window } from '../terms.js';

/**
 * One calendar for each of the points that is registered, in the order asked. Throws (a bug of who asks) for an empty
 * window, or one that is too long, or too many points.
 */
export function calendars(
  memory: Memory,
  pointIds: readonly string[],
  window: Window,
  nowMs: number,
): readonly PointCalendar[] {
  const lengthMs = window.endMs - window.startMs;
  if (!(lengthMs > 0 && lengthMs <= CALENDAR_MS_MAX) || pointIds.length > CALENDAR_POINTS_MAX) {
    throw new Error(`assertion: calendars of ${pointIds.length} points for ${lengthMs} ms`);
  }
  let room = CALENDAR_BOOKINGS_MAX;
  const found: PointCalendar[] = [];
  for (const pointId of pointIds) {
    const point = memory.points.get(pointId);
    if (point === undefined) continue;
    const { booked, cutAtMs } = bookedIn(memory, pointId, window, room);
    room -= booked.length;
    const { startMs, endMs } = window;
    const closed = closedDuring(memory.schedules.get(pointId), startMs, endMs);
    found.push({ point, booked, cutAtMs, closed, outOfService: outOfService(point, window, nowMs) });
  }
  return found;
}

/** At most `room` of the booked windows, and from where on others are left out. */
function bookedIn(
  memory: Memory,
  pointId: string,
  window: Window,
  room: number,
): Pick<PointCalendar, 'booked' | 'cutAtMs'> {
  const booked: BookedWindow[] = [];
  for (const { reservation, number, stop } of bookedAt(memory, pointId, window)) {
    const startMs = heldFromMs(stop);
    if (booked.length === room) return { booked, cutAtMs: startMs };
    booked.push({ startMs, endMs: freeAgainMs(stop), reservationId: reservation.id, stop: number });
  }
  return { booked, cutAtMs: null };
}

/** The part of the window in which the point's status, as far as it is known to last, keeps it from being had. */
function outOfService({ status, statusUntilMs }: Point, window: Window, nowMs: number): Window | null {
  if (status === 'available') return null;
  const startMs = Math.max(window.startMs, nowMs);
  const endMs = statusUntilMs === 0 ? window.endMs : Math.min(window.endMs, statusUntilMs);
  return startMs < endMs ? { startMs, endMs } : null;
}
