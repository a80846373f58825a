/**
 * Numbers on the command line that are no settings, such as how many vehicles. What is wrong goes to `faults`.
 */

/** A whole number from `min` to `max`; `min` when the text is none. */
export function parseCount(flag: string, text: string, min: number, max: number, faults: string[]): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  faults.push(`--${flag} (flag): must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
  return min;
}

/** Seconds, above 0 and up to a day; parts of a second are allowed. */
export function parseSeconds(flag: string, text: string, faults: string[]): number {
  const value = parseDecimal(text);
  if (value > 0 && value <= 86_400) return value;
  faults.push(`--${flag} (flag): must be seconds above 0 and up to 86400, got ${JSON.stringify(text)}`);
  return 1;
}

/** How many times faster time runs: 1 to 10,000, three decimals at most. */
export function parseSpeed(flag: string, text: string, faults: string[]): number {
  const value = parseDecimal(text);
  if (value >= 1 && value <= 10_000) return value;
  faults.push(`--${flag} (flag): must be from 1 to 10000, got ${JSON.stringify(text)}`);
  return 1;
}

function parseDecimal(text: string): number {
  return /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
}
