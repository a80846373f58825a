/** What a request may ask for, as the documentation says it. */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const STOPS_MAX = 50;
export const ENDS_PER_ENTRY_MAX = 1_000;
export const KEYS_PER_HOLDER_MAX = 1_000;
export const CLIENT_KEY_MS = DAY_MS;
export const NODE_KEY_GRACE_MS = MINUTE_MS;

const LAST_MOMENT_MS = 2 ** 52;

export function isHoldLength(holdMs: number): boolean {
  return holdMs === 0 || (Number.isSafeInteger(holdMs) && holdMs >= 1_000 && holdMs <= DAY_MS);
}

export function isStopLength(durationMs: number): boolean {
  return Number.isSafeInteger(durationMs) && durationMs >= MINUTE_MS && durationMs <= 30 * DAY_MS;
}

export function isMoment(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 1 && ms <= LAST_MOMENT_MS;
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
