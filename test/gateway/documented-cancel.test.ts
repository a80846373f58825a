import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, openGateway, WINDOW_MINUTES } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

const NONE = 'nenhum ponto foi cancelado';
const DONE = { mensagem: 'Reservas canceladas' };

describe('POST /cancel-reservation/{ids}', () => {
  it('ends the named stops and leaves the others', async () => {
    await gateway.post('/reserve-points/1,2,3');
    const reply = await gateway.post('/cancel-reservation/3,1');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ cancelados: ['3', '1'], nao_cancelados: [] });
    expect(await gateway.free()).toMatchObject({ 1: true, 2: false, 3: true });
    expect(reply.headers['malha-index']).toBe(String(gateway.lone.index));
    expect(reply.headers['malha-at']).toBe(new Date(gateway.lone.nowMs).toISOString());
  });

  it('cancels all or none: what was not cancelled is then all of it', async () => {
    await gateway.post('/reserve-points/1');
    const reply = await gateway.post('/cancel-reservation/2,1');
    expect(reply.status).toBe(409);
    expect(reply.body).toEqual({ erro: NONE, nao_cancelados: ['2', '1'] });
    expect(await gateway.free()).toMatchObject({ 1: false });
  });

  it('cannot cancel twice, what is unknown, or what has ended by itself', async () => {
    await gateway.post('/reserve-points/1,2');
    expect((await gateway.post('/cancel-reservation/1')).status).toBe(200);
    expect((await gateway.post('/cancel-reservation/1')).status).toBe(409);
    expect((await gateway.post('/cancel-reservation/99')).body).toEqual({
      erro: NONE,
      nao_cancelados: ['99'],
    });
    gateway.lone.advance(WINDOW_MINUTES * 60_000);
    expect((await gateway.post('/cancel-reservation/2')).status).toBe(409);
  });

  it('never touches a booking made with a window', async () => {
    await gateway.mesh.submit(
      {
        door: 'rest',
        holder: 'anonimo',
        requestKey: 'w1',
        keyKind: 'client',
        traceId: '1'.repeat(32),
        operation: {
          kind: 'reserve',
          stops: [{ pointId: '1', company: '', startMs: 'now', durationMs: 3_600_000 }],
          holdMs: 0,
        },
      },
      { timeoutMs: 1_000 },
    );
    expect((await gateway.post('/cancel-reservation/1')).status).toBe(409);
    expect((await gateway.post('/cancel-reservation', { ids: ['1'] })).body).toEqual(DONE);
    expect(await gateway.free()).toMatchObject({ 1: false });
  });

  it('refuses a path without ids', async () => {
    const reply = await gateway.post('/cancel-reservation/%20,');
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: 'informe ao menos um ponto' });
  });
});

describe('POST /cancel-reservation', () => {
  it('ends what the ids hold and answers alike for those that held nothing', async () => {
    await gateway.post('/reserve-points/1,2');
    const reply = await gateway.post('/cancel-reservation', { ids: ['1', '7', '99'] });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(DONE);
    expect(await gateway.free()).toMatchObject({ 1: true, 2: false, 7: true });
  });

  it('answers 200 when nothing at all was held', async () => {
    const reply = await gateway.post('/cancel-reservation', { ids: ['1'] });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(DONE);
    expect(reply.headers['malha-index']).toBe(String(gateway.lone.index));
  });

  it.each([
    '',
    '{',
    '{}',
    '[]',
    '{"ids":"1"}',
    '{"ids":[1]}',
    '{"ids":[]}',
    '{"ids":[" "]}',
    '{"ids":[null]}',
  ])('refuses the body %j', async (body) => {
    const reply = await gateway.post('/cancel-reservation', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: expect.any(String) });
    expect(gateway.mesh.submissions).toEqual([]);
  });
});
