/**
 * The nine documented routes on real nodes, as the outward contract words them: every answer key by key, on every node.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectVehicle } from '../mqtt/vehicle-client.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { points, pointsById, routes } from './bahia.js';
import { type Asked, ask, askFresh, heldPoints, post } from './client.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const OF_CAR = { 'Malha-Vehicle': 'car' };

let mesh: ProcessMesh;

beforeAll(async () => {
  mesh = await ProcessMesh.start(3);
  await mesh.registered();
});
// What a failed test leaves behind is not the next one's fault.
afterEach(async () => {
  const ids = points().map(({ id }) => id);
  for (const holder of ['car', 'truck', 'v1', 'anonimo']) {
    await ask(mesh.nodes[0]!, '/cancel-reservation', { body: { ids }, headers: { 'Malha-Vehicle': holder } });
  }
});
afterAll(() => mesh?.stop());

function indexOf({ headers }: Asked): number {
  const index = headers.get('Malha-Index');
  expect(index).toMatch(/^\d+$/);
  return Number(index);
}

/** A fresh read: exactly this JSON, and the headers that every read has. */
function expectRead(asked: Asked, json: unknown, status = 200): void {
  expect(asked.json).toEqual(json);
  expect(asked.status).toBe(status);
  expect(asked.headers.get('Content-Type')).toBe(JSON_TYPE);
  expect(asked.headers.get('Malha-Trace-Id')).toMatch(/^[0-9a-f]{32}$/);
  expect(asked.headers.get('ETag')).toBe(`"${indexOf(asked)}"`);
}

/** A decided write: exactly this JSON, and the entry that decided it. */
function expectWrite(asked: Asked, json: unknown, status = 200): void {
  expect(asked.json).toEqual(json);
  expect(asked.status).toBe(status);
  expect(asked.headers.get('Content-Type')).toBe(JSON_TYPE);
  expect(indexOf(asked)).toBeGreaterThan(0);
  expect(asked.headers.get('Malha-At')).toMatch(UTC);
  expect(asked.headers.get('Malha-Request-Key')).toBeNull();
  expect(asked.headers.get('Retry-After')).toBeNull();
}

/** A refusal at the door: `erro` and nothing else, and no entry. */
function expectRefused(asked: Asked, status: number): void {
  expect(asked.json).toEqual({ erro: expect.stringMatching(/\p{L}{3}/u) });
  expect(asked.status).toBe(status);
  expect(asked.headers.get('Content-Type')).toBe(JSON_TYPE);
  expect(asked.headers.get('Malha-At')).toBeNull();
}

/** Every node agrees which points are taken, in `/points` as in `/routes`. */
async function expectTaken(taken: readonly string[]): Promise<void> {
  for (const node of mesh.nodes) {
    expectRead(await askFresh(node, '/points'), points(taken));
    expectRead(await askFresh(node, '/routes'), routes(taken));
  }
}

