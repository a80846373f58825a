import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, openGateway, WINDOW_MINUTES } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

const NONE = 'nenhum ponto foi reservado';

describe('POST /reserve-points/{ids}', () => {
  it('reserves every point, over companies, and says so', async () => {
    const reply = await gateway.post('/reserve-points/1,3,5');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ reservados: ['1', '3', '5'], indisponiveis: [] });
    expect(await gateway.free()).toMatchObject({ 1: false, 2: true, 3: false, 5: false });
  });

  it('trims blanks, folds repeats and keeps the order of the request', async () => {
    const reply = await gateway.post('/reserve-points/%2010,%209%20,10,,2');
    expect(reply.body).toEqual({ reservados: ['10', '9', '2'], indisponiveis: [] });
  });

  it('splits at an encoded comma too', async () => {
    expect((await gateway.post('/reserve-points/1%2C2')).body).toMatchObject({ reservados: ['1', '2'] });
  });

  it('reserves all or nothing, and names what could not be had in the order of the request', async () => {
    await gateway.post('/reserve-points/6,8');
    const reply = await gateway.post('/reserve-points/8,1,99,6');
    expect(reply.status).toBe(409);
    expect(reply.body).toEqual({ erro: NONE, indisponiveis: ['8', '99', '6'] });
    expect(await gateway.free()).toMatchObject({ 1: true, 6: false, 8: false });
  });

  it('counts an unknown id as unavailable, whatever it looks like', async () => {
    for (const id of ['99', 'praça', 'a/b', '*', '🔌']) {
      const reply = await gateway.post(`/reserve-points/1,${encodeURIComponent(id)}`);
      expect(reply.status).toBe(409);
      expect(reply.body).toEqual({ erro: NONE, indisponiveis: [id] });
    }
    expect(await gateway.free()).toMatchObject({ 1: true });
  });

  it('refuses the anonymous holder a second time', async () => {
    expect((await gateway.post('/reserve-points/1')).status).toBe(200);
    const again = await gateway.post('/reserve-points/1');
    expect(again.status).toBe(409);
    expect(again.body).toEqual({ erro: NONE, indisponiveis: ['1'] });
  });

  it('marks granted and refused with the entry that decided', async () => {
    const granted = await gateway.post('/reserve-points/1');
    expect(granted.headers['malha-index']).toBe(String(gateway.lone.index));
    expect(granted.headers['malha-at']).toBe(new Date(gateway.lone.nowMs).toISOString());
    const refused = await gateway.post('/reserve-points/1');
    expect(refused.headers['malha-index']).toBe(String(gateway.lone.index));
    expect(Number(refused.headers['malha-index'])).toBe(Number(granted.headers['malha-index']) + 1);
    expect(granted.headers).not.toHaveProperty('malha-request-key');
  });

  it('ends by itself when the window is over by ledger time', async () => {
    await gateway.post('/reserve-points/1');
    gateway.lone.advance(WINDOW_MINUTES * 60_000 - 1);
    expect(await gateway.free()).toMatchObject({ 1: false });
    expect((await gateway.post('/reserve-points/1')).status).toBe(409);
    gateway.lone.advance(1);
    expect(await gateway.free()).toMatchObject({ 1: true });
    expect((await gateway.post('/reserve-points/1')).status).toBe(200);
  });

  it('takes a long list, beyond what a router takes by default', async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `${'x'.repeat(60)}${at}`);
    const reply = await gateway.post(`/reserve-points/${ids.join(',')}`);
    expect(reply.status).toBe(409);
    expect(reply.body).toEqual({ erro: NONE, indisponiveis: ids });
  });

  it.each([
    ['an empty JSON body', '', 'application/json'],
    ['a JSON body', '{"x":1}', 'application/json'],
    ['a form', '', 'application/x-www-form-urlencoded'],
    ['text', 'olá', 'text/plain'],
    ['something that is not JSON', '{', 'application/json'],
  ])('does not look at %s', async (_name, body, type) => {
    const reply = await gateway.post('/reserve-points/1', body, { 'content-type': type });
    expect(reply.status).toBe(200);
  });

  it.each([
    ['nothing', '%20'],
    ['only commas', ',,'],
    ['more than 50 ids', Array.from({ length: 51 }, (_, at) => at).join(',')],
    ['an id that is too long', 'x'.repeat(65)],
    ['a control character', '1,%00'],
  ])('refuses %s', async (_name, ids) => {
    const reply = await gateway.post(`/reserve-points/${ids}`);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: expect.any(String) });
    expect(gateway.mesh.submissions).toEqual([]);
  });

  it.each(['/reserve-points', '/reserve-points/'])('refuses %s, a path without ids', async (url) => {
    const reply = await gateway.post(url);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: 'informe ao menos um ponto' });
  });
});

