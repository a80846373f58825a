/**
 * The JSON files of real nodes: a reservation through one company's node for another company's point is found in both
 * companies' files and in nobody else's; and what a node was killed over is neither repeated nor left out.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { post } from './client.js';

const TEST = { timeout: 90_000 };
const PATIENCE = { timeoutMs: 20_000, everyMs: 50 };

type Line = Readonly<Record<string, unknown>>;

let mesh: ProcessMesh;
let dados: string;
beforeEach(async () => {
  dados = await mkdtemp(join(tmpdir(), 'malha-dados-'));
  mesh = await ProcessMesh.start(3, ['--json-dir', dados]);
  await mesh.registered();
  await eventually(async () => {
    const all = await Promise.all(mesh.nodes.map((node) => node.status()));
    return all.every(({ ledgerVersion }) => ledgerVersion === 2);
  }, PATIENCE);
});
afterEach(async () => {
  await mesh.stop();
  await rm(dados, { recursive: true, force: true });
});

/** What a company's files of a kind say, in the order of their days; an unfinished line is no line yet. */
async function linesOf(company: string, kind: string): Promise<readonly Line[]> {
  const directory = join(dados, company);
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${kind}-`)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) => {
    const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
  });
}

/** A reservation or a cancel of point 1 through `node`, under a trace id; the entry's index. */
async function write(node: NodeProcess, what: string, traceId: string): Promise<number> {
  const headers = { 'Malha-Vehicle': 'car', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const { status, headers: answered } = await post(node, `/${what}/1`, headers);
  expect(status).toBe(200);
  return Number(answered.get('Malha-Index'));
}

it(
  'tell a reservation under its index and trace id to the two companies that it concerns',
  TEST,
  async () => {
    const [, b] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const index = await write(b, 'reserve-points', traceId);

    for (const company of ['empresa_a', 'empresa_b']) {
      const line = await eventually(async () => {
        const found = (await linesOf(company, 'reservas')).filter((each) => each.traceId === traceId);
        expect(found).toHaveLength(1);
        return found[0]!;
      }, PATIENCE);
      expect(line).toMatchObject({
        ...{ kind: 'reservation', index, k: 0, originCompany: 'empresa_b', operation: 'reserve' },
        ...{ result: 'reserved', vehicleId: 'car' },
      });
    }
    const usage = (await linesOf('empresa_a', 'pontos')).filter((each) => each.traceId === traceId);
    expect(usage).toEqual([expect.objectContaining({ kind: 'usage', pointId: '1', index, to: 'PLANNED' })]);

    const client = await mqtt.connectAsync(b.mqttUrl, { clientId: 'car', reconnectPeriod: 0 });
    const telemetry = {
      v: 1,
      session: 1,
      position: { latitude: -12.97462, longitude: -38.5 },
      socPct: 71,
      speedKmh: 80,
    };
    await client.publishAsync('malha/v1/veiculos/car/telemetria', JSON.stringify(telemetry));
    await client.endAsync();
    await eventually(async () => {
      const message = { kind: 'message', topic: 'malha/v1/veiculos/car/telemetria', clientId: 'car', qos: 0 };
      expect(await linesOf('empresa_b', 'mqtt')).toContainEqual(expect.objectContaining(message));
      const [line] = await linesOf('empresa_b', 'veiculos');
      expect(line).toMatchObject({ kind: 'telemetry', vehicleId: 'car', socPct: 71, latitude: -12.97 });
    }, PATIENCE);

    await Promise.all(mesh.nodes.map((node) => node.end('SIGTERM')));
    expect((await linesOf('empresa_c', 'reservas')).filter((each) => each.traceId === traceId)).toEqual([]);
    const state = JSON.parse(await readFile(join(dados, 'empresa_a', 'estado.json'), 'utf8'));
    expect(state).toMatchObject({ v: 1, company: 'empresa_a', mesh: expect.stringMatching(/^[0-9a-f]+$/) });
    expect(state.index).toBeGreaterThanOrEqual(index);
  },
);

it('neither repeat nor skip a line when their node is killed again and again', TEST, async () => {
  const [a, b] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const indexes: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let each = 0; each < 10; each += 1) {
      const what = each % 2 === 0 ? 'reserve-points' : 'cancel-reservation';
      indexes.push(await write(b, what, String(indexes.length + 1).padStart(32, '0')));
      // In the midst of writing.
      if (each === 5) await a.end('SIGKILL');
    }
    a.start();
    await a.ready();
  }
  await eventually(async () => {
    const told = (await linesOf('empresa_a', 'reservas')).filter(
      ({ originCompany }) => originCompany === 'empresa_b',
    );
    expect(told.map(({ index }) => index)).toEqual(indexes);
  }, PATIENCE);
  for (const kind of ['reservas', 'pontos']) {
    const places = (await linesOf('empresa_a', kind)).map(
      ({ index, k }) => [Number(index), Number(k)] as const,
    );
    expect(places.length).toBeGreaterThan(indexes.length - 1);
    const sorted = [...places].sort(([i, k], [j, l]) => i - j || k - l);
    expect(places).toEqual(sorted);
    expect(new Set(places.map(String)).size).toBe(places.length);
  }
});
