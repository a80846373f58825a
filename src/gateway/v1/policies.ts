/**
 * A company's booking rules: what holds at its points for stops that are committed from now on.
 */
import { z } from 'zod';
import {
  FEE_CENTAVOS_MAX,
  HORIZON_MS_MAX,
  LATE_MS_MIN,
  MARGIN_MS_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
} from '../../ledger/limits.js';
import type { PolicyTerms } from '../../ledger/terms.js';
import { notFound } from '../fault.js';
import { OF_COMPANY, ownOnly } from './companies.js';
import { MONEY, money, scaled } from './fields.js';
import { input, output } from './named.js';
import { type Route, route } from './route.js';

function seconds(minMs: number, maxMs: number): z.ZodInt {
  return z
    .int()
    .min(Math.ceil(minMs / 1_000))
    .max(Math.floor(maxMs / 1_000));
}

const FEE = z.strictObject({
  amount: z.int().min(0).max(FEE_CENTAVOS_MAX).describe('In centavos.'),
  currency: z.literal('BRL'),
});

const POLICY_EXAMPLE = {
  minNoticeSeconds: 0,
  horizonSeconds: 31_622_400,
  durationMaxSeconds: 14_400,
  earlySeconds: 900,
  lateSeconds: 900,
  bufferSeconds: 300,
  cancelBeforeSeconds: 3_600,
  reservationFee: { amount: 250, currency: 'BRL' as const },
  lateCancelFee: { amount: 500, currency: 'BRL' as const },
  noShowFee: { amount: 1_000, currency: 'BRL' as const },
};

const POLICY_FACTS = input(
  'PolicyFacts',
  POLICY_EXAMPLE,
  z.strictObject({
    minNoticeSeconds: seconds(0, HORIZON_MS_MAX).describe('A window starts at least so long from now.'),
    horizonSeconds: seconds(0, HORIZON_MS_MAX).describe('A window starts at most so long from now.'),
    durationMaxSeconds: seconds(STOP_DURATION_MS_MIN, STOP_DURATION_MS_MAX),
    earlySeconds: seconds(0, MARGIN_MS_MAX).describe('So long before its window a stop may start.'),
    lateSeconds: seconds(LATE_MS_MIN, MARGIN_MS_MAX).describe(
      'So long after its window began a stop that has not started is a no-show.',
    ),
    bufferSeconds: seconds(0, MARGIN_MS_MAX).describe('The point stays free so long after each window.'),
    cancelBeforeSeconds: seconds(0, HORIZON_MS_MAX).describe(
      'A cancellation later than this before the window costs its fee.',
    ),
    reservationFee: FEE,
    lateCancelFee: FEE,
    noShowFee: FEE,
  }),
);

const POLICY = output(
  'Policy',
  { company: 'empresa_a', isDefault: false, ...POLICY_EXAMPLE },
  z.object({
    company: z.string(),
    isDefault: z.boolean().describe('Whether the company never set one.'),
    minNoticeSeconds: z.number(),
    horizonSeconds: z.number(),
    durationMaxSeconds: z.number(),
    earlySeconds: z.number(),
    lateSeconds: z.number(),
    bufferSeconds: z.number(),
    cancelBeforeSeconds: z.number(),
    reservationFee: MONEY,
    lateCancelFee: MONEY,
    noShowFee: MONEY,
  }),
);

const getPolicy = route(
  {
    method: 'GET',
    path: '/v1/companies/{id}/policy',
    operationId: 'getPolicy',
    tag: 'companies',
    summary: 'What a company wants of bookings',
    does: 'read',
    params: OF_COMPANY,
    answers: { 200: { description: 'Its booking rules, or the default.', schema: POLICY } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const found = await call.read({ kind: 'policy', company: call.params.id });
    if (found === null) throw notFound('company');
    return policyOf(found.company, found.policy, found.isDefault);
  },
);

const putPolicy = route(
  {
    method: 'PUT',
    path: '/v1/companies/{id}/policy',
    operationId: 'putPolicy',
    tag: 'companies',
    summary: 'Says what the company of this node wants of bookings',
    description: 'It holds for stops that are committed from now on.',
    does: 'write',
    params: OF_COMPANY,
    body: POLICY_FACTS,
    answers: { 200: { description: 'What holds now.', schema: POLICY } },
    problems: ['NOT_OWNER', 'UNKNOWN_COMPANY'],
  },
  async (call) => {
    const company = ownOnly(call.params.id, call.context.settings);
    const policy = termsOf(call.body);
    await call.write({ kind: 'set-policy', policy }, ['registered']);
    return policyOf(company, policy, false);
  },
);

function termsOf(facts: z.output<typeof POLICY_FACTS>): PolicyTerms {
  return {
    minNoticeMs: scaled(facts.minNoticeSeconds, 1_000),
    horizonMs: scaled(facts.horizonSeconds, 1_000),
    durationMaxMs: scaled(facts.durationMaxSeconds, 1_000),
    earlyMs: scaled(facts.earlySeconds, 1_000),
    lateMs: scaled(facts.lateSeconds, 1_000),
    bufferMs: scaled(facts.bufferSeconds, 1_000),
    cancelBeforeMs: scaled(facts.cancelBeforeSeconds, 1_000),
    reservationFeeCentavos: facts.reservationFee.amount,
    lateCancelFeeCentavos: facts.lateCancelFee.amount,
    noShowFeeCentavos: facts.noShowFee.amount,
  };
}

function policyOf(company: string, policy: PolicyTerms, isDefault: boolean): z.output<typeof POLICY> {
  return {
    company,
    isDefault,
    minNoticeSeconds: policy.minNoticeMs / 1000,
    horizonSeconds: policy.horizonMs / 1000,
    durationMaxSeconds: policy.durationMaxMs / 1000,
    earlySeconds: policy.earlyMs / 1000,
    lateSeconds: policy.lateMs / 1000,
    bufferSeconds: policy.bufferMs / 1000,
    cancelBeforeSeconds: policy.cancelBeforeMs / 1000,
    reservationFee: money(policy.reservationFeeCentavos),
    lateCancelFee: money(policy.lateCancelFeeCentavos),
    noShowFee: money(policy.noShowFeeCentavos),
  };
}

export const POLICY_ROUTES: readonly Route[] = [getPolicy, putPolicy];
