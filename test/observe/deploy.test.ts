/** What is deployed beside a mesh speaks of metrics that there are, and its rules do what they say. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';
import { DEPLOYED, dashboardExpressions, NO_PROMETHEUS, promtool } from '../support/prometheus.js';

const RULES = readFileSync(join(DEPLOYED, 'prometheus/malha.rules.yml'), 'utf8');
const TESTS = readFileSync(join(DEPLOYED, 'prometheus/malha.rules.test.yml'), 'utf8');
const OPERATIONS = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

const ALERTS = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);

/** Names of metrics as they are written in an expression, without what a histogram puts behind its own. */
function metricsIn(text: string): readonly string[] {
  const names = text.match(/\b(?:malha|process|nodejs)_\w+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}

const metrics = new NodeMetrics({ version: '0.0.0', company: 'empresa_a' });
metrics.measureProcess();
metrics.stop();
const KNOWN = metrics.registry.getMetricsAsArray().map(({ name }) => name);

describe('the alert rules', () => {
  it('speak of metrics that a node has', () => {
    expect(metricsIn(RULES).length).toBeGreaterThan(10);
    expect(metricsIn(RULES).filter((name) => !KNOWN.includes(name))).toEqual([]);
  });

  it('are each tested, to fire and to wait, and told of in docs/operations.md', () => {
    expect(ALERTS.length).toBe(12);
    for (const alert of ALERTS) {
      const fires = new RegExp(`alertname: ${alert}\\n\\s+eval_time: \\S+\\n\\s+exp_alerts:`);
      expect(fires.test(TESTS), alert).toBe(true);
      expect(OPERATIONS.includes(`\`${alert}\``), alert).toBe(true);
    }
  });
});

describe('the dashboard', () => {
  it('speaks of metrics that a node has', async () => {
    const names = metricsIn((await dashboardExpressions()).join(' '));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !KNOWN.includes(name))).toEqual([]);
  });

  it('asks the data source that is provisioned with it', () => {
    const sources = readFileSync(join(DEPLOYED, 'grafana/provisioning/datasources/prometheus.yml'), 'utf8');
    const [, uid] = /uid: (\S+)/.exec(sources)!;
    const dashboard = readFileSync(join(DEPLOYED, 'grafana/dashboards/malha.json'), 'utf8');
    const asked = [...dashboard.matchAll(/"type": "prometheus",\s+"uid": "([^"]+)"/g)].map(
      ([, each]) => each,
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(new Set(asked)).toEqual(new Set([uid]));
  });
});

describe('compose.yml', () => {
  it('mounts what there is, and its Prometheus asks every node', () => {
    const compose = readFileSync(new URL('../../compose.yml', import.meta.url), 'utf8');
    const mounted = [...compose.matchAll(/- \.\/deploy\/(\S+?):/g)].map(([, path]) => path!);
    expect(mounted.length).toBe(3);
    for (const path of mounted) expect(existsSync(join(DEPLOYED, path)), path).toBe(true);
    const nodes = [...compose.matchAll(/NOME_EMPRESA: (\w+)/g)].map(([, company]) => `"${company}:8085"`);
    expect(nodes.length).toBe(3);
    const config = readFileSync(join(DEPLOYED, 'prometheus/prometheus.yml'), 'utf8');
    expect(config).toContain(`targets: [${nodes.join(', ')}]`);
  });
});

function withPromtool(): void {
  it('takes configuration and rules', () => {
    const { ok, said } = promtool(['check', 'config', join(DEPLOYED, 'prometheus/prometheus.yml')]);
    expect(said).toContain('1 rule files found');
    expect(said).toContain(`${ALERTS.length} rules found`);
    expect(ok).toBe(true);
  });

  it('finds that every alert fires when it should, and none for a mesh that is well', () => {
    const { ok, said } = promtool(['test', 'rules', join(DEPLOYED, 'prometheus/malha.rules.test.yml')]);
    expect(said).toContain('SUCCESS');
    expect(ok).toBe(true);
  });
}

if (NO_PROMETHEUS === null) describe('promtool', withPromtool);
else test.skip(`promtool checks configuration and rules (${NO_PROMETHEUS})`);
