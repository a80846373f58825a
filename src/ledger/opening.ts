/**
 * When a point is open: its company's week, in local time by a fixed offset from UTC, and its maintenance.
 * No calendar and no time zone is asked: an offset is a number, and a company that changes its clocks says a new one.
 */
import { WEEK_MINUTES } from './limits.js';
import type { Schedule } from './state.js';
import type { WeeklySpan } from './terms.js';

const MINUTE_MS = 60_000;
const WEEK_MS = WEEK_MINUTES * MINUTE_MS;
/** 1970-01-01 was a Thursday: the week that it was in began three days earlier. */
const MONDAY_TO_EPOCH_MS = 3 * 24 * 60 * MINUTE_MS;

/**
 * Whether the point is open, and not being maintained, in all of `[startMs, endMs)`; one without a schedule always is.
 * Spans that touch, Sunday's last minute and Monday's first too, are one. O(spans of the weeks that the window lasts).
 */
export function isOpenDuring(schedule: Schedule | undefined, startMs: number, endMs: number): boolean {
  if (schedule === undefined) return true;
  const { utcOffsetMinutes, weekly, maintenance } = schedule;
  if (maintenance.some((window) => window.startMs < endMs && startMs < window.endMs)) return false;
  if (weekly.length === 0) return true;
  let openUntilMs = startMs;
  while (openUntilMs < endMs) {
    const weekMs = sinceMondayMs(openUntilMs, utcOffsetMinutes);
    const span = weekly.find((each) => contains(each, weekMs));
    if (span === undefined) return false;
    openUntilMs += span.endMinute * MINUTE_MS - weekMs;
  }
  return true;
}

/** How long the local week has lasted at the moment. */
function sinceMondayMs(atMs: number, utcOffsetMinutes: number): number {
  const ms = (atMs + utcOffsetMinutes * MINUTE_MS + MONDAY_TO_EPOCH_MS) % WEEK_MS;
  return ms < 0 ? ms + WEEK_MS : ms;
}

function contains({ startMinute, endMinute }: WeeklySpan, weekMs: number): boolean {
  return startMinute * MINUTE_MS <= weekMs && weekMs < endMinute * MINUTE_MS;
}
