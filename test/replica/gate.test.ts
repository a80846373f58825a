import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replicaId } from '../../src/raft/entry.js';
import type { Failure } from '../../src/replica/failure.js';
import { MeshGate } from '../../src/replica/gate.js';
import { LoneLedger, SingleMesh } from '../support/single-mesh.js';
import { wish } from './world.js';

const IDENTITY = {
  replica: replicaId('a'.repeat(16)),
  cluster: '',
  company: 'empresa_a',
  peerCompanies: ['empresa_a'],
  founders: [],
};
const REGISTER = wish({ kind: 'register-company', name: 'A', displayId: 'a' }, 'k', 'empresa_a');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the gate', () => {
  it('fails a request with "nothing was proposed" and why, when its time is over before it opens', async () => {
    const gate = new MeshGate(
      IDENTITY,
      () => 0,
      () => performance.now(),
    );
    gate.waitsBecause('no answer yet from empresa_b');
    const failure = gate.submit(REGISTER, { timeoutMs: 1_000 }).catch((error: Failure) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await failure).toMatchObject({ code: 'UNAVAILABLE', message: 'no answer yet from empresa_b' });
  });

  it('takes the time that a request waited off the time that it has left', async () => {
    const gate = new MeshGate(
      IDENTITY,
      () => 0,
      () => performance.now(),
    );
    const mesh = new SingleMesh(new LoneLedger());
    const query = { kind: 'totals' } as const;
    const early = gate.query(query, { consistency: 'linearizable', timeoutMs: 1_000 });
    await vi.advanceTimersByTimeAsync(700);
    gate.open(mesh);
    await early;
    await gate.query(query, { consistency: 'stale', timeoutMs: 1_000 });
    expect(mesh.queries.map(({ options }) => options.timeoutMs)).toEqual([300, 1_000]);
  });

  it('fails a stale query at once while it is closed: there is nothing to answer it from', async () => {
    const gate = new MeshGate(
      IDENTITY,
      () => 0,
      () => performance.now(),
    );
    gate.waitsBecause('no answer yet from empresa_b');
    const query = gate.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 1_000 });
    await expect(query).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no answer yet from empresa_b',
    });
  });
});