describe.each([0, 1, 2])('node %i of three', (position) => {
  let node: NodeProcess;
  let other: NodeProcess;
  beforeAll(() => {
    node = mesh.nodes[position]!;
    other = mesh.nodes[(position + 1) % 3]!;
  });

  it('GET /health names its company, without asking the mesh', async () => {
    const asked = await ask(node, '/health');
    expect(asked.json).toEqual({ status: 'ok', empresa: node.company });
    expect(asked.status).toBe(200);
    expect(asked.headers.get('Content-Type')).toBe(JSON_TYPE);
    expect(asked.headers.get('Malha-Index')).toBeNull();
  });

  it('GET /routes, /routes/{id} and /points show the data of all three companies', async () => {
    expectRead(await askFresh(node, '/points'), points());
    expectRead(await askFresh(node, '/routes'), routes());
    for (const [at, route] of routes().entries()) {
      expectRead(await askFresh(node, `/routes/${at + 1}`), route);
    }
  });

  it('GET /routes/{id} answers 404 for a route that is not there', async () => {
    for (const id of ['6', '0', 'x', '01', '%2F']) {
      expectRead(await askFresh(node, `/routes/${id}`), { erro: 'rota não encontrada' }, 404);
    }
  });

  it('POST /reserve-points takes all points or none, and every node sees it', async () => {
    const headers = OF_CAR;
    expectWrite(await post(node, '/reserve-points/6,%201%20,6', headers), {
      reservados: ['6', '1'],
      indisponiveis: [],
    });
    await expectTaken(['1', '6']);
    expectWrite(
      await post(other, '/reserve-points/2,1,99', headers),
      { erro: 'nenhum ponto foi reservado', indisponiveis: ['1', '99'] },
      409,
    );
    await expectTaken(['1', '6']);
    expectWrite(await post(other, '/cancel-reservation/1,6', headers), {
      cancelados: ['1', '6'],
      nao_cancelados: [],
    });
    await expectTaken([]);
  });

  it('POST /reserve-sequence takes all points of its list or none', async () => {
    const reserve = (...pontos: object[]) =>
      ask(node, '/reserve-sequence', { body: { pontos }, headers: OF_CAR });
    expectWrite(await reserve({ id: '3', empresa: '2' }, { id: '14', empresa: 'empresa_c' }, { id: '9' }), {
      reservados: ['3', '14', '9'],
      indisponiveis: [],
    });
    await expectTaken(['3', '9', '14']);
    expectWrite(
      await reserve({ id: '4' }, { id: '14' }),
      { erro: 'nenhum ponto foi reservado', indisponiveis: ['14'] },
      409,
    );
    expectWrite(
      await reserve({ id: '4', empresa: '1' }),
      { erro: 'nenhum ponto foi reservado', indisponiveis: ['4'] },
      409,
    );
    await expectTaken(['3', '9', '14']);
    await post(node, '/cancel-reservation/3,9,14', OF_CAR);
    await expectTaken([]);
  });

  it('POST /cancel-reservation/{ids} ends all that are named, of this holder, or nothing', async () => {
    await post(node, '/reserve-points/10,11', OF_CAR);
    for (const headers of [OF_CAR, { 'Malha-Vehicle': 'thief' }]) {
      const ids = headers === OF_CAR ? ['10', '12'] : ['10'];
      expectWrite(
        await post(other, `/cancel-reservation/${ids.join(',')}`, headers),
        { erro: 'nenhum ponto foi cancelado', nao_cancelados: ids },
        409,
      );
    }
    await expectTaken(['10', '11']);
    expectWrite(await post(other, '/cancel-reservation/11,10', OF_CAR), {
      cancelados: ['11', '10'],
      nao_cancelados: [],
    });
    await expectTaken([]);
  });

  it('POST /cancel-reservation with a body answers for ids that held nothing as well', async () => {
    const done = { mensagem: 'Reservas canceladas' };
    await post(node, '/reserve-points/12,13');
    const cancel = (...ids: string[]) => ask(other, '/cancel-reservation', { body: { ids } });
    expectWrite(await cancel('12', '5', '99'), done);
    await expectTaken(['13']);
    expectWrite(await cancel('13'), done);
    expectWrite(await cancel('13'), done);
    await expectTaken([]);
  });

  it('POST /plan-trip lists the free points of the routes with both cities, each once', async () => {
    const plan = (origem: string, destino: string) =>
      askFresh(node, '/plan-trip', { body: { origem, destino } });
    expectRead(await plan('Salvador', 'Feira de Santana'), {
      pontos_disponiveis: pointsById(['1', '6', '7', '8', '2']),
    });
    await post(other, '/reserve-points/6,7', OF_CAR);
    expectRead(await plan('Feira de Santana', 'Salvador'), {
      pontos_disponiveis: pointsById(['1', '8', '2']),
    });
    await post(other, '/cancel-reservation/6,7', OF_CAR);
    expectRead(await plan('Pereira', 'Valente'), {
      pontos_disponiveis: pointsById(['1', '6', '3', '4', '14']),
    });
    expectRead(await plan('Pereira', 'Porto Seguro'), { pontos_disponiveis: [] });
    expectRead(await plan('Paris', 'Salvador'), { pontos_disponiveis: [] });
  });

  it('answers bad input with 400 and changes nothing', async () => {
    const before = await ask(node, '/v1/points');
    for (const path of ['/reserve-points/', '/reserve-points/,%20,', '/cancel-reservation/%00']) {
      expectRefused(await post(node, path), 400);
    }
    expectRefused(await post(node, `/reserve-points/${'x'.repeat(65)}`), 400);
    for (const body of [{}, { pontos: [] }, { pontos: [{ id: 7 }] }, { pontos: '1' }, []]) {
      expectRefused(await ask(node, '/reserve-sequence', { body }), 400);
    }
    for (const body of [{}, { ids: [] }, { ids: '1' }, null]) {
      expectRefused(await ask(node, '/cancel-reservation', { body }), 400);
    }
    for (const body of [{}, { origem: 'Salvador' }, { origem: 'Salvador', destino: ' ' }]) {
      expectRefused(await ask(node, '/plan-trip', { body }), 400);
    }
    for (const headers of [{ 'Malha-Vehicle': 'a b' }, { 'Idempotency-Key': 'k'.repeat(256) }]) {
      expectRefused(await post(node, '/reserve-points/1', headers), 400);
    }
    expectRefused(await ask(node, '/nada'), 404);
    const refused = await ask(node, '/points', { method: 'DELETE' });
    expectRefused(refused, 405);
    expect(refused.headers.get('Allow')).toContain('GET');
    const after = await ask(node, '/v1/points');
    expect(after.json).toEqual(before.json);
    expect(indexOf(after)).toBe(indexOf(before));
  });

  it('gives a request that comes again under its key the first answer, at every node', async () => {
    const headers = { ...OF_CAR, 'Idempotency-Key': randomUUID() };
    const reserve = (at: NodeProcess, more = {}) => post(at, '/reserve-points/1,2', { ...headers, ...more });
    const first = await reserve(node);
    expectWrite(first, { reservados: ['1', '2'], indisponiveis: [] });
    const expectFirst = (again: Asked): void => {
      expectWrite(again, first.json);
      expect(indexOf(again)).toBe(indexOf(first));
      expect(again.headers.get('Malha-At')).toBe(first.headers.get('Malha-At'));
    };
    for (const at of mesh.nodes) expectFirst(await reserve(at));
    expectFirst(await reserve(other, { 'Idempotency-Key': `"${headers['Idempotency-Key']}"` }));

    expectRefusedAsMismatch(await post(other, '/reserve-points/1,3', headers));
    expectRefusedAsMismatch(await post(node, '/cancel-reservation/1,2', headers));
    // A key is the holder's own: the same of another holder is another request.
    expectWrite(
      await reserve(other, { 'Malha-Vehicle': 'truck' }),
      { erro: 'nenhum ponto foi reservado', indisponiveis: ['1', '2'] },
      409,
    );
    await post(node, '/cancel-reservation/1,2', OF_CAR);
    // What was answered once stays the answer, although the points are free now.
    for (const at of mesh.nodes) expectFirst(await reserve(at));
    await expectTaken([]);
  });

  it('keeps the answer of a refused request, too', async () => {
    const headers = { ...OF_CAR, 'Idempotency-Key': randomUUID() };
    await post(node, '/reserve-points/5', { 'Malha-Vehicle': 'truck' });
    const refused = await post(node, '/reserve-points/5,9', headers);
    expectWrite(refused, { erro: 'nenhum ponto foi reservado', indisponiveis: ['5'] }, 409);
    await post(node, '/cancel-reservation/5', { 'Malha-Vehicle': 'truck' });
    const again = await post(other, '/reserve-points/5,9', headers);
    expectWrite(again, refused.json, 409);
    expect(indexOf(again)).toBe(indexOf(refused));
    await expectTaken([]);
  });

  it('answers the documented topics on its own broker, on the same ledger', async () => {
    const topics = ['veiculos/resposta/v1', 'empresa/v1/resposta/3'];
    const vehicle = await connectVehicle(node.ports.mqtt, topics);
    const said = (topic: string) =>
      vehicle.heard.filter((each) => each.topic === topic).map(({ text }) => JSON.parse(text) as object);
    const send = async (topic: string, payload: object): Promise<object> => {
      const replyTopic = topic === 'veiculos/solicitacao' ? topics[0]! : topics[1]!;
      const before = said(replyTopic).length;
      await vehicle.client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
      await eventually(() => said(replyTopic).length > before);
      return said(replyTopic)[before]!;
    };
    const act = (acao: string, nome = '2') =>
      send(`empresa/${nome}/reserva`, { ponto_id: '3', empresa_id: '2', acao, origem: 'v1' });
    const point = { ponto_id: '3', empresa_id: '2' };
    try {
      const trip = { veiculo_id: 'v1', bateria: 50, local: 'Valente', destino: 'Amargosa' };
      expect(await send('veiculos/solicitacao', trip)).toMatchObject({
        veiculo_id: 'v1',
        pontos_disponiveis: ['3', '4', '1', '9', '10', '5'],
      });
      const reserved = await act('reservar');
      expect(reserved).toMatchObject({ ...point, disponivel: false, reservado: true });
      expect(Object.keys(reserved)).toEqual(expect.arrayContaining(['mensagem']));
      await expectTaken(['3']);
      for (const at of mesh.nodes) expect(await heldPoints(at, 'v1')).toEqual(['3']);
      expect(await act('reservar', 'empresa_b')).toMatchObject({ ...point, reservado: true });
      expect(await act('liberar')).toMatchObject({ ...point, disponivel: true, reservado: false });
      expect(await act('verificar')).toMatchObject({ ...point, disponivel: true, reservado: false });
      await expectTaken([]);
      expect(said(topics[0]!)).toHaveLength(1);
      expect(said(topics[1]!)).toHaveLength(4);
    } finally {
      await vehicle.close();
    }
  });
});

function expectRefusedAsMismatch(asked: Asked): void {
  expect(asked.json).toEqual({ erro: expect.any(String) });
  expect(asked.status).toBe(422);
}
