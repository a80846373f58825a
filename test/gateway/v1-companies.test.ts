import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALENDAR_BOOKINGS_MAX } from '../../src/ledger/limits.js';
import { SingleMesh } from '../support/single-mesh.js';
import { as, type Body, openV1, type V1, v1Over } from './v1-fixture.js';

let v1: V1;
let other: V1;
beforeEach(async () => {
  v1 = await openV1();
  other = v1Over(new SingleMesh(v1.lone, 'empresa_b'));
});
afterEach(async () => {
  await v1.app.close();
  await other.app.close();
});

const FACTS = { place: 'Ilheus', latitude: -14.789, longitude: -39.049, connector: 'type2', powerKw: 22.1 };

const typeOf = ({ body }: { readonly body: Body }) => body.type;

describe('points', () => {
  it('are registered by their company, and told as they are', async () => {
    const made = await v1.put('/v1/points/p-1', FACTS);
    expect([made.status, made.body]).toEqual([200, { id: 'p-1', ...FACTS }]);
    expect(made.headers['malha-index']).toBe(String(v1.lone.index));
    expect((await v1.get('/v1/points/p-1')).body).toEqual({
      ...{ id: 'p-1', ...FACTS, company: 'empresa_a' },
      ...{ status: 'available', statusUntil: null, free: true },
    });
    const changed = await v1.put('/v1/points/p-1', { ...FACTS, powerKw: 43 });
    expect(changed.body.powerKw).toBe(43);
    expect(typeOf(await other.put('/v1/points/p-1', FACTS))).toBe('urn:malha:problem:not-owner');
  });

  it('are listed by place, company, connector and power, page by page', async () => {
    const idsOf = (body: Body) => (body.items as { id: string }[]).map(({ id }) => id);
    expect(idsOf((await v1.get('/v1/points?company=empresa_b')).body)).toEqual(['3', '4', '8', '11', '12']);
    expect(idsOf((await v1.get('/v1/points?place=%20salvador%20')).body)).toEqual(['2']);
    await v1.put('/v1/points/p-1', FACTS);
    expect(idsOf((await v1.get('/v1/points?connector=type2')).body)).toContain('p-1');
    expect(idsOf((await v1.get('/v1/points?connector=type2&minKw=22.2')).body)).not.toContain('p-1');
    expect(idsOf((await v1.get('/v1/points?place=Ilheus&minKw=22.1&connector=type2')).body)).toEqual(['p-1']);
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await v1.get(`/v1/points?pageSize=4${token}`);
      seen.push(...idsOf(body));
      token = body.nextPageToken === null ? '' : `&pageToken=${String(body.nextPageToken)}`;
    } while (token !== '');
    expect(seen).toEqual([...Array.from({ length: 14 }, (_, at) => String(at + 1)), 'p-1']);
  });

  it('are deleted, unless somebody booked them and nobody says displace', async () => {
    const booked = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const refused = await v1.delete('/v1/points/1');
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:malha:problem:has-bookings']);
    expect(refused.body.conflicts).toMatchObject([{ stop: 0, pointId: '1', reason: 'POINT_TAKEN' }]);
    expect(refused.body.detail).toContain(`stop 0 of ${booked}`);
    expect(typeOf(await v1.delete('/v1/points/1?displace=yes'))).toBe('urn:malha:problem:bad-request');
    const gone = await v1.delete('/v1/points/1?displace=true');
    expect(gone.status).toBe(200);
    expect(gone.body).toMatchObject({ pointId: '1' });
    expect((await v1.get('/v1/points/1')).status).toBe(404);
    expect((await v1.get(`/v1/reservations/${booked}`)).body.stops).toMatchObject([
      { state: 'DISPLACED', reason: 'deleted' },
    ]);
    expect((await v1.delete('/v1/points/2')).body).toEqual({
      ...{ pointId: '2', removed: true, displaced: null, told: 0, more: false },
    });
    expect(typeOf(await v1.delete('/v1/points/2'))).toBe('urn:malha:problem:unknown-point');
    expect(typeOf(await v1.delete('/v1/points/3?displace=false'))).toBe('urn:malha:problem:not-owner');
  });

  it('that are left with a vehicle on them are gone with it', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 5, 90)]);
    await v1.post(`/v1/reservations/${id}/stops/0/start`, undefined, as('car'));
    const leaving = await v1.delete('/v1/points/1?displace=true');
    expect(leaving.body).toEqual({ pointId: '1', removed: false, displaced: 0, told: 0, more: false });
    await v1.post(`/v1/reservations/${id}/stops/0/finish`, undefined, as('car'));
    expect((await v1.get('/v1/points/1')).status).toBe(404);
  });

  it('are out of service by their company’s word, until a time', async () => {
    await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const reported = await v1.post('/v1/points/1/status', { status: 'faulted', until: v1.at(120) });
    expect(reported.body).toEqual({ pointId: '1', removed: false, displaced: 1, told: 0, more: false });
    expect((await v1.get('/v1/points/1')).body).toMatchObject({
      ...{ status: 'faulted', statusUntil: v1.at(120), free: false },
    });
    const early = await v1.post('/v1/reservations', { stops: [v1.stop('1', 110, 130)] });
    expect(early.body.conflicts).toMatchObject([{ reason: 'POINT_NOT_AVAILABLE' }]);
    expect((await v1.post('/v1/reservations', { stops: [v1.stop('1', 120, 130)] })).status).toBe(201);
    const back = await v1.post('/v1/points/1/status', { status: 'available' });
    expect(back.status).toBe(200);
    expect((await v1.get('/v1/points/1')).body).toMatchObject({ status: 'available', statusUntil: null });
    for (const body of [{ status: 'faulted' }, { status: 'available', until: v1.at(5) }]) {
      expect(typeOf(await v1.post('/v1/points/1/status', body))).toBe('urn:malha:problem:invalid');
    }
    const broken = await v1.post('/v1/points/1/status', { status: 'broken' });
    expect(broken.body.errors).toEqual([{ pointer: '/status', detail: expect.any(String) }]);
    expect(typeOf(await v1.post('/v1/points/3/status', { status: 'available' }))).toBe(
      'urn:malha:problem:not-owner',
    );
    expect(typeOf(await v1.post('/v1/points/99/status', { status: 'available' }))).toBe(
      'urn:malha:problem:unknown-point',
    );
  });

  it.each([
    ['latitude', 90.1],
    ['longitude', -181],
    ['powerKw', -1],
    ['powerKw', '120'],
    ['place', ''],
    ['place', 'a\u0000b'],
    ['connector', 'x'.repeat(201)],
  ])('have no %s like %j', async (key, value) => {
    const reply = await v1.put('/v1/points/p-1', { ...FACTS, [key]: value });
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ pointer: `/${key}`, detail: expect.any(String) }]);
  });

  it.each(['a b', 'a%2Fb', 'a+b', 'x'.repeat(65), '%00'])('are not made under the id %s', async (id) => {
    const reply = await v1.put(`/v1/points/${id}`, FACTS);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ parameter: 'id', detail: expect.any(String) }]);
  });
});

