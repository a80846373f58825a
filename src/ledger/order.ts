/**
 * Orders that are the same on every machine: by UTF-16 code units, never by locale.
 */

const ZERO = 0x30;
const NINE = 0x39;

/** Negative, 0 or positive as `a` comes before, with or after `b` by code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Order of ids as people read them: ids that are numbers come first, by number ('2' before '10'), then the
 * others by code units. Total: '7' and '07' are the same number and are told apart as text.
 */
export function compareIds(a: string, b: string): number {
  const aNumeric = isNumeric(a);
  const bNumeric = isNumeric(b);
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  if (!aNumeric) return compareText(a, b);
  const aDigits = withoutLeadingZeros(a);
  const bDigits = withoutLeadingZeros(b);
  // Of two numbers without leading zeros the longer one is greater: no conversion that could round.
  return aDigits.length - bDigits.length || compareText(aDigits, bDigits) || compareText(a, b);
}

/** One digit or more, and nothing else. Written out, for lists of thousands are sorted by it. */
function isNumeric(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < ZERO || unit > NINE) return false;
  }
  return text.length > 0;
}

function withoutLeadingZeros(digits: string): string {
  return digits.charCodeAt(0) === ZERO ? digits.replace(/^0+(?=[0-9])/, '') : digits;
}
