import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SingleMesh } from '../support/single-mesh.js';
import { as, type Body, openV1, type V1, v1Over } from './v1-fixture.js';

let v1: V1;
beforeEach(async () => {
  v1 = await openV1();
});
afterEach(() => v1.app.close());

describe('a reservation', () => {
  it('is of stops at several companies, made at once, and found where Location says', async () => {
    const stops = [v1.stop('1', 60, 100), v1.stop('3', 180, 210), v1.stop('5', 300, 330)];
    const made = await v1.post('/v1/reservations', { vehicleId: 'car', stops });
    expect(made.status).toBe(201);
    const id = String(made.body.id);
    expect(made.headers.location).toBe(`/v1/reservations/${id}`);
    expect(made.headers['malha-index']).toBe(String(v1.lone.index));
    expect(made.headers['malha-at']).toBe(v1.at(0));
    expect(made.headers.etag).toBe(`"${v1.lone.index}"`);
    expect(made.body).toEqual({
      id,
      vehicleId: 'car',
      state: 'CONFIRMED',
      holdUntil: null,
      stops: stops.map((stop, number) => ({ number, ...stop, state: 'PLANNED' })),
    });
    const found = await v1.get(`/v1/reservations/${id}`);
    expect(found.body).toMatchObject({ ...made.body, stops: made.body.stops });
    expect(found.body).toMatchObject({
      end: null,
      madeAt: v1.at(0),
      changedIndex: v1.lone.index,
      afterNoShow: 'keep',
      waitId: null,
    });
    expect(found.headers.etag).toBe(made.headers.etag);
  });

  it('says of each stop whose it is, what was agreed, and what is owed', async () => {
    const money = (amount: number) => ({ amount, currency: 'BRL' });
    const policy = await v1.get('/v1/companies/empresa_a/policy');
    const { company: _, isDefault: __, ...terms } = policy.body;
    await v1.put('/v1/companies/empresa_a/policy', {
      ...terms,
      cancelBeforeSeconds: 1_800,
      reservationFee: money(250),
      lateCancelFee: money(500),
    });
    const id = await v1.reserve('car', [v1.stop('1', 60, 100)]);
    const { stops } = (await v1.get(`/v1/reservations/${id}`)).body as { stops: Body[] };
    expect(stops[0]).toEqual({
      ...{ number: 0, ...v1.stop('1', 60, 100), state: 'PLANNED', company: 'empresa_a' },
      ...{ startedAt: null, endedAt: null, overstaying: false, reason: '', owed: money(0) },
      terms: {
        ...{ earlySeconds: 900, lateSeconds: 900, bufferSeconds: 0, cancelBefore: v1.at(30) },
        ...{ reservationFee: money(250), lateCancelFee: money(500), noShowFee: money(0) },
      },
    });
  });

  it('may be a hold, and its answer says until when as the ledger does', async () => {
    for (const [ttlSeconds, toMinutes] of [
      [600, 100],
      [7_200, 61],
    ] as const) {
      const stops = [v1.stop('1', 60, toMinutes), v1.stop('2', 60, 600)];
      const made = await v1.post('/v1/reservations', { vehicleId: 'car', stops, hold: { ttlSeconds } });
      expect(made.body).toMatchObject({
        state: 'HELD',
        holdUntil: v1.at(Math.min(ttlSeconds / 60, toMinutes)),
      });
      const { body } = await v1.get(`/v1/reservations/${String(made.body.id)}`);
      expect(body.holdUntil).toBe(made.body.holdUntil);
      await v1.post(`/v1/reservations/${String(made.body.id)}/cancel`, undefined, as('car'));
    }
  });

  it('may leave to the ledger which point of a place it is', async () => {
    const site = { site: ' SALVADOR ', connector: 'ccs2', minKw: 1, start: v1.at(60), end: v1.at(90) };
    const made = await v1.post('/v1/reservations', { vehicleId: 'car', stops: [site] });
    expect(made.status).toBe(201);
    expect(made.body.stops).toMatchObject([{ pointId: '2', start: v1.at(60), end: v1.at(90) }]);
    const again = await v1.post('/v1/reservations', { vehicleId: 'other', stops: [site] });
    expect(again.status).toBe(409);
    expect(again.body.conflicts).toEqual([
      { stop: 0, pointId: null, reason: 'NO_POINT_FREE', detail: expect.stringContaining('free') },
    ]);
  });

  it('is refused as a whole, with every stop that stands in the way and why', async () => {
    await v1.reserve('first', [v1.stop('3', 60, 120)]);
    const { digest } = v1.mesh.status();
    const stops = [
      v1.stop('1', 60, 120),
      v1.stop('3', 100, 160),
      { ...v1.stop('5', 60, 120), company: 'empresa_a' },
      v1.stop('99', 60, 120),
      v1.stop('2', -60, -10),
    ];
    const refused = await v1.post('/v1/reservations', { vehicleId: 'car', stops });
    expect(refused.status).toBe(409);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.headers).not.toHaveProperty('etag');
    expect(refused.headers).not.toHaveProperty('location');
    expect(refused.headers['malha-index']).toBe(String(v1.lone.index));
    expect(refused.body).toMatchObject({ type: 'urn:malha:problem:stops-unavailable', status: 409 });
    const conflicts = refused.body.conflicts as {
      stop: number;
      pointId: string;
      reason: string;
      detail: string;
    }[];
    expect(conflicts.map(({ stop, pointId, reason }) => [stop, pointId, reason])).toEqual([
      [1, '3', 'POINT_TAKEN'],
      [2, '5', 'WRONG_COMPANY'],
      [3, '99', 'UNKNOWN_POINT'],
      [4, '2', 'WINDOW_PAST'],
    ]);
    for (const { detail } of conflicts) expect(detail).not.toBe('');
    expect(v1.mesh.status().digest).not.toBe(digest);
    expect((await v1.get('/v1/reservations?vehicle=car')).body.items).toEqual([]);
  });

  it('is refused beyond the bounds of its holder', async () => {
    const hold = { hold: { ttlSeconds: 600 } };
    for (let n = 0; n < 4; n += 1) await v1.reserve('car', [v1.stop('1', 60 + n * 60, 90 + n * 60)], hold);
    const fifth = { vehicleId: 'car', stops: [v1.stop('2', 60, 90)], ...hold };
    const refused = await v1.post('/v1/reservations', fifth);
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:malha:problem:too-many-holds']);
    for (let n = 0; n < 28; n += 1) await v1.reserve('car', [v1.stop('2', 60 + n * 60, 90 + n * 60)]);
    const more = await v1.post('/v1/reservations', { vehicleId: 'car', stops: [v1.stop('3', 60, 90)] });
    expect([more.status, more.body.type]).toEqual([429, 'urn:malha:problem:too-many-bookings']);
  });

  it('belongs to the body’s vehicle, to that of the header, or to nobody in particular', async () => {
    const stops = [v1.stop('1', 60, 90)];
    for (const [body, headers, holder] of [
      [{ stops }, {}, 'anonimo'],
      [{ stops: [v1.stop('1', 90, 120)] }, as('car'), 'car'],
      [{ stops: [v1.stop('1', 120, 150)], vehicleId: 'bus' }, {}, 'bus'],
      [{ stops: [v1.stop('1', 150, 180)], vehicleId: 'bus' }, as('bus'), 'bus'],
    ] as const) {
      const made = await v1.post('/v1/reservations', body, headers);
      expect(made.body.vehicleId).toBe(holder);
    }
    const both = await v1.post('/v1/reservations', { stops, vehicleId: 'bus' }, as('car'));
    expect(both.status).toBe(400);
    expect(both.body.errors).toEqual([{ parameter: 'Malha-Vehicle', detail: expect.any(String) }]);
    const nobody = await v1.post('/v1/reservations', { stops }, as('no/body'));
    expect(nobody.body.errors).toEqual([{ parameter: 'Malha-Vehicle', detail: expect.any(String) }]);
  });

  it('that does not exist is a problem', async () => {
    const reply = await v1.get('/v1/reservations/r999');
    expect(reply.status).toBe(404);
    expect(reply.body.type).toBe('urn:malha:problem:not-found');
  });
});