describe('a schedule', () => {
  // 2026-01-05, when the tests begin, is a Monday, 12:00 UTC.
  const HOURS = { utcOffsetMinutes: 0, weekly: [{ startMinute: 13 * 60, endMinute: 15 * 60 }] };

  it('is always open until its company says when', async () => {
    expect((await v1.get('/v1/points/1/schedule')).body).toEqual({
      ...{ pointId: '1', utcOffsetMinutes: 0, weekly: [], maintenance: [] },
    });
    const maintenance = [{ start: v1.at(90), end: v1.at(120) }];
    expect((await v1.put('/v1/points/1/schedule', { ...HOURS, maintenance })).status).toBe(200);
    expect((await v1.get('/v1/points/1/schedule')).body).toEqual({ pointId: '1', ...HOURS, maintenance });
    const { body } = await v1.get(`/v1/points/1/calendar?to=${v1.at(240)}`);
    expect(body.free).toEqual([
      { start: v1.at(60), end: v1.at(90) },
      { start: v1.at(120), end: v1.at(180) },
    ]);
    expect(typeOf(await v1.get('/v1/points/99/schedule'))).toBe('urn:malha:problem:not-found');
  });

  it('displaces what does not fit only on an explicit word', async () => {
    await v1.reserve('car', [v1.stop('1', 200, 230)]);
    const refused = await v1.put('/v1/points/1/schedule', HOURS);
    expect(refused.body).toMatchObject({
      type: 'urn:malha:problem:has-bookings',
      conflicts: [{ stop: 0, pointId: '1', reason: 'POINT_CLOSED' }],
    });
    const done = await v1.put('/v1/points/1/schedule', { ...HOURS, displace: true });
    expect(done.body).toMatchObject({ pointId: '1', displaced: 1 });
    expect(typeOf(await other.put('/v1/points/1/schedule', HOURS))).toBe('urn:malha:problem:not-owner');
    const mixed = { ...HOURS, weekly: [HOURS.weekly[0], HOURS.weekly[0]] };
    expect(typeOf(await v1.put('/v1/points/1/schedule', mixed))).toBe('urn:malha:problem:invalid');
  });
});

