/**
 * A real Prometheus beside three real nodes: it scrapes them, the rules that are deployed load, and in an outage the alerts
 * fire that should, and end with it.
 */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ProcessMesh } from '../support/node-process.js';
import { dashboardExpressions, NO_PROMETHEUS, promtool, RunningPrometheus } from '../support/prometheus.js';

const PATIENT = { timeoutMs: 40_000, everyMs: 250 };

function withPrometheus(): void {
  let mesh: ProcessMesh;
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    prometheus = await RunningPrometheus.start(mesh.nodes.map(({ ports }) => `127.0.0.1:${ports.rest}`));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await mesh?.stop();
  });

  it('scrapes all three, and finds their metrics well made', async () => {
    await eventually(async () => (await prometheus.up()).length === 3, PATIENT);
    for (const node of mesh.nodes) {
      const answer = await fetch(`${node.url}/metrics`);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(promtool(['check', 'metrics'], await answer.text())).toEqual({ ok: true, said: '' });
    }
  });

  it('loads every rule, and no alert fires while the mesh is well', async () => {
    await eventually(async () => (await prometheus.rules()).every(({ health }) => health === 'ok'), PATIENT);
    const names = (await prometheus.rules()).map(({ name }) => name);
    expect(names).toContain('MalhaOneMoreLossStopsWrites');
    expect(names.length).toBe(12);
    await eventually(
      async () => (await prometheus.query('count(malha_ready == 1)'))[0]?.value[1] === '3',
      PATIENT,
    );
    await eventually(async () => (await prometheus.firing()).length === 0, PATIENT);
  });

  it('counts each reservation once, and sees the same ledger on all nodes', async () => {
    const node = mesh.nodes[0]!;
    const booked = await fetch(`${node.url}/reserve-points/1,2`, { method: 'POST' });
    expect(booked.status).toBe(200);
    const granted = 'sum(malha_reservations_total{result="granted"})';
    await eventually(async () => (await prometheus.query(granted))[0]?.value[1] === '1', PATIENT);
    await mesh.agree();
    await eventually(async () => {
      const seen = await prometheus.query('malha_ledger_checkpoint_digest{stride="10"}');
      return seen.length === 3 && new Set(seen.map(({ value }) => value[1])).size === 1;
    }, PATIENT);
  });

  it('understands every expression of the dashboard', async () => {
    const expressions = await dashboardExpressions();
    expect(expressions.length).toBeGreaterThan(25);
    for (const expression of expressions) await prometheus.query(expression);
    await eventually(async () => (await prometheus.query(expressions[0]!))[0]?.value[1] === '1', PATIENT);
  });

  it('fires when one more loss stops writes, when nobody leads, and is silent again behind the outage', async () => {
    const leader = await mesh.leader();
    const [first, second] = mesh.others(leader);
    await first!.end('SIGKILL');
    await eventually(async () => {
      const firing = await prometheus.firing();
      return firing.includes('MalhaOneMoreLossStopsWrites') && firing.includes('MalhaNodeDown');
    }, PATIENT);
    await second!.end('SIGKILL');
    await eventually(async () => {
      const firing = await prometheus.firing();
      // Who cannot lose anybody any more, because it decides nothing, is told by the other alert.
      return firing.includes('MalhaNoLeader') && !firing.includes('MalhaOneMoreLossStopsWrites');
    }, PATIENT);

    for (const node of [first!, second!]) node.start();
    await Promise.all([first!, second!].map((node) => node.ready()));
    await eventually(async () => (await prometheus.firing()).length === 0, PATIENT);
  });

  it('is not needed: every node has its last minutes itself', async () => {
    const node = mesh.nodes[0]!;
    const values = await eventually(async () => {
      const answer = await fetch(`${node.url}/v1/history?series=applied_index,voters`);
      const { series } = (await answer.json()) as {
        readonly series: readonly { values: (number | null)[] }[];
      };
      const known = series.map((each) => each.values.filter((value) => value !== null));
      return known.every((each) => each.length > 0) && known;
    }, PATIENT);
    expect(values[0]!.at(-1)).toBeGreaterThan(10);
    expect(values[1]!.at(-1)).toBe(3);
  });
}

if (NO_PROMETHEUS === null) describe('Prometheus', { timeout: 150_000 }, withPrometheus);
else test.skip(`Prometheus scrapes three nodes, and its alerts fire (${NO_PROMETHEUS})`);
