/** The part of a stop in a reservation's row that holds what was agreed when it was committed. */
import type { StopTerms } from '../state.js';
import { fieldsOf, integerOf, textOf } from './checks.js';

/** The terms with their fields in canonical order, for `JSON.stringify`. */
export function writableTerms(terms: StopTerms): StopTerms {
  return {
    company: terms.company,
    earlyMs: terms.earlyMs,
    lateMs: terms.lateMs,
    bufferMs: terms.bufferMs,
    cancelBeforeMs: terms.cancelBeforeMs,
    reservationFeeCentavos: terms.reservationFeeCentavos,
    lateCancelFeeCentavos: terms.lateCancelFeeCentavos,
    noShowFeeCentavos: terms.noShowFeeCentavos,
  };
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
