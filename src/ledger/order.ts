/**
 * Orders that are the same on every machine: by UTF-16 code units, never by locale.
 */

/** Negative, 0 or positive as `a` comes before, with or after `b` by code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NUMERIC = /^[0-9]+$/;

/**
 * Order of ids as people read them: ids that are numbers come first, by number ('2' before '10'), then the
 * others by code units. Total: '7' and '07' are the same number and are told apart as text.
 */
export function compareIds(a: string, b: string): number {
  const aNumeric = NUMERIC.test(a);
  const bNumeric = NUMERIC.test(b);
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  if (!aNumeric) return compareText(a, b);
  const aDigits = withoutLeadingZeros(a);
  const bDigits = withoutLeadingZeros(b);
  // Of two numbers without leading zeros the longer one is greater: no conversion that could round.
  return aDigits.length - bDigits.length || compareText(aDigits, bDigits) || compareText(a, b);
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, '');
}
