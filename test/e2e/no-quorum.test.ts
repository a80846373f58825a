/**
 * A real node that is left alone: it decides nothing, says so in time, still shows what it knows and how old that is, and
 * afterwards nothing has changed.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { points, pointsById, routes } from './bahia.js';
import { type Asked, ask, askFresh, heldPoints, post } from './client.js';

const CAR = { 'Malha-Vehicle': 'car' };
const TAKEN = ['1', '6'];
const REQUEST_TIMEOUT_MS = 1_500;

let mesh: ProcessMesh | null = null;
afterEach(async () => {
  await mesh?.stop();
  mesh = null;
});

function ageOf({ headers }: Asked): number {
  const age = headers.get('Malha-Age-Ms');
  expect(age).toMatch(/^\d+$/);
  return Number(age);
}

async function expectStale(node: NodeProcess, path: string, json: unknown, asking = {}): Promise<void> {
  const first = await ask(node, path, asking);
  expect(first.json).toEqual(json);
  expect(first.status).toBe(200);
  // Nobody leads: what is shown only grows older.
  const second = await ask(node, path, asking);
  expect(ageOf(second)).toBeGreaterThan(ageOf(first));
  expect(second.headers.get('Malha-Index')).toBe(first.headers.get('Malha-Index'));
}

function expectNothingDone(asked: Asked): void {
  expect(asked.json).toEqual({ erro: expect.stringMatching(/\p{L}{3}/u) });
  expect(asked.status).toBe(503);
  expect(asked.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(asked.headers.get('Malha-Request-Key')).toBeNull();
  expect(asked.headers.get('Malha-Index')).toBeNull();
}

describe('a node without a quorum', () => {
  it.each(['the leader', 'a follower'])(
    'that was %s decides nothing and shows what it knew',
    {
      timeout: 90_000,
    },
    async (survivor) => {
      mesh = await ProcessMesh.start(3, ['--request-timeout-ms', String(REQUEST_TIMEOUT_MS)]);
      await mesh.registered();
      const leader = await mesh.leader();
      const alone = survivor === 'the leader' ? leader : mesh.others(leader)[0]!;
      const lost = mesh.others(alone);
      expect((await post(lost[0]!, '/reserve-points/1,6', CAR)).status).toBe(200);
      await mesh.agree();
      const { digest, appliedIndex } = await alone.status();
      expect((await askFresh(alone, '/points')).json).toEqual(points(TAKEN));

      await Promise.all(lost.map((node) => node.end('SIGKILL')));
      await eventually(async () => (await alone.status()).leader === '');

      const key = randomUUID();
      const writes = await Promise.all([
        post(alone, '/reserve-points/2,9', { ...CAR, 'Idempotency-Key': key }),
        ask(alone, '/reserve-sequence', { body: { pontos: [{ id: '3' }] }, headers: CAR }),
        post(alone, '/cancel-reservation/1,6', CAR),
        ask(alone, '/cancel-reservation', { body: { ids: ['1'] }, headers: CAR }),
      ]);
      for (const asked of writes) expectNothingDone(asked);

      const trip = { origem: 'Salvador', destino: 'Feira de Santana' };
      const free = { pontos_disponiveis: pointsById(['7', '8', '2']) };
      await Promise.all([
        expectStale(alone, '/points', points(TAKEN)),
        expectStale(alone, '/routes', routes(TAKEN)),
        expectStale(alone, '/routes/4', routes(TAKEN)[3]),
        expectStale(alone, '/plan-trip', free, { body: trip }),
      ]);
      const unknown = await ask(alone, '/routes/99');
      expect([unknown.status, unknown.json]).toEqual([404, { erro: 'rota não encontrada' }]);
      expect((await ask(alone, '/health')).json).toEqual({ status: 'ok', empresa: alone.company });

      // The first of v1 prefers no answer to an old one, unless it is asked for one.
      const v1 = await ask(alone, '/v1/points');
      expect(v1.status).toBe(503);
      expect(v1.headers.get('Content-Type')).toContain('application/problem+json');
      expect(v1.headers.get('Retry-After')).not.toBeNull();
      expect(ageOf(await ask(alone, '/v1/points?consistency=stale'))).toBeGreaterThan(0);
      const ready = await ask(alone, '/readyz');
      expect([ready.status, ready.json]).toEqual([503, { ready: false, problems: ['no leader'] }]);

      for (const node of lost) node.start();
      await Promise.all(mesh.nodes.map((node) => node.ready()));
      await mesh.agree();
      const after = await alone.status();
      // The new leader's own entry, and nothing else.
      expect(after.digest).toBe(digest);
      expect(after.appliedIndex).toBeGreaterThan(Number(appliedIndex));
      for (const node of mesh.nodes) {
        expect(await heldPoints(node, 'car')).toEqual(TAKEN);
        expect((await askFresh(node, '/points')).json).toEqual(points(TAKEN));
      }
      // The same request under the same key is decided now, for the first time.
      const again = await post(lost[0]!, '/reserve-points/2,9', { ...CAR, 'Idempotency-Key': key });
      expect([again.status, again.json]).toEqual([200, { reservados: ['2', '9'], indisponiveis: [] }]);
      expect(Number(again.headers.get('Malha-Index'))).toBeGreaterThan(Number(after.appliedIndex));
    },
  );
});
