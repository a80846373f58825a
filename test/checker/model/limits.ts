/** What a request may ask for, and how much an entry may do, as the documentation says it. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Later than everything. */
export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

export const STOPS_MAX = 50;
export const ENDS_PER_ENTRY_MAX = 1_000;
export const KEYS_PER_HOLDER_MAX = 1_000;
export const CLIENT_KEY_MS = DAY_MS;
export const NODE_KEY_GRACE_MS = MINUTE_MS;

export const SITE_STOPS_MAX = 8;
export const SITE_POINTS_MAX = 256;
export const STOPS_EVER_MAX = 100;
export const BOOKINGS_PER_HOLDER_MAX = 32;
export const HOLDS_PER_HOLDER_MAX = 4;
export const DOCUMENTED_PER_HOLDER_MAX = 20_000;
export const HOLD_WARNING_MS = MINUTE_MS;
export const SUBSTITUTES_MAX = 8;

export const TICKET_MS = 120_000;
export const TICKET_STOPS_MAX = 20;
export const CLAIMS_PER_POINT_MAX = 256;

export const WAIT_STOPS_MAX = 20;
export const WAITS_PER_HOLDER_MAX = 8;
export const WAITS_PER_LINE_MAX = 64;
export const OFFERS_PER_ENTRY_MAX = 64;
export const WISHES_PER_ENTRY_MAX = 1_024;
export const OFFER_MS = 10 * MINUTE_MS;
export const MISSES_MAX = 3;

export const NAMED_BOOKINGS_MAX = 50;
export const DISPLACED_PER_ENTRY_MAX = 256;
export const SWEPT_PER_ENTRY_MAX = 10_000;
export const STOPS_PER_EXPIRE_MAX = 512;
export const STATUS_MAX_MS = 90 * DAY_MS;
export const STATUS_STEP_MS = 15 * MINUTE_MS;
export const OVERSTAY_MAX_MS = 12 * HOUR_MS;

export const NOTICES_PER_HOLDER_MAX = 64;
export const NOTICE_MS = 7 * DAY_MS;
export const ENDED_KEPT_MS = 2 * DAY_MS;
export const PRUNED_PER_ENTRY_MAX = 1_000;
export const PRUNED_STOPS_PER_ENTRY_MAX = 2_000;
export const ENDED_KEPT_MAX = 500_000;

export const WEEK_MINUTES = 7 * 24 * 60;
export const HORIZON_MAX_MS = 366 * DAY_MS;
export const FEE_MAX_CENTAVOS = 100_000_000;
export const STOP_MAX_MS = 30 * DAY_MS;
const QUANTITY_MAX = 2 ** 32 - 1;
export const LAST_MOMENT_MS = 2 ** 52;

export function isBetween(n: number, min: number, max: number): boolean {
  return Number.isSafeInteger(n) && min <= n && n <= max;
}

export function isHoldLength(holdMs: number): boolean {
  return holdMs === 0 || isExtension(holdMs);
}

export function isExtension(holdMs: number): boolean {
  return isBetween(holdMs, 1_000, DAY_MS);
}

export function isStopLength(durationMs: number): boolean {
  return isBetween(durationMs, MINUTE_MS, STOP_MAX_MS);
}

export function isMoment(ms: number): boolean {
  return isBetween(ms, 1, LAST_MOMENT_MS);
}

/** Metres or watts. */
export function isQuantity(n: number): boolean {
  return isBetween(n, 0, QUANTITY_MAX);
}

/** A number that a stop may have. */
export function isStopNumber(n: number): boolean {
  return isBetween(n, 0, STOPS_EVER_MAX - 1);
}

/** A text that may name a point or company; it need not be one's id. */
export function isReference(text: string): boolean {
  return text.length <= 64;
}

export function isId(text: string): boolean {
  return isReference(text) && /^[A-Za-z0-9_.-]+$/.test(text);
}

export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= 200;
}

/** A holder or request key: printable ASCII. */
export function isPrintable(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && /^[ -~]+$/.test(text);
}
