import { describe, expect, it } from 'vitest';
import {
  FEE_CENTAVOS_MAX,
  HORIZON_MS_MAX,
  LATE_MS_MIN,
  MARGIN_MS_MAX,
  STOP_DURATION_MS_MAX,
} from '../../src/ledger/limits.js';
import type { PolicyTerms } from '../../src/ledger/terms.js';
import { changesBeyondKeys, HOUR_MS, MINUTE_MS, refusal, reserve, START_MS, stop } from './log.js';
import { POLICY, reserved, tripLog, view } from './trips.js';

const set = (more: Partial<PolicyTerms> = {}) =>
  ({ kind: 'set-policy', policy: { ...POLICY, ...more } }) as const;

describe('a policy', () => {
  it('holds for stops that are committed from now on, and for no others', () => {
    const log = tripLog();
    const before = reserved(log, [stop('1', { startMs: START_MS + HOUR_MS })]);
    expect(log.result(set({ noShowFeeCentavos: 999, bufferMs: HOUR_MS }))).toEqual({ kind: 'registered' });
    const after = reserved(log, [stop('2')]);
    expect(view(log, before).stops[0]!.terms).toMatchObject({ noShowFeeCentavos: 70, bufferMs: 0 });
    expect(view(log, after).stops[0]!.terms).toMatchObject({ noShowFeeCentavos: 999, bufferMs: HOUR_MS });
    expect(log.result(reserve([stop('1', { startMs: START_MS + 2 * HOUR_MS })]))).toMatchObject({
      kind: 'reserved',
    });
  });

  it('is asked when stops are wanted', () => {
    const log = tripLog();
    log.apply(set({ minNoticeMs: HOUR_MS, horizonMs: 5 * HOUR_MS, durationMaxMs: HOUR_MS }));
    const reasonFor = (startMs: number, durationMs = HOUR_MS) => {
      const result = log.result(reserve([stop('1', { startMs, durationMs })]));
      return result.kind === 'refused' ? result.conflicts[0]?.reason : result.kind;
    };
    expect(reasonFor(START_MS + HOUR_MS - 1)).toBe('TOO_SOON');
    expect(reasonFor(START_MS + 5 * HOUR_MS + 1)).toBe('TOO_FAR');
    expect(reasonFor(START_MS + HOUR_MS, HOUR_MS + 1)).toBe('TOO_LONG');
    expect(reasonFor(START_MS + HOUR_MS)).toBe('reserved');
  });

  it('is of the company whose node says it, which must be registered', () => {
    const log = tripLog();
    const operation = set({ noShowFeeCentavos: 999 });
    log.apply(operation, { originCompany: 'empresa_b' });
    expect(view(log, reserved(log, [stop('1')])).stops[0]!.terms).toMatchObject({ noShowFeeCentavos: 70 });
    expect(view(log, reserved(log, [stop('3')])).stops[0]!.terms).toMatchObject({ noShowFeeCentavos: 999 });
    const nobody = log.apply(operation, { originCompany: 'empresa_x' });
    expect(nobody.answer.result).toMatchObject(refusal('UNKNOWN_COMPANY'));
  });

  it.each<[string, Partial<PolicyTerms>]>([
    ['a notice in the past', { minNoticeMs: -1 }],
    ['a notice beyond the horizon', { minNoticeMs: 2, horizonMs: 1 }],
    ['a horizon of more than a year', { horizonMs: HORIZON_MS_MAX + 1 }],
    ['stops that last no minute', { durationMaxMs: MINUTE_MS - 1 }],
    ['stops that last a month', { durationMaxMs: STOP_DURATION_MS_MAX + 1 }],
    ['more than a day early', { earlyMs: MARGIN_MS_MAX + 1 }],
    ['no grace', { lateMs: LATE_MS_MIN - 1 }],
    ['more than a day of grace', { lateMs: MARGIN_MS_MAX + 1 }],
    ['half a millisecond of buffer', { bufferMs: 0.5 }],
    ['cancelling after the window', { cancelBeforeMs: -1 }],
    ['a fee that is a gift', { reservationFeeCentavos: -1 }],
    ['a fee of half a centavo', { lateCancelFeeCentavos: 0.5 }],
    ['a fee of more than a million reais', { noShowFeeCentavos: FEE_CENTAVOS_MAX + 1 }],
  ])('with %s is refused', (_, fault) => {
    const applied = tripLog().apply(set(fault));
    expect(applied.answer.result).toMatchObject(refusal('INVALID'));
    expect(changesBeyondKeys(applied)).toEqual([]);
  });

  it('may say the most of everything', () => {
    const most = {
      ...{ minNoticeMs: HORIZON_MS_MAX, horizonMs: HORIZON_MS_MAX, durationMaxMs: STOP_DURATION_MS_MAX },
      ...{ earlyMs: MARGIN_MS_MAX, lateMs: MARGIN_MS_MAX, bufferMs: MARGIN_MS_MAX },
      ...{ cancelBeforeMs: HORIZON_MS_MAX, noShowFeeCentavos: FEE_CENTAVOS_MAX },
    };
    expect(tripLog().result(set(most))).toEqual({ kind: 'registered' });
  });
});
