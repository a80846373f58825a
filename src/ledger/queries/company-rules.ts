/** What a company set for its points. */
import type { Memory } from '../memory.js';
import { policyOf } from '../policy.js';
import type { PolicyView } from '../query.js';
import type { PolicyTerms } from '../terms.js';

/** What holds at a company's points; null when there is no such company. */
export function policyView(memory: Memory, company: string): PolicyView | null {
  if (!memory.companies.has(company)) return null;
  const { minNoticeMs, horizonMs, durationMaxMs, earlyMs, lateMs, bufferMs, cancelBeforeMs, ...fees } =
    policyOf(memory, company);
  const { reservationFeeCentavos, lateCancelFeeCentavos, noShowFeeCentavos } = fees;
  const policy: PolicyTerms = {
    minNoticeMs,
    horizonMs,
    durationMaxMs,
    earlyMs,
    lateMs,
    bufferMs,
    cancelBeforeMs,
    reservationFeeCentavos,
    lateCancelFeeCentavos,
    noShowFeeCentavos,
  };
  return { company, policy, isDefault: !memory.policies.has(company) };
}
