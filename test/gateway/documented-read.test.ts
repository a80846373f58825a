import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, gatewayOver, openGateway } from '../support/gateway-fixture.js';

interface DocumentedPoint {
  readonly id: string;
  readonly localizacao: string;
  readonly disponivel: boolean;
  readonly empresa_id: string;
}
interface DocumentedRoute {
  readonly id: string;
  readonly nome: string;
  readonly pontos: readonly DocumentedPoint[];
}

const POINTS: readonly (readonly [string, string, string])[] = [
  ['1', 'Feira de Santana', '1'],
  ['2', 'Salvador', '1'],
  ['3', 'Valente', '2'],
  ['4', 'Santaluz', '2'],
  ['5', 'Amargosa', '3'],
  ['6', 'Amélia Rodrigues', '3'],
  ['7', 'Camaçari', '3'],
  ['8', 'Candeias', '2'],
  ['9', 'Cruz das Almas', '1'],
  ['10', 'Santo Antonio de Jesus', '1'],
  ['11', 'Itabuna', '2'],
  ['12', 'Ilheus', '2'],
  ['13', 'Porto Seguro', '3'],
  ['14', 'Pereira', '3'],
];

const ROUTES: readonly (readonly [string, string, readonly number[]])[] = [
  ['1', 'Rota Feira de Santana - Salvador', [1, 6, 7, 8, 2]],
  ['2', 'Rota Salvador - Porto Seguro', [2, 9, 10, 5, 11, 12, 13]],
  ['3', 'Rota Feira de Santana - Pereira', [1, 6, 3, 4, 14]],
  ['4', 'Rota Salvador - Feira de Santana', [2, 8, 7, 6, 1]],
  ['5', 'Rota Valente - Amargosa', [3, 4, 1, 9, 10, 5]],
];

function documentedPoint(id: string): DocumentedPoint {
  const [, localizacao, empresa_id] = POINTS.find((point) => point[0] === id)!;
  return { id, localizacao, disponivel: true, empresa_id };
}

function documentedRoute(id: string): DocumentedRoute {
  const [, nome, ids] = ROUTES.find((route) => route[0] === id)!;
  return { id, nome, pontos: ids.map((point) => documentedPoint(String(point))) };
}

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

describe('the documented reads', () => {
  it('list all points with exactly the documented keys', async () => {
    const reply = await gateway.get('/points');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(POINTS.map(([id]) => documentedPoint(id)));
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
  });

  it('list all routes with their points in order', async () => {
    const reply = await gateway.get('/routes');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(ROUTES.map(([id]) => documentedRoute(id)));
  });

  it('give one route', async () => {
    const reply = await gateway.get('/routes/2');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(documentedRoute('2'));
  });

  it.each(['99', 'x', '%20', '2%2F3', 'a'.repeat(300)])('say that there is no route %s', async (id) => {
    const reply = await gateway.get(`/routes/${id}`);
    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({ erro: 'rota não encontrada' });
  });

  it('take a trailing slash for nothing', async () => {
    expect((await gateway.get('/points/')).body).toHaveLength(14);
    expect((await gateway.get('/routes/')).body).toHaveLength(5);
  });

  it('carry the index of the ledger, and no age when they are fresh', async () => {
    for (const url of ['/points', '/routes', '/routes/1', '/routes/99']) {
      const { headers } = await gateway.get(url);
      expect(headers['malha-index']).toBe(String(gateway.lone.index));
      expect(headers.etag).toBe(`"${gateway.lone.index}"`);
      expect(headers).not.toHaveProperty('malha-age-ms');
    }
  });

  it('show a reserved point as taken, in lists and in routes', async () => {
    await gateway.post('/reserve-points/6');
    expect(await gateway.free()).toMatchObject({ 1: true, 6: false });
    const { pontos } = (await gateway.get('/routes/1')).body as DocumentedRoute;
    expect(pontos.filter((point) => !point.disponivel).map((point) => point.id)).toEqual(['6']);
  });

  it('tell who answers without asking the mesh', async () => {
    gateway.mesh.bug = new Error('must not be asked');
    const reply = await gateway.get('/health');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ status: 'ok', empresa: 'empresa_a' });

    const named = gatewayOver(gateway.mesh, 'HenryVolt');
    expect((await named.get('/health')).body).toEqual({ status: 'ok', empresa: 'HenryVolt' });
    await named.app.close();
  });
});

describe('a trip plan', () => {
  const EXPECTED = 'corpo inválido: é esperado JSON na forma {"origem","destino"}';
  const plan = (origem: unknown, destino: unknown) => gateway.post('/plan-trip', { origem, destino });

  it('lists the free points of all routes that contain both cities, each once, in order', async () => {
    const reply = await plan('Salvador', 'Feira de Santana');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ pontos_disponiveis: ['1', '6', '7', '8', '2'].map(documentedPoint) });
  });

  it('leaves out what is taken', async () => {
    await gateway.post('/reserve-points/7,2');
    const reply = await plan('Feira de Santana', 'Salvador');
    expect(reply.body).toEqual({ pontos_disponiveis: ['1', '6', '8'].map(documentedPoint) });
  });

  it('is empty when no route contains both', async () => {
    expect((await plan('Valente', 'Porto Seguro')).body).toEqual({ pontos_disponiveis: [] });
    expect((await plan('Lisboa', 'Salvador')).body).toEqual({ pontos_disponiveis: [] });
  });

  it('takes further keys and blanks around names', async () => {
    const reply = await gateway.post('/plan-trip', { origem: ' Pereira ', destino: 'Valente', bateria: 80 });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ pontos_disponiveis: [{ id: '1' }, { id: '6' }, {}, {}, {}] });
  });

  it('changes nothing', async () => {
    const before = gateway.lone.index;
    await plan('Salvador', 'Feira de Santana');
    expect(gateway.lone.index).toBe(before);
    expect(gateway.mesh.submissions).toEqual([]);
  });

  it.each([
    {},
    { origem: 'Salvador' },
    { origem: '', destino: 'Salvador' },
    { origem: '  ', destino: 'Salvador' },
    { origem: 1, destino: 'Salvador' },
    { origem: 'x'.repeat(201), destino: 'Salvador' },
    [],
    null,
    'texto',
  ])('refuses %j in plain Portuguese', async (body) => {
    const reply = await gateway.post('/plan-trip', JSON.stringify(body));
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: EXPECTED });
  });

  it('says the same of an empty body as of none', async () => {
    expect((await gateway.post('/plan-trip')).body).toEqual({ erro: EXPECTED });
    expect((await gateway.post('/plan-trip', ' ')).body).toEqual({ erro: EXPECTED });
  });
});
