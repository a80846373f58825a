/** `y:<company id>`: a company's booking rules. */
import type { Policy } from '../state.js';
import { integerOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const POLICY_ROW: RowFormat<Policy> = {
  prefix: 'y:',
  id: (policy) => policy.company,
  write: (policy) =>
    JSON.stringify({
      v: ROW_VERSION,
      company: policy.company,
      minNoticeMs: policy.minNoticeMs,
      horizonMs: policy.horizonMs,
      durationMaxMs: policy.durationMaxMs,
      earlyMs: policy.earlyMs,
      lateMs: policy.lateMs,
      bufferMs: policy.bufferMs,
      cancelBeforeMs: policy.cancelBeforeMs,
      reservationFeeCentavos: policy.reservationFeeCentavos,
      lateCancelFeeCentavos: policy.lateCancelFeeCentavos,
      noShowFeeCentavos: policy.noShowFeeCentavos,
    }),
  read: (fields) => ({
    company: textOf(fields.company),
    minNoticeMs: integerOf(fields.minNoticeMs),
    horizonMs: integerOf(fields.horizonMs),
    durationMaxMs: integerOf(fields.durationMaxMs),
    earlyMs: integerOf(fields.earlyMs),
    lateMs: integerOf(fields.lateMs),
    bufferMs: integerOf(fields.bufferMs),
    cancelBeforeMs: integerOf(fields.cancelBeforeMs),
    reservationFeeCentavos: integerOf(fields.reservationFeeCentavos),
    lateCancelFeeCentavos: integerOf(fields.lateCancelFeeCentavos),
    noShowFeeCentavos: integerOf(fields.noShowFeeCentavos),
  }),
};