describe('the list', () => {
  const idsOf = (body: Body) => (body.items as { id: string }[]).map(({ id }) => id);

  it('is of what is open, unless the state says otherwise', async () => {
    const held = await v1.reserve('car', [v1.stop('1', 60, 90)], { hold: { ttlSeconds: 60 } });
    const confirmed = await v1.reserve('car', [v1.stop('2', 60, 90)]);
    const canceled = await v1.reserve('car', [v1.stop('3', 60, 90)]);
    await v1.post(`/v1/reservations/${canceled}/cancel`, undefined, as('car'));
    for (const [state, ids] of [
      ['', [held, confirmed]],
      ['&state=open', [held, confirmed]],
      ['&state=HELD', [held]],
      ['&state=CONFIRMED', [confirmed]],
      ['&state=CANCELED', [canceled]],
      ['&state=FULFILLED', []],
      ['&state=any', [held, confirmed, canceled]],
    ] as const) {
      for (const of of ['vehicle=car', 'company=empresa_a'] as const) {
        const { body } = await v1.get(`/v1/reservations?${of}${state}`);
        const expected = of === 'vehicle=car' ? ids : ids.filter((id) => id !== canceled);
        expect(idsOf(body), `${of}${state}`).toEqual(expected);
      }
    }
  });

  it('is of a holder, a point, a company, or of all these together', async () => {
    const one = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const two = await v1.reserve('bus', [v1.stop('3', 160, 190)]);
    const three = await v1.reserve('car', [v1.stop('2', 60, 90)]);
    for (const [query, ids] of [
      ['', [one, two, three]],
      ['?point=3', [one, two]],
      ['?company=empresa_b', [one, two]],
      ['?company=empresa_b&vehicle=car', [one]],
      ['?point=3&vehicle=car', [one]],
      ['?point=3&vehicle=car&state=any', [one]],
      ['?vehicle=nobody', []],
      ['?company=nobody', []],
    ] as const) {
      expect(idsOf((await v1.get(`/v1/reservations${query}`)).body), query).toEqual(ids);
    }
  });

  it.each(['vehicle=car', 'vehicle=car&state=any', 'company=empresa_a', 'state=any'])(
    'of %s comes in pages that together are the whole',
    async (query) => {
      const ids: string[] = [];
      for (let n = 0; n < 7; n += 1)
        ids.push(await v1.reserve('car', [v1.stop('1', n * 60 + 60, n * 60 + 90)]));
      const seen: string[] = [];
      let token: unknown = '';
      for (let pages = 0; token !== null; pages += 1) {
        expect(pages).toBeLessThan(5);
        const from = token === '' ? '' : `&pageToken=${String(token)}`;
        const { body } = await v1.get(`/v1/reservations?${query}&pageSize=3${from}`);
        expect(idsOf(body).length).toBeLessThanOrEqual(3);
        seen.push(...idsOf(body));
        token = body.nextPageToken;
      }
      expect(seen.sort()).toEqual(ids.sort());
    },
  );

  it('refuses a token that was changed, and one of another list', async () => {
    for (let n = 0; n < 3; n += 1) await v1.reserve('car', [v1.stop('1', n * 60 + 60, n * 60 + 90)]);
    const { body } = await v1.get('/v1/reservations?vehicle=car&pageSize=1');
    const token = String(body.nextPageToken);
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const url of [
      `/v1/reservations?vehicle=car&pageSize=1&pageToken=${flipped}`,
      `/v1/reservations?vehicle=car&pageSize=1&pageToken=${token}%3D`,
      `/v1/reservations?vehicle=bus&pageToken=${token}`,
      `/v1/reservations?vehicle=car&state=any&pageToken=${token}`,
      `/v1/points?pageToken=${token}`,
      '/v1/reservations?pageToken=x',
    ]) {
      const reply = await v1.get(url);
      expect(reply.status, url).toBe(400);
      expect(reply.body.errors).toEqual([{ parameter: 'pageToken', detail: expect.any(String) }]);
    }
    // The size of a page is no part of the list.
    expect((await v1.get(`/v1/reservations?vehicle=car&pageSize=2&pageToken=${token}`)).status).toBe(200);
  });

  it.each([
    'pageSize=0',
    'pageSize=201',
    'pageSize=1.5',
    'pageSize=a',
    'pageSize=1&pageSize=2',
    'state=gone',
    'pageToken=',
  ])('does not know ?%s', async (query) => {
    const reply = await v1.get(`/v1/reservations?${query}`);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ parameter: query.split('=')[0], detail: expect.any(String) }]);
  });
});

describe('another node', () => {
  it('answers the same', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const other = v1Over(new SingleMesh(v1.lone, 'empresa_b'));
    for (const url of [
      `/v1/reservations/${id}?vehicle=car`,
      '/v1/reservations?vehicle=car',
      '/v1/points',
      '/v1/points/2/calendar',
    ]) {
      expect((await other.get(url)).body, url).toEqual((await v1.get(url)).body);
    }
    await other.app.close();
  });
});
