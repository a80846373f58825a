import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { release } from '../../src/doors/requests.js';
import { CLIENT_KEYS_PER_HOLDER_MAX } from '../../src/ledger/limits.js';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

const WRITES: readonly (readonly [string, unknown])[] = [
  ['/reserve-points/1', undefined],
  ['/reserve-sequence', { pontos: [{ id: '1' }] }],
  ['/cancel-reservation/1', undefined],
  ['/cancel-reservation', { ids: ['1'] }],
];
const READS = ['/points', '/routes', '/routes/1'];

describe('without a quorum', () => {
  it.each(WRITES)('POST %s says that nothing was done and when to try again', async (url, body) => {
    gateway.mesh.refuseSubmits = 'UNAVAILABLE';
    const reply = await gateway.post(url, body);
    expect(reply.status).toBe(503);
    expect(reply.body).toEqual({ erro: expect.stringContaining('nada foi feito') });
    expect(reply.headers['retry-after']).toBe('1');
    expect(reply.headers).not.toHaveProperty('malha-request-key');
  });

  it.each(READS)('GET %s answers from this replica and says how old that may be', async (url) => {
    const fresh = await gateway.get(url);
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    gateway.mesh.ageMs = 1234.4;
    const stale = await gateway.get(url);
    expect(stale.status).toBe(200);
    expect(stale.body).toEqual(fresh.body);
    expect(stale.headers['malha-age-ms']).toBe('1235');
    expect(stale.headers['malha-index']).toBe(String(gateway.lone.index));
  });

  it('a replica that never heard a leader gives its age as a number', async () => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    gateway.mesh.ageMs = Number.POSITIVE_INFINITY;
    expect((await gateway.get('/points')).headers['malha-age-ms']).toBe(String(Number.MAX_SAFE_INTEGER));
  });

  it('POST /plan-trip answers from this replica too', async () => {
    gateway.mesh.failFreshReads = 'DEADLINE_EXCEEDED';
    const reply = await gateway.post('/plan-trip', { origem: 'Salvador', destino: 'Porto Seguro' });
    expect(reply.status).toBe(200);
    expect(reply.headers['malha-age-ms']).toBe('0');
  });

  it('the documented reads try for 500 ms to be fresh, then once to be stale', async () => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    await gateway.get('/points');
    expect(gateway.mesh.queries.map(({ options }) => options)).toEqual([
      { consistency: 'linearizable', timeoutMs: 500 },
      { consistency: 'stale', timeoutMs: 500 },
    ]);
  });

  it('a replica that cannot answer either is a 503, whatever the code', async () => {
    for (const code of ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'] as const) {
      gateway.mesh.failFreshReads = code;
      gateway.mesh.failStaleReads = code;
      const reply = await gateway.get('/points');
      expect(reply.status).toBe(503);
      expect(reply.headers['retry-after']).toBe('1');
    }
  });

  it('/health goes on', async () => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    gateway.mesh.failStaleReads = 'UNAVAILABLE';
    expect((await gateway.get('/health')).status).toBe(200);
  });
});

describe('a full mesh', () => {
  it.each(WRITES)('POST %s says that nothing was done and when to try again', async (url, body) => {
    gateway.mesh.refuseSubmits = 'RESOURCE_EXHAUSTED';
    const reply = await gateway.post(url, body);
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('1');
  });
});

describe('an answer that does not come in time', () => {
  it.each(WRITES)('POST %s is a 504 with the key', async (url, body) => {
    gateway.mesh.loseSubmits = true;
    const reply = await gateway.post(url, body);
    expect(reply.status).toBe(504);
    expect(reply.body).toEqual({ erro: expect.stringContaining('resultado desconhecido') });
    expect(reply.headers['malha-request-key']).toBe(gateway.mesh.submissions[0]?.requestKey);
  });
});

