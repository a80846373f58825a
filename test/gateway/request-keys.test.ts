import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, gatewayOver, openGateway } from '../support/gateway-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

describe('a request key', () => {
  it('gets the first answer again, with the first entry, and changes nothing more', async () => {
    const first = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    await gateway.post('/cancel-reservation/1');
    gateway.lone.advance(1_000);
    const again = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['malha-index']).toBe(first.headers['malha-index']);
    expect(again.headers['malha-at']).toBe(first.headers['malha-at']);
    expect(await gateway.free()).toMatchObject({ 1: true });
  });

  it('gets a refusal again too, also when the point is free by now', async () => {
    await gateway.post('/reserve-points/1');
    const first = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    await gateway.post('/cancel-reservation/1');
    const again = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    expect([first.status, again.status]).toEqual([409, 409]);
    expect(again.body).toEqual(first.body);
    expect(await gateway.free()).toMatchObject({ 1: true });
  });

  it('is the same with and without quotes', async () => {
    const first = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': '"k1"' });
    const again = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    expect(again.status).toBe(200);
    expect(again.headers['malha-index']).toBe(first.headers['malha-index']);
  });

  it('is refused for another request, and nothing happens', async () => {
    await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    const other = await gateway.post('/reserve-points/2', undefined, { 'idempotency-key': 'k1' });
    expect(other.status).toBe(422);
    expect(other.body).toEqual({ erro: expect.stringContaining('chave') });
    const cancel = await gateway.post('/cancel-reservation/1', undefined, { 'idempotency-key': 'k1' });
    expect(cancel.status).toBe(422);
    expect(await gateway.free()).toMatchObject({ 1: false, 2: true });
  });

  it('belongs to its holder', async () => {
    const as = (vehicle: string) => ({ 'idempotency-key': 'k1', 'malha-vehicle': vehicle });
    expect((await gateway.post('/reserve-points/1', undefined, as('v1'))).status).toBe(200);
    expect((await gateway.post('/reserve-points/1', undefined, as('v2'))).status).toBe(409);
    expect((await gateway.post('/reserve-points/2', undefined, as('v3'))).status).toBe(200);
  });

  it('is known at every node', async () => {
    const elsewhere = gatewayOver(new SingleMesh(gateway.lone, 'empresa_b'));
    const first = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    const again = await elsewhere.post('/reserve-points/1', undefined, { 'idempotency-key': 'k1' });
    expect(again.status).toBe(200);
    expect(again.headers['malha-index']).toBe(first.headers['malha-index']);
    await elsewhere.app.close();
  });

  it.each(['', '""', 'x'.repeat(256), 'chave-ç'])('is not %j', async (key) => {
    const reply = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': key });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ erro: expect.stringContaining('chave') });
    expect(gateway.mesh.submissions).toEqual([]);
  });

  it('is made by the node when the client chose none, a new one each time', async () => {
    await gateway.post('/reserve-points/1');
    await gateway.post('/reserve-points/2', undefined, { 'idempotency-key': 'mine' });
    await gateway.post('/reserve-points/3');
    const [first, second, third] = gateway.mesh.submissions;
    expect([first, second, third].map((submission) => submission?.keyKind)).toEqual([
      'node',
      'client',
      'node',
    ]);
    expect(second?.requestKey).toBe('mine');
    expect(first?.requestKey).not.toBe(third?.requestKey);
  });
});

describe('an unknown outcome', () => {
  it('is told as such, with the key that finds the answer', async () => {
    gateway.mesh.loseAnswers = true;
    const lost = await gateway.post('/reserve-points/1,2');
    expect(lost.status).toBe(504);
    expect(lost.body).toEqual({ erro: expect.stringContaining('resultado desconhecido') });
    expect(lost.headers).not.toHaveProperty('retry-after');
    expect(lost.headers).not.toHaveProperty('malha-index');

    gateway.mesh.loseAnswers = false;
    const key = String(lost.headers['malha-request-key']);
    const found = await gateway.post('/reserve-points/1,2', undefined, { 'idempotency-key': key });
    expect(found.status).toBe(200);
    expect(found.body).toEqual({ reservados: ['1', '2'], indisponiveis: [] });
  });

  it('may also mean that nothing happened: the same key then does it, once', async () => {
    gateway.mesh.loseSubmits = true;
    const lost = await gateway.post('/reserve-points/1', undefined, { 'malha-vehicle': 'v1' });
    expect(lost.status).toBe(504);
    gateway.mesh.loseSubmits = false;
    const headers = {
      'malha-vehicle': 'v1',
      'idempotency-key': String(lost.headers['malha-request-key']),
    };
    const done = await gateway.post('/reserve-points/1', undefined, headers);
    const again = await gateway.post('/reserve-points/1', undefined, headers);
    expect([done.status, again.status]).toEqual([200, 200]);
    expect(again.headers['malha-index']).toBe(done.headers['malha-index']);
  });

  it.each(['mine', 'a "b" c', '"', '""x""', '" x "'])(
    'names the client’s key %j so that it is found again',
    async (key) => {
      gateway.mesh.loseAnswers = true;
      const lost = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': key });
      expect(lost.status).toBe(504);
      gateway.mesh.loseAnswers = false;
      const echoed = String(lost.headers['malha-request-key']);
      const found = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': echoed });
      expect(found.status).toBe(200);
      const [first, second] = gateway.mesh.submissions;
      expect(second?.requestKey).toBe(first?.requestKey);
    },
  );
});
