import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/gateway.js';
import type { AnsweredRequest, Observed, SeriesSpan } from '../../src/gateway/observed.js';
import { SILENT } from '../../src/observe/logger.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { openGateway } from '../support/gateway-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';

const NOW_MS = Date.parse('2026-12-01T12:00:05Z');

let app: FastifyInstance;
let answered: AnsweredRequest[];
let asked: (SeriesSpan & { readonly name: string })[];
beforeEach(async () => {
  answered = [];
  asked = [];
  const series = ['term', 'cpu'].map((name) => ({ name, unit: `unit of ${name}`, meaning: `Of ${name}.` }));
  const observed: Observed = {
    answered: (request) => answered.push(request),
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'malha_ready 1\n' },
    history: {
      ...{ series, everyMs: 10_000, keptMs: 3_600_000, nowMs: () => NOW_MS },
      read(name, span) {
        asked.push({ name, ...span });
        return [1, null];
      },
    },
  };
  app = createGateway({
    mesh: new SingleMesh(await bahiaLedger()),
    settings: { company: 'empresa_a', requestTimeoutMs: 1_000, legacyWindowMinutes: 240, readTryMs: 100 },
    ...{ logger: SILENT, random: (count) => new Uint8Array(count), observed },
  });
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ method: 'GET', url });

describe('GET /metrics', () => {
  it('is what the node tells, in the format of Prometheus', async () => {
    const reply = await get('/metrics');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(reply.body).toBe('malha_ready 1\n');
  });
});

describe('requests', () => {
  it('are told with the template of their route, once answered', async () => {
    await get('/v1/points/1');
    await get('/v1/points/nowhere?consistency=stale');
    await app.inject({ method: 'POST', url: '/reserve-points/1,2' });
    await get('/no/such/path');
    await get('/v1/waitlist/%ZZ');
    const told = answered.map(({ method, route, status }) => `${method} ${route} ${status}`);
    expect(told.slice(0, 4)).toEqual([
      'GET /v1/points/{id} 200',
      'GET /v1/points/{id} 404',
      'POST /reserve-points/{ids} 200',
      'GET undefined 404',
    ]);
    for (const { seconds } of answered) expect(seconds).toBeGreaterThanOrEqual(0);
  });
});

describe('GET /v1/history', () => {
  it('is the last hour of every series in steps of ten seconds', async () => {
    const reply = await get('/v1/history');
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({
      from: '2026-12-01T11:00:00.000Z',
      to: '2026-12-01T12:00:10.000Z',
      stepSeconds: 10,
      series: [
        { name: 'term', unit: 'unit of term', meaning: 'Of term.', values: [1, null] },
        { name: 'cpu', unit: 'unit of cpu', meaning: 'Of cpu.', values: [1, null] },
      ],
    });
  });

  it('is of the series, the time and the steps that are asked for, in whole steps', async () => {
    const query = 'series=cpu,term,cpu&from=2026-12-01T08:59:31-03:00&to=2026-12-01T12:00:01Z&step=60';
    const reply = await get(`/v1/history?${query}`);
    expect(reply.json()).toMatchObject({
      from: '2026-12-01T11:59:00.000Z',
      to: '2026-12-01T12:01:00.000Z',
      stepSeconds: 60,
    });
    const span = {
      fromMs: Date.parse('2026-12-01T11:59:00Z'),
      toMs: Date.parse('2026-12-01T12:01:00Z'),
      stepMs: 60_000,
    };
    expect(asked).toEqual([
      { name: 'cpu', ...span },
      { name: 'term', ...span },
    ]);
  });

  it.each([
    ['series=term,nothing', 'series', 'there is no series "nothing"'],
    ['series=', 'series', ''],
    ['step=15', 'step', ''],
    ['step=0', 'step', ''],
    ['step=7200', 'step', ''],
    ['from=2026-12-01T12:00:00Z&to=2026-12-01T12:00:00Z', 'from', 'must be before `to`'],
    ['from=2026-12-01T00:00:00Z&step=10', 'step', 'gives more than 2160 values: ask for less at once'],
    ['from=yesterday', 'from', ''],
    ['since=1', 'since', 'there is no such key'],
  ])('refuses %s, and names what is wrong', async (query, parameter, detail) => {
    const reply = await get(`/v1/history?${query}`);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ errors: [{ parameter }] });
    if (detail !== '') expect(reply.json()).toMatchObject({ errors: [{ detail }] });
    expect(asked).toEqual([]);
  });
});

describe('a gateway that is handed no records of a node', () => {
  it('answers with none', async () => {
    const gateway = await openGateway();
    expect(await gateway.get('/metrics')).toMatchObject({ status: 200, text: '' });
    expect((await gateway.get('/v1/history')).body).toMatchObject({ series: [] });
    await gateway.app.close();
  });
});
