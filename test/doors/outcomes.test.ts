import { describe, expect, it } from 'vitest';
import { codeOf, OUTCOMES, type Outcome, outcomeOf } from '../../src/doors/outcomes.js';

const ROWS: readonly (readonly [string, Outcome])[] = Object.entries(OUTCOMES);

describe('the table of outcomes', () => {
  it('gives every row words in both languages, a title and a slug of its own', () => {
    expect(new Set(ROWS.map(([, row]) => row.slug)).size).toBe(ROWS.length);
    for (const [code, row] of ROWS) {
      expect(row.slug, code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const words of [row.title, row.portuguese, row.english]) expect(words, code).not.toBe('');
    }
  });

  it('says OK to gRPC exactly where HTTP succeeds', () => {
    for (const [code, row] of ROWS) expect(row.grpcCode === 0, code).toBe(row.httpStatus < 400);
  });

  it('tells when to try again exactly where nothing was done and it may work soon', () => {
    const retried = ROWS.filter(([, row]) => row.retryAfterSeconds !== null);
    expect(retried.map(([code]) => code).sort()).toEqual(['RESOURCE_EXHAUSTED', 'TOO_LATE', 'UNAVAILABLE']);
    for (const [, row] of retried) expect(row.httpStatus).toBe(503);
  });

  it('leaves the outcome of a decided request open nowhere but at 504', () => {
    const unknown = ROWS.filter(([, row]) => row.httpStatus === 504).map(([code]) => code);
    expect(unknown).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('finds a refusal by its reason and anything else by its kind', () => {
    const refused = { kind: 'refused', reason: 'KEY_REUSED', conflicts: [], detail: '' } as const;
    expect(outcomeOf(codeOf(refused)).httpStatus).toBe(422);
    expect(outcomeOf(codeOf({ kind: 'reserved', reservationId: 'r', stops: [] })).httpStatus).toBe(201);
  });
});
