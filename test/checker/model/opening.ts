/** When a point is open: its company's week, laid out over the window as spans of absolute time. */
import type { Schedule } from '../../../src/ledger/state.js';
import { DAY_MS, MINUTE_MS, WEEK_MINUTES } from './limits.js';
import { overlap } from './stops.js';

const WEEK_MS = WEEK_MINUTES * MINUTE_MS;
/** The first Monday of 1970 was its fifth day. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Whether all of the window is open and none of it maintenance. */
export function isOpenAllThrough(schedule: Schedule | undefined, window: Span): boolean {
  if (schedule === undefined) return true;
  if (schedule.maintenance.some((span) => overlap(span, window))) return false;
  if (schedule.weekly.length === 0) return true;
  let coveredToMs = window.startMs;
  for (const span of openSpans(schedule, window)) {
    if (span.startMs > coveredToMs) break;
    coveredToMs = Math.max(coveredToMs, span.endMs);
  }
  return coveredToMs >= window.endMs;
}

/** The open spans of the weeks that the window touches, in order. */
export function openSpans({ weekly, utcOffsetMinutes }: Schedule, window: Span): readonly Span[] {
  const mondayMs = FIRST_MONDAY_MS - utcOffsetMinutes * MINUTE_MS;
  const first = Math.floor((window.startMs - mondayMs) / WEEK_MS);
  const last = Math.floor((window.endMs - mondayMs) / WEEK_MS);
  const spans: Span[] = [];
  for (let week = first; week <= last; week += 1) {
    const weekMs = mondayMs + week * WEEK_MS;
    for (const { startMinute, endMinute } of weekly) {
      spans.push({ startMs: weekMs + startMinute * MINUTE_MS, endMs: weekMs + endMinute * MINUTE_MS });
    }
  }
  return spans;
}
