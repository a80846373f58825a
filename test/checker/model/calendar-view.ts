/** A point's calendar: what is booked, closed and out of service in a window. */
import type { PointCalendar } from '../../../src/ledger/query.js';
import type { Window } from '../../../src/ledger/terms.js';
import { openSpans } from './opening.js';
import type { LedgerState } from './state.js';
import { heldWindow, overlap } from './stops.js';

/** Of a point that is registered, in a list of its own; else an empty list. Nothing is cut short: runs are small. */
export function calendarOf(
  ledger: LedgerState,
  pointId: string,
  window: Window,
  atMs: number,
): readonly PointCalendar[] {
  const point = ledger.points.get(pointId);
  if (point === undefined) return [];
  const booked = ledger
    .openAt(pointId)
    .filter(({ stop }) => overlap(heldWindow(stop), window))
    .map(({ reservation, number, stop }) => ({
      ...heldWindow(stop),
      reservationId: reservation.id,
      stop: number,
    }));
  const { status, statusUntilMs } = point;
  const out = {
    startMs: Math.max(window.startMs, atMs),
    endMs: statusUntilMs === 0 ? window.endMs : Math.min(window.endMs, statusUntilMs),
  };
  const outOfService = status !== 'available' && out.startMs < out.endMs ? out : null;
  return [{ point, booked, cutAtMs: null, closed: closedIn(ledger, pointId, window), outOfService }];
}

/** What is left of the window when all that is open and no maintenance is taken away. */
function closedIn(ledger: LedgerState, pointId: string, window: Window): readonly Window[] {
  const schedule = ledger.schedules.get(pointId);
  if (schedule === undefined) return [];
  let open: readonly Window[] = schedule.weekly.length === 0 ? [window] : openSpans(schedule, window);
  for (const { startMs, endMs } of schedule.maintenance) {
    open = open.flatMap((span) => [
      { startMs: span.startMs, endMs: Math.min(span.endMs, startMs) },
      { startMs: Math.max(span.startMs, endMs), endMs: span.endMs },
    ]);
  }
  const closed: Window[] = [];
  let sinceMs = window.startMs;
  for (const span of [...open]
    .filter((each) => each.startMs < each.endMs)
    .sort((a, b) => a.startMs - b.startMs)) {
    if (sinceMs < Math.min(span.startMs, window.endMs)) {
      closed.push({ startMs: sinceMs, endMs: Math.min(span.startMs, window.endMs) });
    }
    sinceMs = Math.max(sinceMs, span.endMs);
  }
  if (sinceMs < window.endMs) closed.push({ startMs: sinceMs, endMs: window.endMs });
  return closed;
}