describe('a refusal of the ledger that is no conflict', () => {
  it('that it came too late says that nothing was done, and the same key may be tried again', async () => {
    gateway.mesh.delayMs = 3_600_000;
    const headers = { 'idempotency-key': 'k' };
    const late = await gateway.post('/reserve-points/1', undefined, headers);
    expect(late.status).toBe(503);
    expect(late.headers['retry-after']).toBe('1');
    expect(late.body).toEqual({ erro: expect.stringContaining('nada foi feito') });
    expect(await gateway.free()).toMatchObject({ 1: true });
    gateway.mesh.delayMs = 0;
    expect((await gateway.post('/reserve-points/1', undefined, headers)).status).toBe(200);
  });

  it('that the holder has too many keys is 429, for that holder alone', async () => {
    for (let key = 0; key < CLIENT_KEYS_PER_HOLDER_MAX; key += 1) {
      await gateway.mesh.submit(
        {
          door: 'legacy-rest',
          holder: 'v1',
          requestKey: `k${key}`,
          keyKind: 'client',
          traceId: '1'.repeat(32),
          operation: release(['1'], 'any'),
        },
        { timeoutMs: 5_000 },
      );
    }
    const as = (vehicle: string) => ({ 'malha-vehicle': vehicle, 'idempotency-key': 'one-more' });
    const reply = await gateway.post('/reserve-points/1', undefined, as('v1'));
    expect(reply.status).toBe(429);
    expect(reply.body).toEqual({ erro: expect.stringContaining('chaves demais') });
    expect(await gateway.free()).toMatchObject({ 1: true });
    expect((await gateway.post('/reserve-points/1', undefined, as('v2'))).status).toBe(200);
  });
});

describe('a bug', () => {
  it('is logged whole and told to nobody', async () => {
    gateway.mesh.bug = new Error('secret detail');
    const read = await gateway.get('/points');
    expect(read.status).toBe(500);
    expect(read.text).not.toContain('secret');
    expect(read.body).toEqual({ erro: expect.any(String) });
    const line = gateway.log.find(({ level }) => level === 'error');
    expect(line?.fields.err).toBe(gateway.mesh.bug);
  });

  it('leaves the outcome of a write open, with the key to ask with', async () => {
    gateway.mesh.bug = new Error('secret detail');
    const write = await gateway.post('/reserve-points/1', undefined, { 'idempotency-key': 'k' });
    expect(write.status).toBe(500);
    expect(write.headers['malha-request-key']).toBe('k');
  });

  it('is a problem in English on v1', async () => {
    gateway.mesh.bug = new Error('secret detail');
    const reply = await gateway.get('/v1/points');
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('secret');
    expect(reply.body).toMatchObject({ type: 'urn:malha:problem:internal', status: 500 });
  });
});

describe('the log', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'malha-vehicle': 'v1' };
  const said = () => gateway.log.filter(({ level }) => level !== 'debug');

  it('leaves what the ledger decided to the ledger', async () => {
    await gateway.post('/reserve-points/1', undefined, headers);
    await gateway.post('/reserve-points/1');
    await gateway.get('/points');
    await gateway.get('/nothing');
    expect(said()).toEqual([]);
  });

  it('has one line for each request that this node did not get to a decision about', async () => {
    gateway.mesh.refuseSubmits = 'UNAVAILABLE';
    await gateway.post('/reserve-points/1', undefined, headers);
    gateway.mesh.refuseSubmits = null;
    gateway.mesh.loseSubmits = true;
    await gateway.post('/reserve-points/1', undefined, headers);
    const fields = { trace, method: 'POST', url: '/reserve-points/1', tookMs: expect.any(Number) };
    expect(said()).toEqual([
      { level: 'warn', message: 'request failed', fields: { ...fields, status: 503 } },
      { level: 'warn', message: 'request failed', fields: { ...fields, status: 504 } },
    ]);
  });

  it('says nothing of a probe that is told that the node is not ready', async () => {
    gateway.mesh.problems = ['no leader'];
    expect((await gateway.get('/readyz')).status).toBe(503);
    expect(said()).toEqual([]);
  });
});
