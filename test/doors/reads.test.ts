import { describe, expect, it } from 'vitest';
import { readFreshOrStale } from '../../src/doors/reads.js';
import { Failure } from '../../src/replica/failure.js';
import { LoneLedger, SingleMesh } from '../support/single-mesh.js';

const TOTALS = { kind: 'totals' } as const;

describe('a documented read', () => {
  it('is fresh when that works', async () => {
    const mesh = new SingleMesh(new LoneLedger());
    expect(await readFreshOrStale(mesh, TOTALS, 500)).toMatchObject({ stale: false, ageMs: 0 });
    expect(mesh.queries).toHaveLength(1);
  });

  it.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'] as const)(
    'is stale, and says how old, after %s',
    async (code) => {
      const mesh = new SingleMesh(new LoneLedger());
      mesh.failFreshReads = code;
      mesh.ageMs = 42;
      expect(await readFreshOrStale(mesh, TOTALS, 500)).toMatchObject({ stale: true, ageMs: 42 });
    },
  );

  it('fails as the stale read fails', async () => {
    const mesh = new SingleMesh(new LoneLedger());
    mesh.failFreshReads = 'UNAVAILABLE';
    mesh.failStaleReads = 'RESOURCE_EXHAUSTED';
    const failure = await readFreshOrStale(mesh, TOTALS, 500).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
  });

  it('does not hide a bug behind a stale answer', async () => {
    const mesh = new SingleMesh(new LoneLedger());
    mesh.bug = new Error('bug');
    await expect(readFreshOrStale(mesh, TOTALS, 500)).rejects.toBe(mesh.bug);
    expect(mesh.queries).toHaveLength(1);
  });
});
