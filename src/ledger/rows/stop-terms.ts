/** The part of a stop in a reservation's row that holds what was agreed when it was committed: a list, in the order below. */
import type { StopTerms } from '../state.js';
import { integerOf, textOf, tupleOf } from './checks.js';
import { quoted } from './text.js';

/** The terms as JSON. */
export function termsText(terms: StopTerms): string {
  return (
    `[${quoted(terms.company)},${terms.earlyMs},${terms.lateMs},${terms.bufferMs},${terms.cancelBeforeMs}` +
    `,${terms.reservationFeeCentavos},${terms.lateCancelFeeCentavos},${terms.noShowFeeCentavos}]`
  );
}

/** Throws when the value is not such terms. */
export function readTerms(value: unknown): StopTerms {
  const [company, earlyMs, lateMs, bufferMs, cancelBeforeMs, ...fees] = tupleOf(value, 8);
  return {
    company: textOf(company),
    earlyMs: integerOf(earlyMs),
    lateMs: integerOf(lateMs),
    bufferMs: integerOf(bufferMs),
    cancelBeforeMs: integerOf(cancelBeforeMs),
    reservationFeeCentavos: integerOf(fees[0]),
    lateCancelFeeCentavos: integerOf(fees[1]),
    noShowFeeCentavos: integerOf(fees[2]),
  };
}
