/**
 * The log of a whole mesh, read at one of its nodes: real processes, real levels, a real end.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEvents } from '../../src/cli/logs/sse-reader.js';
import { malha } from '../cli/malha-process.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { ask } from './client.js';

const PATIENCE = { timeoutMs: 30_000, everyMs: 50 };

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

interface Told {
  readonly event: string;
  readonly company: string;
  readonly number?: number;
  readonly lines?: number | null;
  readonly reached?: boolean;
  readonly line?: Readonly<Record<string, unknown>>;
}

let mesh: ProcessMesh;
beforeEach(async () => {
  mesh = await ProcessMesh.start(3);
  await mesh.registered();
}, 90_000);
afterEach(() => mesh.stop());

/** What a node tells of all of them, up to now. */
async function told(node: NodeProcess, query = ''): Promise<readonly Told[]> {
  const response = await fetch(`${node.url}/v1/logs?follow=false&tail=5000&${query}`);
  const events: Told[] = [];
  for await (const { event, data } of readEvents(response.body as AsyncIterable<Uint8Array>)) {
    if (event !== '') events.push({ event, ...(JSON.parse(data) as Omit<Told, 'event'>) });
  }
  return events;
}

/** What a node tells, from now on, for as long as the test lasts. */
async function follow(node: NodeProcess): Promise<readonly Told[]> {
  const response = await fetch(`${node.url}/v1/logs?tail=0`);
  const events: Told[] = [];
  void (async () => {
    for await (const { event, data } of readEvents(response.body as AsyncIterable<Uint8Array>)) {
      if (event !== '') events.push({ event, ...(JSON.parse(data) as Omit<Told, 'event'>) });
    }
  })().catch(() => {});
  return events;
}

it('finds one reservation on every node, under one trace id, at any of them', {
  timeout: 60_000,
}, async () => {
  const [a, b, c] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
  // Nodes that did not take the request say it at DEBUG, which they do from now on.
  const nodes = [b, c].map(({ url }) => url).join(',');
  const changed = await malha(['logs', 'level', 'DEBUG', '--node', nodes], mesh.directory);
  expect([changed.code, changed.stdout]).toEqual([0, `${b.url} debug\n${c.url} debug\n`]);
  expect((await ask(a, '/v1/log-level')).json).toEqual({ level: 'info' });

  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, 'malha-vehicle': 'car' };
  const reserved = await ask(a, '/reserve-points/1,3,5', { method: 'POST', headers });
  expect(reserved.status).toBe(200);
  expect(reserved.headers.get('malha-trace-id')).toBe(TRACE);

  const index = Number(reserved.headers.get('malha-index'));
  await eventually(async () => {
    const lines = (await told(b, `trace=${TRACE}`)).filter(({ line }) => line?.msg === 'decided');
    const seen = lines.map(({ company, line }) => [company, line?.node, line?.level]).sort();
    expect(seen).toEqual([
      ['empresa_a', 'empresa_a', 'info'],
      ['empresa_b', 'empresa_b', 'debug'],
      ['empresa_c', 'empresa_c', 'debug'],
    ]);
    for (const { line } of lines) {
      expect(line).toMatchObject({
        trace: TRACE,
        index,
        holder: 'car',
        door: 'legacy-rest',
        points: ['1', '3', '5'],
      });
    }
  }, PATIENCE);

  // The same on the command line, in whose order each node's lines are as it said them.
  const shown = await malha(
    ['logs', '--node', c.url, '--trace', TRACE, '--tail', '5000', '--json'],
    mesh.directory,
  );
  expect(shown.code).toBe(0);
  const lines = shown.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  expect(new Set(lines.map(({ company }) => company))).toEqual(
    new Set(['empresa_a', 'empresa_b', 'empresa_c']),
  );
  const all = await told(a);
  for (const { company } of mesh.nodes) {
    const numbers = all.filter((each) => each.company === company && each.event === 'line');
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, k) => numbers[0]!.number! + k));
  }
});

it('says that a node was killed, that it is back, and goes on with its new lines', {
  timeout: 90_000,
}, async () => {
  const victim = mesh.others(await mesh.leader())[0]!;
  const [reader] = mesh.others(victim);
  const events = await follow(reader!);
  const of = (event: string) =>
    events.filter((each) => each.event === event && each.company === victim.company);
  await eventually(async () => {
    await ask(victim, '/reserve-points/2', { method: 'POST' });
    return of('line').length > 0;
  }, PATIENCE);

  await victim.end('SIGKILL');
  await eventually(() => of('node').length === 1, PATIENCE);
  expect(of('node')[0]).toMatchObject({ reached: false });
  const once = await malha(['logs', '--node', reader!.url], mesh.directory);
  expect(once.code).toBe(1);
  expect(once.stdout).toContain(`${victim.company} -- it cannot be reached`);

  victim.start();
  await victim.ready();
  await eventually(
    () => of('line').some(({ line }) => line?.msg === 'ready' && of('gap').length > 0),
    PATIENCE,
  );
  expect(of('node').map(({ reached }) => reached)).toEqual([false, true]);
  expect(of('gap')).toMatchObject([{ lines: null }]);
});
