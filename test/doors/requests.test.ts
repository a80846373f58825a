import { describe, expect, it } from 'vitest';
import { BadRequest } from '../../src/doors/bad-request.js';
import {
  foldNamedPoints,
  ofAnyCompany,
  release,
  reserveNow,
  submissionOf,
} from '../../src/doors/requests.js';

describe('a documented reservation', () => {
  it('asks for every point from now on, for the window, without a hold', () => {
    expect(reserveNow([...ofAnyCompany(['1']), { pointId: '3', company: 'empresa_b' }], 60_000)).toEqual({
      kind: 'reserve',
      stops: [
        { pointId: '1', company: '', startMs: 'now', durationMs: 60_000 },
        { pointId: '3', company: 'empresa_b', startMs: 'now', durationMs: 60_000 },
      ],
      holdMs: 0,
    });
  });
});

describe('a documented cancel', () => {
  it('releases the points as the mode says', () => {
    expect(release(['1', '2'], 'any')).toEqual({ kind: 'release', pointIds: ['1', '2'], mode: 'any' });
  });
});

describe('points named with companies', () => {
  it('are folded into their first appearance', () => {
    expect(
      foldNamedPoints([{ id: '2' }, { id: ' 1 ', company: ' x ' }, { id: '2' }, { id: '1', company: 'x' }]),
    ).toEqual([
      { pointId: '2', company: '' },
      { pointId: '1', company: 'x' },
    ]);
  });

  it('keep the company that was named once', () => {
    expect(
      foldNamedPoints([
        { id: '1', company: '' },
        { id: '1', company: 'x' },
      ]),
    ).toEqual([{ pointId: '1', company: 'x' }]);
  });

  it('stay apart when their companies differ', () => {
    expect(
      foldNamedPoints([
        { id: '1', company: 'x' },
        { id: '1', company: 'y' },
      ]),
    ).toHaveLength(2);
  });

  it('are bounded in number, also when one point is named with many companies', () => {
    const many = Array.from({ length: 51 }, (_, at) => ({ id: '1', company: `c${at}` }));
    expect(() => foldNamedPoints(many)).toThrow(BadRequest);
    expect(foldNamedPoints(many.slice(1))).toHaveLength(50);
    expect(() => foldNamedPoints([])).toThrow(BadRequest);
  });
});

describe('a submission', () => {
  const wish = {
    door: 'rest',
    holder: 'v1',
    traceId: 'a'.repeat(32),
    operation: release(['1'], 'any'),
  } as const;

  it('carries the client’s key', () => {
    const submission = submissionOf({ ...wish, requestKey: 'mine' }, { makeKey: () => 'made' });
    expect(submission).toEqual({ ...wish, requestKey: 'mine', keyKind: 'client' });
  });

  it('gets a key of the node where the client chose none', () => {
    const submission = submissionOf({ ...wish, requestKey: undefined }, { makeKey: () => 'made' });
    expect(submission).toEqual({ ...wish, requestKey: 'made', keyKind: 'node' });
  });
});
