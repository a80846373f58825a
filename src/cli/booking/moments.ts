/**
 * Times and durations as people type them, and times as they read them.
 *
 * A time is `2026-12-01T12:00-03:00` (seconds may follow, an offset or Z must), or `+2h`: so long after the ledger time
 * of the node, which in a demo runs faster than any clock on the wall, at the next full minute.
 */

const DURATION = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/;
const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i;

const MINUTE_MS = 60_000;
const UNITS_MS = [24 * 60 * MINUTE_MS, 60 * MINUTE_MS, MINUTE_MS, 1_000] as const;

/** A moment, or so many milliseconds after the node's ledger time. */
export type Moment = { readonly atMs: number } | { readonly inMs: number };

/** `1h30m`, `40m`, `90s` or `2d` in milliseconds; undefined for anything else, and for nothing. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (text === '' || parts === null) return undefined;
  return UNITS_MS.reduce((sumMs, unitMs, place) => sumMs + Number(parts[place + 1] ?? 0) * unitMs, 0);
}

/** Undefined for what is neither a time with an offset nor `+` and a duration. */
export function parseMoment(text: string): Moment | undefined {
  if (text.startsWith('+')) {
    const inMs = parseDuration(text.slice(1));
    return inMs === undefined ? undefined : { inMs };
  }
  const [, day, minute, seconds = ':00', offset] = MOMENT.exec(text) ?? [];
  const atMs = Date.parse(`${day}T${minute}${seconds}${offset?.toUpperCase()}`);
  return Number.isNaN(atMs) ? undefined : { atMs };
}

/** The moment itself, where the node's ledger time is `nowMs`: a relative one at the next full minute. */
export function resolveMoment(moment: Moment, nowMs: number): number {
  return 'atMs' in moment ? moment.atMs : Math.ceil((nowMs + moment.inMs) / MINUTE_MS) * MINUTE_MS;
}

/** RFC 3339 in UTC, as requests carry it. */
export function momentText(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** A time of an answer for people: UTC without what is zero anyway. It can be typed again. */
export function shortTime(text: string | null): string {
  if (text === null) return '';
  return text.replace(/\.000Z$/, 'Z').replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d):00Z$/, '$1Z');
}
