import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddressInUse } from '../../src/doors/address-in-use.js';
import { listenGateway } from '../../src/gateway/listen.js';
import { type GatewayFixture, gatewayOver, openGateway } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

describe('methods', () => {
  it.each([
    ['POST', '/points', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/routes/1', 'GET, HEAD, OPTIONS'],
    ['GET', '/reserve-points/1', 'OPTIONS, POST'],
    ['PUT', '/cancel-reservation', 'OPTIONS, POST'],
    ['PATCH', '/plan-trip', 'OPTIONS, POST'],
  ] as const)('%s %s is not allowed, and what is gets named', async (method, url, allow) => {
    const reply = await gateway.app.inject({ method, url, payload: 'x', headers: { 'content-type': 'a/b' } });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers.allow).toBe(allow);
    expect(reply.json()).toEqual({ erro: 'método não permitido neste caminho' });
  });

  it('a wrong one is a problem on v1', async () => {
    const reply = await gateway.app.inject({ method: 'PATCH', url: '/v1/points/1' });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.json()).toMatchObject({ type: 'urn:malha:problem:method-not-allowed', status: 405 });
  });

  it('HEAD answers like GET without a body', async () => {
    const reply = await gateway.app.inject({ method: 'HEAD', url: '/points' });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toBe('');
    expect(reply.headers['malha-index']).toBe(String(gateway.lone.index));
  });

  it('OPTIONS tells a page of another origin what it may do', async () => {
    const reply = await gateway.app.inject({
      method: 'OPTIONS',
      url: '/reserve-points/1',
      headers: { origin: 'http://127.0.0.1:3000', 'access-control-request-method': 'POST' },
    });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.headers['access-control-allow-methods']).toContain('POST');
    expect(reply.headers['access-control-allow-headers']).toContain('Idempotency-Key');
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(gateway.mesh.submissions).toEqual([]);
  });
});

describe('paths', () => {
  it.each(['/', '/nada', '/points/1', '/route', '/v1x', '/reserve-points'])(
    '%s is not there',
    async (url) => {
      const reply = await gateway.get(url);
      expect([404, 405]).toContain(reply.status);
      expect(reply.body).toEqual({ erro: expect.any(String) });
    },
  );

  it('an unknown one with a body of any type is not there either', async () => {
    const reply = await gateway.post('/nada', 'x', { 'content-type': 'text/html' });
    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({ erro: 'recurso não encontrado' });
  });

  it('an unknown one of v1 is a problem', async () => {
    const reply = await gateway.get('/v1/nothing');
    expect(reply.status).toBe(404);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.body).toMatchObject({
      type: 'urn:malha:problem:not-found',
      title: 'Not found',
      status: 404,
    });
  });

  it.each(['/routes/%', '/routes/%zz', '/reserve-points/1%', '/reserve-points/%ff', '/%'])(
    '%s cannot be decoded',
    async (url) => {
      const reply = url.startsWith('/reserve') ? await gateway.post(url) : await gateway.get(url);
      expect(reply.status).toBe(400);
      expect(reply.body).toEqual({ erro: 'pedido malformado' });
      expect(reply.headers['malha-trace-id']).toMatch(/^[0-9a-f]{32}$/);
      expect(gateway.mesh.submissions).toEqual([]);
    },
  );

  it('one of v1 that cannot be decoded is a problem', async () => {
    const reply = await gateway.get('/v1/points/%zz');
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ type: 'urn:malha:problem:bad-request' });
  });
});

describe('bodies', () => {
  it('of a type that is none are refused', async () => {
    const reply = await gateway.post('/cancel-reservation', '{"ids":["1"]}', { 'content-type': 'nonsense' });
    expect(reply.status).toBe(415);
    expect(reply.body).toEqual({ erro: expect.stringContaining('application/json') });
  });

  it.each([
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('of type %s are read as JSON, as the earlier service did', async (type) => {
    const reply = await gateway.post('/cancel-reservation', '{"ids":["1"]}', { 'content-type': type });
    expect(reply.status).toBe(200);
  });

  it('of more than 64 KiB are too large, on every path that takes one', async () => {
    const body = `{"ids":["${'1'.repeat(64 * 1024)}"]}`;
    for (const url of ['/cancel-reservation', '/reserve-sequence', '/plan-trip', '/reserve-points/1']) {
      const reply = await gateway.post(url, body);
      expect(reply.status).toBe(413);
      expect(reply.body).toEqual({ erro: 'corpo do pedido grande demais' });
    }
    expect(gateway.mesh.submissions).toEqual([]);
  });

  it('of 64 KiB are read', async () => {
    const padding = ' '.repeat(64 * 1024 - '{"ids":["1"]}'.length);
    expect((await gateway.post('/cancel-reservation', `{"ids":["1"]}${padding}`)).status).toBe(200);
  });
});

describe('trace ids', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('are taken over and go into the ledger', async () => {
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const reply = await gateway.post('/reserve-points/1', undefined, headers);
    expect(reply.headers['malha-trace-id']).toBe(trace);
    expect(gateway.mesh.submissions[0]?.traceId).toBe(trace);
  });

  it('are made, one a request, where the caller has none', async () => {
    const first = await gateway.get('/nada');
    const second = await gateway.get('/health');
    expect(first.headers['malha-trace-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(second.headers['malha-trace-id']).not.toBe(first.headers['malha-trace-id']);
  });
});

describe('listening', () => {
  it('says which port it took, answers there, and lets go of it', async () => {
    const port = await listenGateway(gateway.app, '127.0.0.1', 0);
    const reply = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await reply.json()).toEqual({ status: 'ok', empresa: 'empresa_a' });
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    await gateway.app.close();
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });

  it('names the address that is taken', async () => {
    const port = await listenGateway(gateway.app, '127.0.0.1', 0);
    const second = gatewayOver(gateway.mesh);
    const fault = await listenGateway(second.app, '127.0.0.1', port).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(AddressInUse);
    expect(fault).toMatchObject({ host: '127.0.0.1', port });
    await second.app.close();
  });

  it('lets other faults of listening through', async () => {
    const fault = await listenGateway(gateway.app, '192.0.2.1', 0).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it.each([
    ['bytes that are not HTTP', '\u0000\u0001 nonsense\r\n\r\n', 400],
    ['a path that is not ASCII', 'GET /é HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a path beyond all bounds', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])('answers %s and goes on', async (_name, bytes, status) => {
    const port = await listenGateway(gateway.app, '127.0.0.1', 0);
    const answer = await exchange(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ erro: expect.any(String) });
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });
});

/** Sends bytes on a connection of their own and reads until the other side ends it. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