describe('POST /reserve-sequence', () => {
  it('reserves the points of several companies, named by id, by display id, or not at all', async () => {
    const pontos = [{ id: '1', empresa: 'empresa_a' }, { id: '3', empresa: '2' }, { id: '5' }];
    const reply = await gateway.post('/reserve-sequence', { pontos });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ reservados: ['1', '3', '5'], indisponiveis: [] });
  });

  it('counts a point of another company as unavailable, and then reserves none', async () => {
    const pontos = [
      { id: '1', empresa: '1' },
      { id: '3', empresa: 'empresa_c' },
    ];
    const reply = await gateway.post('/reserve-sequence', { pontos });
    expect(reply.status).toBe(409);
    expect(reply.body).toEqual({ erro: NONE, indisponiveis: ['3'] });
    expect(await gateway.free()).toMatchObject({ 1: true, 3: true });
  });

  it('folds repeats, and takes an empty company for none', async () => {
    const pontos = [{ id: '2' }, { id: ' 2 ', empresa: '' }, { id: '1', empresa: null }];
    const reply = await gateway.post('/reserve-sequence', { pontos });
    expect(reply.body).toEqual({ reservados: ['2', '1'], indisponiveis: [] });
  });

  it('names a point once that was named with two companies', async () => {
    const pontos = [
      { id: '1', empresa: '1' },
      { id: '1', empresa: '2' },
    ];
    const reply = await gateway.post('/reserve-sequence', { pontos });
    expect(reply.status).toBe(409);
    expect(reply.body).toEqual({ erro: NONE, indisponiveis: ['1'] });
  });

  it('takes a body without a content type for JSON', async () => {
    const payload = '{"pontos":[{"id":"1"}]}';
    const reply = await gateway.app.inject({ method: 'POST', url: '/reserve-sequence', payload });
    expect(reply.statusCode).toBe(200);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '"1"',
    '{}',
    '{"pontos":{}}',
    '{"pontos":["1"]}',
    '{"pontos":[{"id":1}]}',
    '{"pontos":[{"id":"1","empresa":1}]}',
    '{"pontos":[]}',
    '{"pontos":[{"id":""}]}',
    '{"pontos":[{"id":"1,2"}],"__proto__":{"x":1}}',
  ])('refuses the body %j', async (body) => {
    const reply = await gateway.post('/reserve-sequence', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: expect.any(String) });
    expect(gateway.mesh.submissions).toEqual([]);
  });
});

describe('holders', () => {
  it('are kept apart by Malha-Vehicle', async () => {
    await gateway.post('/reserve-points/1', undefined, { 'malha-vehicle': 'carro-1' });
    const other = await gateway.post('/cancel-reservation/1', undefined, { 'malha-vehicle': 'carro-2' });
    expect(other.status).toBe(409);
    expect((await gateway.post('/cancel-reservation/1')).status).toBe(409);
    expect(await gateway.free()).toMatchObject({ 1: false });
    const own = await gateway.post('/cancel-reservation/1', undefined, { 'malha-vehicle': 'carro-1' });
    expect(own.status).toBe(200);
    expect(await gateway.free()).toMatchObject({ 1: true });
  });

  it.each(['', 'a b', 'a/b', 'v'.repeat(65), 'ação'])('are not %j', async (name) => {
    const reply = await gateway.post('/reserve-points/1', undefined, { 'malha-vehicle': name });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: expect.stringContaining('veículo') });
    expect(gateway.mesh.submissions).toEqual([]);
  });
});
