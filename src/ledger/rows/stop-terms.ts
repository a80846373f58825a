/** The part of a stop in a reservation's row that holds what was agreed when it was committed. */
import type { StopTerms } from '../state.js';
import { fieldsOf, integerOf, textOf } from './checks.js';
import { quoted } from './text.js';

/** The terms as JSON in canonical order. */
export function termsText(terms: StopTerms): string {
  return (
    `{"company":${quoted(terms.company)},"earlyMs":${terms.earlyMs},"lateMs":${terms.lateMs}` +
    `,"bufferMs":${terms.bufferMs},"cancelBeforeMs":${terms.cancelBeforeMs}` +
    `,"reservationFeeCentavos":${terms.reservationFeeCentavos}` +
    `,"lateCancelFeeCentavos":${terms.lateCancelFeeCentavos},"noShowFeeCentavos":${terms.noShowFeeCentavos}}`
  );
}

/** Throws when the value is not such terms. */
export function readTerms(value: unknown): StopTerms {
  const fields = fieldsOf(value);
  return {
    company: textOf(fields.company),
    earlyMs: integerOf(fields.earlyMs),
    lateMs: integerOf(fields.lateMs),
    bufferMs: integerOf(fields.bufferMs),
    cancelBeforeMs: integerOf(fields.cancelBeforeMs),
    reservationFeeCentavos: integerOf(fields.reservationFeeCentavos),
    lateCancelFeeCentavos: integerOf(fields.lateCancelFeeCentavos),
    noShowFeeCentavos: integerOf(fields.noShowFeeCentavos),
  };
}
