/** A company's rules, also of one that has set none. */
import { HORIZON_MS_MAX, STOP_DURATION_MS_MAX } from './limits.js';
import type { StopTerms } from './state.js';
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
export function policyOf(
  memory: { readonly policies: { get(company: string): PolicyTerms | undefined } },
  company: string,
): PolicyTerms {
  return memory.policies.get(company) ?? DEFAULT_POLICY;
}

/** What is agreed of a stop that is committed now: one object for all stops under the same rules of a company. */
export class CurrentTerms {
  readonly #known = new Map<string, StopTerms>();
  readonly #rulesOf: (company: string) => PolicyTerms;

  constructor(rulesOf: (company: string) => PolicyTerms) {
    this.#rulesOf = rulesOf;
  }

  of(company: string): StopTerms {
    const known = this.#known.get(company);
    if (known !== undefined) return known;
    const rules = this.#rulesOf(company);
    const terms: StopTerms = {
      company,
      earlyMs: rules.earlyMs,
      lateMs: rules.lateMs,
      bufferMs: rules.bufferMs,
      cancelBeforeMs: rules.cancelBeforeMs,
      reservationFeeCentavos: rules.reservationFeeCentavos,
      lateCancelFeeCentavos: rules.lateCancelFeeCentavos,
      noShowFeeCentavos: rules.noShowFeeCentavos,
    };
    this.#known.set(company, terms);
    return terms;
  }

  /** The company has other rules from now on. */
  forget(company: string): void {
    this.#known.delete(company);
  }
}
