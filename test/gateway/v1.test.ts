import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, openGateway, WINDOW_MINUTES } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

interface List {
  readonly items: readonly Record<string, unknown>[];
  readonly nextPageToken: null;
}

const WINDOW_MS = WINDOW_MINUTES * 60_000;

describe('points', () => {
  it('are listed in English, with degrees, kilowatts and their company', async () => {
    const reply = await gateway.get('/v1/points');
    expect(reply.status).toBe(200);
    const { items, nextPageToken } = reply.body as List;
    expect(nextPageToken).toBeNull();
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 14 }, (_, at) => String(at + 1)));
    expect(items[0]).toEqual({
      id: '1',
      place: 'Feira de Santana',
      company: 'empresa_a',
      latitude: -12.2664,
      longitude: -38.9663,
      connector: 'ccs2',
      powerKw: 120,
      status: 'available',
      statusUntil: null,
      free: true,
    });
    expect(reply.headers['malha-index']).toBe(String(gateway.lone.index));
    expect(reply.headers.etag).toBe(`"${gateway.lone.index}"`);
  });

  it('are given one by one, as in the list', async () => {
    await gateway.post('/reserve-points/3');
    const { items } = (await gateway.get('/v1/points')).body as List;
    const reply = await gateway.get('/v1/points/3');
    expect(reply.body).toEqual(items[2]);
    expect(reply.body).toMatchObject({ id: '3', company: 'empresa_b', free: false });
  });

  it('that do not exist are a problem', async () => {
    const reply = await gateway.get('/v1/points/99');
    expect(reply.status).toBe(404);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.body).toEqual({
      type: 'urn:malha:problem:not-found',
      title: 'Not found',
      status: 404,
      detail: 'There is no such point.',
    });
  });
});

describe('routes', () => {
  it('are listed with their points and the kilometres between them', async () => {
    const { items } = (await gateway.get('/v1/routes')).body as List;
    expect(items.map(({ id, company }) => [id, company])).toEqual([
      ['1', 'empresa_a'],
      ['2', 'empresa_a'],
      ['3', 'empresa_a'],
      ['4', 'empresa_a'],
      ['5', 'empresa_b'],
    ]);
    for (const { points, legsKm } of items) {
      expect(legsKm).toHaveLength((points as unknown[]).length - 1);
    }
  });

  it('are given one by one', async () => {
    const { body } = await gateway.get('/v1/routes/1');
    const { items } = (await gateway.get('/v1/points')).body as List;
    expect(body).toEqual({
      id: '1',
      name: 'Rota Feira de Santana - Salvador',
      company: 'empresa_a',
      points: [items[0], items[5], items[6], items[7], items[1]],
      legsKm: [28, 70.5, 30.2, 42.2],
    });
  });

  it('that do not exist are a problem', async () => {
    expect((await gateway.get('/v1/routes/99')).body).toMatchObject({ status: 404 });
  });
});

