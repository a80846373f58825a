/** A company's booking rules: for all stops at its points that are committed from now on. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import {
  FEE_CENTAVOS_MAX,
  HORIZON_MS_MAX,
  LATE_MS_MIN,
  MARGIN_MS_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { PolicyTerms } from '../terms.js';
import type { Context } from './context.js';

/** What each may be, both ends included. */
const RANGES: { readonly [K in keyof PolicyTerms]: readonly [min: number, max: number] } = {
  minNoticeMs: [0, HORIZON_MS_MAX],
  horizonMs: [0, HORIZON_MS_MAX],
  durationMaxMs: [STOP_DURATION_MS_MIN, STOP_DURATION_MS_MAX],
  earlyMs: [0, MARGIN_MS_MAX],
  lateMs: [LATE_MS_MIN, MARGIN_MS_MAX],
  bufferMs: [0, MARGIN_MS_MAX],
  cancelBeforeMs: [0, HORIZON_MS_MAX],
  reservationFeeCentavos: [0, FEE_CENTAVOS_MAX],
  lateCancelFeeCentavos: [0, FEE_CENTAVOS_MAX],
  noShowFeeCentavos: [0, FEE_CENTAVOS_MAX],
};

/** The origin company says its rules. Stops that are committed keep the terms that they have. */
export function setPolicy(
  memory: Memory,
  { policy }: OperationOf<'set-policy'>,
  { command }: Context,
): Result {
  const fault = faultOf(policy);
  if (fault !== null) return refused('INVALID', fault);
  const company = command.originCompany;
  if (!memory.companies.has(company)) return refused('UNKNOWN_COMPANY');
  memory.policies.put({ company, ...policy });
  return { kind: 'registered' };
}

function faultOf(policy: PolicyTerms): string | null {
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    if (!isWithin(policy[name as keyof PolicyTerms], min, max)) return `${name} is ${min} to ${max}`;
  }
  return policy.minNoticeMs > policy.horizonMs ? 'a notice beyond the horizon lets nobody reserve' : null;
}
