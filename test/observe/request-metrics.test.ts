import { beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/ledger/command.js';
import { REFUSAL_REASONS } from '../../src/ledger/result.js';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';
import type { Mesh, Submission } from '../../src/replica/mesh.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';
import { type Samples, samplesOf } from './metrics-text.js';

const TIMEOUT = { timeoutMs: 1_000 };

let single: SingleMesh;
let metrics: NodeMetrics;
let mesh: Mesh;
let nowMs: number;
beforeEach(async () => {
  single = new SingleMesh(await bahiaLedger());
  metrics = new NodeMetrics({ version: '1.2.3', company: 'empresa_a' });
  nowMs = 0;
  mesh = metrics.requests.meter(single, () => {
    nowMs += 5;
    return nowMs;
  });
});

function wish(operation: Operation, requestKey: string): Submission {
  return { door: 'rest', holder: 'car', requestKey, keyKind: 'client', traceId: '0'.repeat(32), operation };
}

function reserve(pointIds: readonly string[], requestKey: string): Submission {
  const stops = pointIds.map((pointId) => ({
    pointId,
    company: '',
    startMs: 'now' as const,
    durationMs: 60_000,
  }));
  return wish({ kind: 'reserve', stops, holdMs: 0 }, requestKey);
}

async function samples(): Promise<Samples> {
  return samplesOf(await metrics.text());
}

describe('what callers ask of a mesh', () => {
  it('is counted by door, operation and outcome, with how long it took', async () => {
    await mesh.submit(reserve(['1'], 'k1'), TIMEOUT);
    await mesh.submit(reserve(['1'], 'k2'), TIMEOUT);
    const told = await samples();
    expect(told.get('malha_commands_total{operation="reserve",outcome="granted"}')).toBe(1);
    expect(told.get('malha_commands_total{operation="reserve",outcome="refused"}')).toBe(1);
    expect(told.get('malha_submission_duration_seconds_count{door="rest",outcome="granted"}')).toBe(1);
    expect(told.get('malha_submission_duration_seconds_sum{door="rest",outcome="granted"}')).toBe(0.005);
    expect(
      told.get('malha_submission_duration_seconds_bucket{le="0.0025",door="rest",outcome="granted"}'),
    ).toBe(0);
    expect(
      told.get('malha_submission_duration_seconds_bucket{le="0.005",door="rest",outcome="granted"}'),
    ).toBe(1);
  });

  it('counts a reservation as granted or by the reason of its refusal, and each stop that could not be had', async () => {
    await mesh.submit(reserve(['1', '2'], 'k1'), TIMEOUT);
    await mesh.submit(reserve(['1', '2', 'nowhere'], 'k2'), TIMEOUT);
    const told = await samples();
    expect(told.get('malha_reservations_total{result="granted"}')).toBe(1);
    expect(told.get('malha_reservations_total{result="STOPS_UNAVAILABLE"}')).toBe(1);
    expect(told.get('malha_reservation_conflicts_total{reason="POINT_TAKEN"}')).toBe(2);
    expect(told.get('malha_reservation_conflicts_total{reason="UNKNOWN_POINT"}')).toBe(1);
  });

  it('counts what changes no reservation as a command alone', async () => {
    await mesh.submit(wish({ kind: 'release', pointIds: ['1'], mode: 'any' }, 'k1'), TIMEOUT);
    const told = await samples();
    expect([...told].filter(([name]) => name.startsWith('malha_commands_total')).length).toBe(1);
    expect([...told].filter(([name, value]) => /^malha_reservations_total/.test(name) && value > 0)).toEqual(
      [],
    );
  });

  it('shows every result that a reservation can have from the beginning, as 0', async () => {
    const told = await samples();
    for (const result of ['granted', ...REFUSAL_REASONS, 'UNAVAILABLE']) {
      expect(told.get(`malha_reservations_total{result="${result}"}`), result).toBe(0);
    }
  });

  it('counts failures by their code, bugs as such, and hands both on', async () => {
    single.loseSubmits = true;
    await expect(mesh.submit(reserve(['1'], 'k1'), TIMEOUT)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    single.bug = new Error('a bug');
    await expect(mesh.submit(reserve(['1'], 'k2'), TIMEOUT)).rejects.toThrow('a bug');
    await expect(mesh.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 0 })).rejects.toThrow(
      'a bug',
    );
    single.bug = null;
    const told = await samples();
    expect(told.get('malha_reservations_total{result="DEADLINE_EXCEEDED"}')).toBe(1);
    expect(told.get('malha_commands_total{operation="reserve",outcome="BUG"}')).toBe(1);
    expect(told.get('malha_read_duration_seconds_count{consistency="stale",outcome="BUG"}')).toBe(1);
  });

  it('hands everything else through as it is', async () => {
    expect(mesh.status()).toEqual(single.status());
    const query = { kind: 'point', pointId: '3', windowMs: 1 } as const;
    const stale = { consistency: 'stale', timeoutMs: 0 } as const;
    expect(await mesh.query(query, stale)).toEqual(await single.query(query, stale));
    const trail = { kind: 'from', index: 1, limit: 2 } as const;
    expect(await mesh.readTrail(trail)).toEqual(await single.readTrail(trail));
    expect(mesh.makeKey()).not.toBe(mesh.makeKey());
    const applied: number[] = [];
    const stop = mesh.onApplied(({ answer }) => applied.push(answer.index));
    const { index } = await mesh.submit(reserve(['1'], 'k1'), TIMEOUT);
    stop();
    await mesh.submit(reserve(['2'], 'k2'), TIMEOUT);
    expect(applied).toEqual([index]);
  });
});

describe('the ledger of a node', () => {
  it('is counted when somebody asks', async () => {
    metrics.ask({ mesh: single });
    single.lone.raise();
    await mesh.submit(reserve(['1'], 'k1'), TIMEOUT);
    await mesh.submit({ ...reserve(['2'], 'k2'), operation: { ...held('2') } }, TIMEOUT);
    const told = await samples();
    expect(told.get('malha_ledger_points{status="available"}')).toBe(14);
    expect(told.get('malha_ledger_points{status="faulted"}')).toBe(0);
    expect(told.get('malha_ledger_open_reservations')).toBe(2);
    expect(told.get('malha_ledger_holds')).toBe(1);
    expect(told.get('malha_ledger_version')).toBe(2);
    expect(told.get('malha_raft_applied_index')).toBe(single.lone.index);
    expect(told.get('malha_ready')).toBe(1);
  });

  it('leaves out what is not known, rather than make up a 0', async () => {
    metrics.ask({ mesh: single });
    single.failStaleReads = 'UNAVAILABLE';
    const told = await samples();
    expect(told.has('malha_ledger_open_reservations')).toBe(false);
    expect([...told.keys()].filter((name) => name.startsWith('malha_ledger_points'))).toEqual([]);
    expect(told.has('malha_raft_losses_tolerated')).toBe(false);
    expect(told.has('malha_clock_offset_seconds')).toBe(false);
    expect(told.has('malha_disk_free_bytes')).toBe(false);
    single.failStaleReads = null;
    expect((await samples()).get('malha_ledger_open_reservations')).toBe(0);
  });
});

function held(pointId: string): Operation {
  const startMs = single.lone.nowMs + 3_600_000;
  return { kind: 'reserve', stops: [{ pointId, company: '', startMs, durationMs: 60_000 }], holdMs: 60_000 };
}
