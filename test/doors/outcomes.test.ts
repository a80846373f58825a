import { describe, expect, it } from 'vitest';
import { codeOf, OUTCOMES, type Outcome, outcomeOf } from '../../src/doors/outcomes.js';

const ROWS: readonly (readonly [string, Outcome])[] = Object.entries(OUTCOMES);

/** Those that were published; new ones are added, none is taken away. */
const PROBLEMS = `already-confirmed already-ended bad-request body-too-large changed-since company-not-empty has-bookings
  hold-too-long internal invalid key-reused method-not-allowed not-confirmed not-found not-owner nothing-released
  outcome-unknown overloaded point-busy stops-unavailable ticket-live too-early too-late too-many-bookings too-many-holds
  too-many-keys too-many-stops too-many-waits unavailable unknown-company unknown-point unknown-reservation unknown-route
  unknown-stop unknown-wait unsupported-media-type version-not-raised waitlist-full wrong-stop-state`;

describe('the table of outcomes', () => {
  it('gives every row words in both languages, a title and a slug of its own', () => {
    expect(new Set(ROWS.map(([, row]) => row.slug)).size).toBe(ROWS.length);
    for (const [code, row] of ROWS) {
      expect(row.slug, code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const words of [row.title, row.portuguese, row.english]) expect(words, code).not.toBe('');
    }
  });

  it('never lets go of a slug: clients know problems by them', () => {
    const slugs = ROWS.map(([, { slug }]) => slug);
    expect(slugs).toEqual(expect.arrayContaining(PROBLEMS.split(/\s+/)));
  });

  it('says OK to gRPC exactly where HTTP succeeds', () => {
    for (const [code, row] of ROWS) expect(row.grpcCode === 0, code).toBe(row.httpStatus < 400);
  });

  it('tells when to try again exactly where nothing was done and it may work soon', () => {
    const retried = ROWS.filter(([, row]) => row.retryAfterSeconds !== null);
    expect(retried.map(([code]) => code).sort()).toEqual([
      'RESOURCE_EXHAUSTED',
      'TOO_LATE',
      'UNAVAILABLE',
      'VERSION_NOT_RAISED',
    ]);
    for (const [code, row] of retried) expect(row.httpStatus).toBe(code === 'VERSION_NOT_RAISED' ? 409 : 503);
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
