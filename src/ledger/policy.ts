/** A company's rules, also of one that has set none. */
import { HORIZON_MS_MAX, STOP_DURATION_MS_MAX } from './limits.js';
import type { Memory } from './memory.js';
import type { PolicyTerms } from './terms.js';

const QUARTER_HOUR_MS = 15 * 60_000;

export const DEFAULT_POLICY: PolicyTerms = {
  minNoticeMs: 0,
  horizonMs: HORIZON_MS_MAX,
  durationMaxMs: STOP_DURATION_MS_MAX,
  earlyMs: QUARTER_HOUR_MS,
  lateMs: QUARTER_HOUR_MS,
  bufferMs: 0,
  cancelBeforeMs: 0,
  reservationFeeCentavos: 0,
  lateCancelFeeCentavos: 0,
  noShowFeeCentavos: 0,
};

/** What holds now at the points of a company. */
export function policyOf(memory: Memory, company: string): PolicyTerms {
  return memory.policies.get(company) ?? DEFAULT_POLICY;
}
