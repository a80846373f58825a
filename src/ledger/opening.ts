/**
 * When a point is open: its company's week, in local time by a fixed offset from UTC, and its maintenance.
 * No calendar and no time zone is asked: an offset is a number, and a company that changes its clocks says a new one.
 */
import { WEEK_MINUTES } from './limits.js';
import type { Schedule } from './state.js';
import type { WeeklySpan, Window } from './terms.js';

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

/**
 * When the point is closed or being maintained in `[startMs, endMs)`, in order, apart from each other, and cut to it.
 * O(spans of the weeks that the window lasts, and windows of maintenance).
 */
export function closedDuring(
  schedule: Schedule | undefined,
  startMs: number,
  endMs: number,
): readonly Window[] {
  if (schedule === undefined) return [];
  const closed = [...outsideHours(schedule, startMs, endMs), ...schedule.maintenance];
  closed.sort((a, b) => a.startMs - b.startMs);
  const apart: Window[] = [];
  for (const each of closed) {
    const cut = { startMs: Math.max(each.startMs, startMs), endMs: Math.min(each.endMs, endMs) };
    if (cut.startMs >= cut.endMs) continue;
    const last = apart.at(-1);
    if (last === undefined || last.endMs < cut.startMs) apart.push(cut);
    else apart[apart.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, cut.endMs) };
  }
  return apart;
}

/** What lies between the spans of the weeks that the window is part of; the last one may reach beyond it. */
function* outsideHours(
  { utcOffsetMinutes, weekly }: Schedule,
  startMs: number,
  endMs: number,
): Iterable<Window> {
  if (weekly.length === 0) return;
  let closedFromMs = startMs;
  const firstMondayMs = startMs - sinceMondayMs(startMs, utcOffsetMinutes);
  for (let mondayMs = firstMondayMs; mondayMs < endMs; mondayMs += WEEK_MS) {
    for (const { startMinute, endMinute } of weekly) {
      const opensMs = mondayMs + startMinute * MINUTE_MS;
      if (closedFromMs < opensMs) yield { startMs: closedFromMs, endMs: opensMs };
      closedFromMs = Math.max(closedFromMs, mondayMs + endMinute * MINUTE_MS);
    }
  }
  if (closedFromMs < endMs) yield { startMs: closedFromMs, endMs };
}

/** How long the local week has lasted at the moment. */
function sinceMondayMs(atMs: number, utcOffsetMinutes: number): number {
  const ms = (atMs + utcOffsetMinutes * MINUTE_MS + MONDAY_TO_EPOCH_MS) % WEEK_MS;
  return ms < 0 ? ms + WEEK_MS : ms;
}

function contains({ startMinute, endMinute }: WeeklySpan, weekMs: number): boolean {
  return startMinute * MINUTE_MS <= weekMs && weekMs < endMinute * MINUTE_MS;
}