describe('a calendar', () => {
  it('says what is taken, what is closed and what is left', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const { status, body, headers } = await v1.get('/v1/points/1/calendar');
    expect(status).toBe(200);
    expect(headers['malha-index']).toBe(String(v1.lone.index));
    expect(body).toEqual({
      ...{ pointId: '1', from: v1.at(0), to: v1.at(1_440), closed: [], outOfService: null, cutAt: null },
      booked: [{ start: v1.at(60), end: v1.at(90), reservationId: id, stop: 0 }],
      free: [
        { start: v1.at(0), end: v1.at(60) },
        { start: v1.at(90), end: v1.at(1_440) },
      ],
    });
    await v1.post('/v1/points/1/status', { status: 'occupied', until: v1.at(30) });
    const cut = await v1.get(`/v1/points/1/calendar?from=${v1.at(10)}&to=${v1.at(70)}`);
    expect(cut.body).toMatchObject({
      ...{ outOfService: { start: v1.at(10), end: v1.at(30) }, free: [{ start: v1.at(30), end: v1.at(60) }] },
    });
  });

  it('calls nothing free that nobody looked at', async () => {
    const stops = Array.from({ length: CALENDAR_BOOKINGS_MAX + 2 }, (_, n) =>
      v1.stop('1', 60 + 2 * n, 61 + 2 * n),
    );
    for (let n = 0; n < stops.length; n += 50) await v1.reserve(`car-${n}`, stops.slice(n, n + 50));
    const { body } = await v1.get(`/v1/points/1/calendar?to=${v1.at(31 * 1_440)}`);
    expect(body.booked).toHaveLength(CALENDAR_BOOKINGS_MAX);
    expect(body.cutAt).toBe(v1.at(60 + 2 * CALENDAR_BOOKINGS_MAX));
    expect((body.free as Body[]).at(-1)?.end).toBe(body.cutAt);
    const rest = await v1.get(`/v1/points/1/calendar?from=${String(body.cutAt)}`);
    expect(rest.body).toMatchObject({ cutAt: null, booked: [{}, {}] });
  });

  it('is of all points of a route at a glance', async () => {
    await v1.reserve('car', [v1.stop('6', 60, 90)]);
    const { body } = await v1.get(`/v1/routes/1/calendar?to=${v1.at(120)}`);
    expect(body).toMatchObject({ routeId: '1', from: v1.at(0), to: v1.at(120) });
    const points = body.points as { pointId: string; booked: unknown[]; free: unknown[] }[];
    expect(points.map(({ pointId, booked, free }) => [pointId, booked.length, free.length])).toEqual([
      ['1', 0, 1],
      ['6', 1, 2],
      ['7', 0, 1],
      ['8', 0, 1],
      ['2', 0, 1],
    ]);
    expect((await v1.get('/v1/routes/99/calendar')).status).toBe(404);
    expect((await v1.get('/v1/points/99/calendar')).status).toBe(404);
  });

  it('is of at most 31 days, forward, and of times with an offset', async () => {
    expect((await v1.get(`/v1/points/1/calendar?to=${v1.at(31 * 1_440)}`)).status).toBe(200);
    for (const [query, parameter] of [
      [`to=${v1.at(31 * 1_440 + 1)}`, 'to'],
      [`to=${v1.at(0)}`, 'to'],
      [`from=${v1.at(10)}&to=${v1.at(5)}`, 'to'],
      ['from=2026-01-05T12:00:00', 'from'],
      ['from=now', 'from'],
      ['from=2026-02-30T12:00:00Z', 'from'],
      ['from=0000-01-01T00:00:00Z', 'from'],
      [`from=${v1.at(10)}&from=${v1.at(10)}`, 'from'],
    ] as const) {
      const reply = await v1.get(`/v1/points/1/calendar?${query}`);
      expect(reply.status, query).toBe(400);
      expect(reply.body.errors, query).toEqual([{ parameter, detail: expect.any(String) }]);
    }
    const brazil = encodeURIComponent('2026-01-05T09:00:00-03:00');
    expect((await v1.get(`/v1/points/1/calendar?from=${brazil}`)).body.from).toBe(v1.at(0));
  });
});

describe('routes', () => {
  it('are registered and deleted by the company of their first point', async () => {
    const facts = { name: 'Rota curta', pointIds: ['1', '3'], legsKm: [12.345] };
    const made = await v1.put('/v1/routes/short', facts);
    expect([made.status, made.body]).toEqual([200, { id: 'short', ...facts }]);
    expect((await v1.get('/v1/routes/short')).body).toMatchObject({
      ...{ id: 'short', company: 'empresa_a', legsKm: [12.345], points: [{ id: '1' }, { id: '3' }] },
    });
    expect(typeOf(await other.delete('/v1/routes/short'))).toBe('urn:malha:problem:not-owner');
    expect((await v1.delete('/v1/routes/short')).body).toEqual({ id: 'short' });
    expect(typeOf(await v1.delete('/v1/routes/short'))).toBe('urn:malha:problem:unknown-route');
    const legs = await v1.put('/v1/routes/short', { ...facts, legsKm: [] });
    expect(legs.body.errors).toEqual([{ pointer: '/legsKm', detail: expect.any(String) }]);
  });
});