describe('reservations', () => {
  const AS_V1 = { 'malha-vehicle': 'v1' };

  it('of a vehicle are the open ones, with half-open windows in RFC 3339', async () => {
    await gateway.post('/reserve-points/1,3', undefined, AS_V1);
    await gateway.post('/reserve-points/5', undefined, { 'malha-vehicle': 'v2' });
    const { items } = (await gateway.get('/v1/reservations?vehicle=v1')).body as List;
    const start = new Date(gateway.lone.nowMs).toISOString();
    const end = new Date(gateway.lone.nowMs + WINDOW_MS).toISOString();
    expect(items).toMatchObject([
      {
        vehicleId: 'v1',
        state: 'CONFIRMED',
        stops: [
          { number: 0, pointId: '1', start, end, state: 'PLANNED' },
          { number: 1, pointId: '3', start, end, state: 'PLANNED' },
        ],
      },
    ]);
    expect(items[0]).toMatchObject({ holdUntil: null, end: null, afterNoShow: 'keep', waitId: null });
    const one = await gateway.get(`/v1/reservations/${items[0]?.id}?vehicle=v1`);
    expect(one.body).toEqual(items[0]);
  });

  it('that ended leave the list and can still be asked for', async () => {
    await gateway.post('/reserve-points/1', undefined, AS_V1);
    const { items } = (await gateway.get('/v1/reservations?vehicle=v1')).body as List;
    gateway.lone.advance(WINDOW_MS);
    expect((await gateway.get('/v1/reservations?vehicle=v1')).body).toEqual({
      items: [],
      nextPageToken: null,
    });
    const ended = await gateway.get(`/v1/reservations/${items[0]?.id}`, AS_V1);
    expect(ended.body).toMatchObject({ vehicleId: 'v1', state: 'EXPIRED' });
  });

  it.each(['/v1/reservations?vehicle=', '/v1/reservations?vehicle=a&vehicle=b', '/v1/reservations?car=a'])(
    '%s names no vehicle',
    async (url) => {
      const reply = await gateway.get(url);
      expect(reply.status).toBe(400);
      const parameter = url.includes('car') ? 'car' : 'vehicle';
      expect(reply.body).toMatchObject({
        type: 'urn:malha:problem:bad-request',
        errors: [{ parameter, detail: expect.any(String) }],
      });
    },
  );

  it('that do not exist are a problem', async () => {
    expect((await gateway.get('/v1/reservations/nope')).body).toMatchObject({ status: 404 });
  });
});

describe('consistency', () => {
  const URLS = ['/v1/points', '/v1/points/1', '/v1/routes', '/v1/routes/1', '/v1/reservations?vehicle=v1'];

  it.each(URLS)('%s does without an answer rather than give an old one', async (url) => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    const reply = await gateway.get(url);
    expect(reply.status).toBe(503);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.headers['retry-after']).toBe('1');
    expect(reply.body).toMatchObject({ type: 'urn:malha:problem:unavailable', status: 503 });
  });

  it.each(URLS)('%s answers at once from this replica where that is asked for', async (url) => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    gateway.mesh.ageMs = 77;
    const reply = await gateway.get(`${url}${url.includes('?') ? '&' : '?'}consistency=stale`);
    expect(reply.status).toBe(200);
    expect(reply.headers['malha-age-ms']).toBe('77');
  });

  it('a read that runs out of time is no unknown outcome', async () => {
    gateway.mesh.failFreshReads = 'DEADLINE_EXCEEDED';
    expect((await gateway.get('/v1/points')).status).toBe(503);
  });

  it.each(['/v1/points?consistency=fast', '/v1/points?consistency=stale&consistency=stale'])(
    '%s asks for nothing that exists',
    async (url) => {
      const reply = await gateway.get(url);
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ type: 'urn:malha:problem:bad-request' });
    },
  );
});

describe('the cluster', () => {
  it('is this node’s status with the totals, also when nobody leads', async () => {
    gateway.mesh.failFreshReads = 'UNAVAILABLE';
    gateway.mesh.problems = ['no leader'];
    const reply = await gateway.get('/v1/cluster');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      ...gateway.mesh.status(),
      logLevel: 'info',
      totals: expect.objectContaining({ companies: 3, points: 14, routes: 5, openReservations: 0 }),
    });
  });

  it('answers without the totals while they cannot be had', async () => {
    gateway.mesh.failStaleReads = 'UNAVAILABLE';
    const reply = await gateway.get('/v1/cluster');
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ company: 'empresa_a', totals: null });
  });
});

describe('probes', () => {
  it('/livez needs no mesh', async () => {
    gateway.mesh.problems = ['no leader'];
    expect((await gateway.get('/livez')).status).toBe(200);
  });

  it('/readyz says why not', async () => {
    expect(await gateway.get('/readyz')).toMatchObject({ status: 200, body: { ready: true, problems: [] } });
    gateway.mesh.problems = ['no leader'];
    const reply = await gateway.get('/readyz');
    expect(reply.status).toBe(503);
    expect(reply.body).toEqual({ ready: false, problems: ['no leader'] });
  });
});
