/**
 * The ledger's own detail of a refusal as people read it. The ledger counts milliseconds, for it knows no calendar, and
 * what it said once stands in answers that are repeated: so the doors put times and spans into words.
 */
import { timeText } from './times.js';

/** When a reservation ended; what follows is a reason that somebody gave, and stays as it is. */
const ENDED = /^([A-Z]+) at (\d{1,16}) ms by /;
const SPANS = /(?<![\w.])(?:(\d{1,16}) to )?(\d{1,16}) ms\b/g;

const UNITS = [
  ['days', 24 * 60 * 60_000],
  ['h', 60 * 60_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

export function detailText(detail: string): string {
  if (ENDED.test(detail)) {
    return detail.replace(ENDED, (_, state, ms) => `${state} at ${timeText(Number(ms))} by `);
  }
  return detail.replace(SPANS, (_, from: string | undefined, to: string) =>
    from === undefined ? spanText(Number(to)) : `${spanText(Number(from))} to ${spanText(Number(to))}`,
  );
}

/** In the largest unit of which there are two or more, and nothing left over. */
function spanText(ms: number): string {
  const whole = UNITS.filter(([, unitMs]) => ms >= unitMs && ms % unitMs === 0);
  const [name, unitMs] = whole.find(([, each]) => ms >= 2 * each) ?? whole[0] ?? ['ms', 1];
  return `${ms / unitMs} ${name}`;
}