describe('companies', () => {
  it('are listed, found, and called by their own node', async () => {
    const { items } = (await v1.get('/v1/companies')).body as { items: Body[] };
    expect(items.map(({ id, displayId }) => [id, displayId])).toEqual([
      ['empresa_a', '1'],
      ['empresa_b', '2'],
      ['empresa_c', '3'],
    ]);
    expect((await v1.get('/v1/companies/empresa_b')).body).toEqual(items[1]);
    expect((await v1.get('/v1/companies/nobody')).status).toBe(404);
    const named = await v1.put('/v1/companies/empresa_a', { name: 'Henry', displayId: '1' });
    expect(named.body).toEqual({ id: 'empresa_a', name: 'Henry', displayId: '1' });
    // It stands in topics and in documented bodies, as the ledger knows.
    const unfit = await v1.put('/v1/companies/empresa_a', { name: 'Henry', displayId: 'não é id' });
    expect([unfit.status, unfit.body.errors]).toMatchObject([400, [{ pointer: '/displayId' }]]);
    const { index } = v1.lone;
    for (const reply of [
      await v1.put('/v1/companies/empresa_b', { name: 'Mine', displayId: '2' }),
      await v1.delete('/v1/companies/empresa_b'),
    ]) {
      expect([reply.status, reply.body.type]).toEqual([403, 'urn:malha:problem:not-owner']);
    }
    expect(v1.lone.index).toBe(index);
  });

  it('leave once they have neither routes nor points', async () => {
    expect(typeOf(await v1.delete('/v1/companies/empresa_a'))).toBe('urn:malha:problem:company-not-empty');
    for (const id of ['1', '2', '3', '4']) expect((await v1.delete(`/v1/routes/${id}`)).status).toBe(200);
    for (const id of ['1', '2', '9', '10']) expect((await v1.delete(`/v1/points/${id}`)).status).toBe(200);
    expect((await v1.delete('/v1/companies/empresa_a')).body).toEqual({ id: 'empresa_a' });
    expect(typeOf(await v1.put('/v1/points/p-1', FACTS))).toBe('urn:malha:problem:unknown-company');
    expect((await v1.put('/v1/companies/empresa_a', { name: 'Henry', displayId: '1' })).status).toBe(200);
    expect((await v1.put('/v1/points/p-1', FACTS)).status).toBe(200);
  });

  it('say their booking rules, which hold from then on', async () => {
    const { body } = await v1.get('/v1/companies/empresa_a/policy');
    expect(body).toMatchObject({ company: 'empresa_a', isDefault: true, bufferSeconds: 0 });
    const { company: _, isDefault: __, ...facts } = body;
    const policy = { ...facts, bufferSeconds: 600, noShowFee: { amount: 900, currency: 'BRL' } };
    const set = await v1.put('/v1/companies/empresa_a/policy', policy);
    expect(set.body).toEqual({ company: 'empresa_a', isDefault: false, ...policy });
    expect((await v1.get('/v1/companies/empresa_a/policy')).body).toEqual(set.body);
    await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const close = await v1.post('/v1/reservations', { stops: [v1.stop('1', 95, 120)] });
    expect(close.body.conflicts).toMatchObject([{ reason: 'POINT_TAKEN' }]);
    expect((await v1.get('/v1/companies/nobody/policy')).status).toBe(404);
    expect(typeOf(await v1.put('/v1/companies/empresa_b/policy', policy))).toBe(
      'urn:malha:problem:not-owner',
    );
    const never = { ...policy, minNoticeSeconds: 100, horizonSeconds: 50 };
    expect(typeOf(await v1.put('/v1/companies/empresa_a/policy', never))).toBe('urn:malha:problem:invalid');
    for (const [key, value, pointer] of [
      ['lateSeconds', 0, '/lateSeconds'],
      ['noShowFee', { amount: 1, currency: 'EUR' }, '/noShowFee/currency'],
      ['noShowFee', { amount: 1.5, currency: 'BRL' }, '/noShowFee/amount'],
    ] as const) {
      const reply = await v1.put('/v1/companies/empresa_a/policy', { ...policy, [key]: value });
      expect(reply.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    }
  });
});
