/** What all routes of v1 have in common: keys, conditions, the forms of input and of refusal. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SingleMesh } from '../support/single-mesh.js';
import { as, type Body, openV1, type V1, v1Over } from './v1-fixture.js';

const MINUTE_MS = 60_000;

let v1: V1;
beforeEach(async () => {
  v1 = await openV1();
});
afterEach(() => v1.app.close());

const keyed = (key: string, vehicle = 'car') => ({ ...as(vehicle), 'idempotency-key': key });

const ANSWERED = ['malha-index', 'malha-at', 'etag', 'location'];

describe('a request key', () => {
  it('gets the first answer again, from any node, whatever happened since', async () => {
    const other = v1Over(new SingleMesh(v1.lone, 'empresa_c'));
    const body = { stops: [v1.stop('1', 60, 90)], hold: { ttlSeconds: 600 } };
    const first = await v1.post('/v1/reservations', body, keyed('k1'));
    await v1.post(`/v1/reservations/${String(first.body.id)}/cancel`, undefined, as('car'));
    v1.lone.advance(MINUTE_MS);
    for (const node of [v1, other]) {
      const again = await node.post('/v1/reservations', body, keyed('k1'));
      expect([again.status, again.body]).toEqual([201, first.body]);
      for (const header of ANSWERED) expect(again.headers[header], header).toBe(first.headers[header]);
    }
    await other.app.close();
  });

  it('gets the first refusal again too, with every stop', async () => {
    const taken = await v1.reserve('bus', [v1.stop('1', 60, 90)]);
    const body = { stops: [v1.stop('1', 60, 90)] };
    const first = await v1.post('/v1/reservations', body, keyed('k1'));
    expect(first.status).toBe(409);
    await v1.post(`/v1/reservations/${taken}/cancel`, undefined, as('bus'));
    const again = await v1.post('/v1/reservations', body, keyed('k1'));
    expect([again.status, again.body]).toEqual([409, first.body]);
    expect((await v1.post('/v1/reservations', body, keyed('k2'))).status).toBe(201);
  });

  it('is of one request: another one under it is refused, of whatever route', async () => {
    await v1.post('/v1/reservations', { stops: [v1.stop('1', 60, 90)] }, keyed('k1'));
    const { index } = v1.lone;
    for (const [url, body] of [
      ['/v1/reservations', { stops: [v1.stop('1', 60, 91)] }],
      ['/v1/reservations', { stops: [v1.stop('1', 60, 90)], afterNoShow: 'keep' }],
      ['/v1/trips', { stops: [v1.stop('1', 60, 90)] }],
      ['/v1/reservations/r1/confirm', undefined],
    ] as const) {
      const reply = await v1.post(url, body, keyed('k1'));
      expect([reply.status, reply.body.type]).toEqual([422, 'urn:malha:problem:key-reused']);
    }
    expect(v1.lone.index).toBeGreaterThan(index);
    expect(
      (await v1.post('/v1/reservations', { stops: [v1.stop('2', 60, 90)] }, keyed('k1', 'bus'))).status,
    ).toBe(201);
  });

  it('is taken by every write: commands, PUT and DELETE', async () => {
    const facts = { place: 'Ilheus', latitude: 0, longitude: 0, connector: 'type2', powerKw: 22 };
    const put = await v1.put('/v1/points/p-1', facts, keyed('put'));
    const gone = await v1.delete('/v1/points/p-1', keyed('delete'));
    const { index } = v1.lone;
    const putAgain = await v1.put('/v1/points/p-1', facts, keyed('put'));
    const goneAgain = await v1.delete('/v1/points/p-1', keyed('delete'));
    expect([putAgain.body, putAgain.headers['malha-index']]).toEqual([put.body, put.headers['malha-index']]);
    expect([goneAgain.status, goneAgain.body]).toEqual([gone.status, gone.body]);
    expect(v1.lone.index).toBe(index + 2);
    expect((await v1.get('/v1/points/p-1')).status).toBe(404);

    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], { hold: { ttlSeconds: 600 } });
    const confirmed = await v1.post(`/v1/reservations/${id}/confirm`, undefined, keyed('confirm'));
    const again = await v1.post(`/v1/reservations/${id}/confirm`, undefined, keyed('confirm'));
    expect([again.status, again.body]).toEqual([200, confirmed.body]);
  });

  it('that is none is refused, and reads do not look at it', async () => {
    for (const key of ['', 'é', 'x'.repeat(256)]) {
      const reply = await v1.post('/v1/reservations', { stops: [v1.stop('1', 60, 90)] }, keyed(key));
      expect(reply.status).toBe(400);
      expect(reply.body.errors).toEqual([{ parameter: 'Idempotency-Key', detail: expect.any(String) }]);
      expect((await v1.get('/v1/points', keyed(key))).status).toBe(200);
    }
    expect(v1.mesh.submissions).toEqual([]);
  });

  it('is named where the outcome is unknown, and asks for it then', async () => {
    v1.mesh.loseAnswers = true;
    const body = { stops: [v1.stop('1', 60, 90)] };
    const lost = await v1.post('/v1/reservations', body, as('car'));
    expect([lost.status, lost.body.type]).toEqual([504, 'urn:malha:problem:outcome-unknown']);
    v1.mesh.loseAnswers = false;
    const key = String(lost.headers['malha-request-key']);
    const found = await v1.post('/v1/reservations', body, keyed(key));
    expect(found.status).toBe(201);
    expect((await v1.get('/v1/reservations?vehicle=car')).body.items).toHaveLength(1);
  });
});

describe('If-Match', () => {
  const match = (tag: string) => ({ ...as('car'), 'if-match': tag });

  it('lets a command pass while the reservation is as the caller saw it', async () => {
    const made = await v1.post('/v1/reservations', { vehicleId: 'car', stops: [v1.stop('1', 60, 90)] });
    const id = String(made.body.id);
    const shift = `/v1/reservations/${id}/shift`;
    const first = await v1.post(shift, { stop: 0, byMinutes: 5 }, match(String(made.headers.etag)));
    expect(first.status).toBe(200);
    const stale = await v1.post(shift, { stop: 0, byMinutes: 5 }, match(String(made.headers.etag)));
    expect([stale.status, stale.body.type]).toEqual([412, 'urn:malha:problem:changed-since']);
    const read = await v1.get(`/v1/reservations/${id}`);
    expect((await v1.post(shift, { stop: 0, byMinutes: 5 }, match(String(read.headers.etag)))).status).toBe(
      200,
    );
    expect((await v1.post(shift, { stop: 0, byMinutes: 5 }, match('*'))).status).toBe(200);
    expect((await v1.post(shift, { stop: 0, byMinutes: 5 }, as('car'))).status).toBe(200);
  });

  it('is taken by every command on a reservation', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 5, 90)], { hold: { ttlSeconds: 600 } });
    const tag = `"${v1.lone.index - 1}"`;
    const stop = v1.stop('3', 60, 90);
    for (const [command, body] of [
      ['confirm', undefined],
      ['extend', { ttlSeconds: 60 }],
      ['cancel', undefined],
      ['replan', { stops: [stop] }],
      ['shift', { stop: 0, byMinutes: 5 }],
      ['substitute', { stop: 0, candidates: [stop] }],
      ['stops/0/start', undefined],
      ['stops/0/finish', undefined],
      ['stops/0/displace', { reason: 'damaged' }],
    ] as const) {
      const reply = await v1.post(`/v1/reservations/${id}/${command}`, body, match(tag));
      expect([reply.status, reply.body.type], command).toEqual([412, 'urn:malha:problem:changed-since']);
    }
  });

  it.each([
    '12',
    '"0"',
    '"-1"',
    '"1.5"',
    'W/"12"',
    '"12", "13"',
    '"99999999999999999"',
    '""',
    '"x"',
    '*, "1"',
  ])('does not take %s', async (tag) => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const { index } = v1.lone;
    const reply = await v1.post(`/v1/reservations/${id}/cancel`, undefined, match(tag));
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ parameter: 'If-Match', detail: expect.any(String) }]);
    expect(v1.lone.index).toBe(index);
  });

  it('is refused where nobody would look at it', async () => {
    const reply = await v1.delete('/v1/points/1', match('*'));
    expect(reply.body.errors).toEqual([{ parameter: 'If-Match', detail: expect.any(String) }]);
    expect((await v1.get('/v1/points/1', match('"1"'))).status).toBe(200);
  });
});

describe('input', () => {
  it('that does not fit is named, all of it, by where it is', async () => {
    const reply = await v1.post('/v1/reservations?dry=run', {
      vehicleId: 'a b',
      stops: [
        { pointId: '1', start: 'soon', end: v1.at(90) },
        { pointId: 7, start: v1.at(60), end: v1.at(90) },
        { pointId: '1', start: v1.at(60), end: v1.at(60) },
        { site: 'Salvador', connector: 'ccs2', minKw: -1, start: v1.at(60), end: v1.at(90) },
      ],
      hold: { ttlSeconds: 0, 'a/b~c': 1 },
      colour: 'red',
    });
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ type: 'urn:malha:problem:bad-request', title: 'Bad request' });
    const errors = reply.body.errors as { pointer?: string; parameter?: string; detail: string }[];
    expect(errors.map(({ pointer, parameter }) => pointer ?? parameter).sort()).toEqual(
      [
        'dry',
        '/vehicleId',
        '/stops/0/start',
        '/stops/1/pointId',
        '/stops/2/end',
        '/stops/3/minKw',
        '/hold/ttlSeconds',
        '/hold/a~1b~0c',
        '/colour',
      ].sort(),
    );
    for (const { detail } of errors) expect(detail).not.toBe('');
    expect(v1.mesh.submissions).toEqual([]);
  });

  it('is named up to a bound', async () => {
    const stops = Array.from({ length: 50 }, () => ({ pointId: '' }));
    const { body } = await v1.post('/v1/reservations', { stops });
    expect(body.errors).toHaveLength(20);
  });

  it.each([
    ['', ''],
    ['null', ''],
    ['[]', ''],
    ['"text"', ''],
    ['{}', '/stops'],
    ['{"stops":[]}', '/stops'],
    ['{"stops":{}}', '/stops'],
    ['{"stops":[null]}', '/stops/0'],
  ])('%j is no reservation', async (text, pointer) => {
    const reply = await v1.post('/v1/reservations', text);
    expect(reply.status).toBe(400);
    expect((reply.body.errors as Body[])[0]).toMatchObject({ pointer });
  });

  it.each([
    '{"stops":',
    '{"__proto__":{"stops":[]}}',
    '{"constructor":{"prototype":{}}}',
    '\u0000',
    '{"a":1}}',
  ])('%j cannot be read', async (text) => {
    const reply = await v1.post('/v1/reservations', text);
    expect([reply.status, reply.body.type]).toEqual([400, 'urn:malha:problem:bad-request']);
    expect(v1.mesh.submissions).toEqual([]);
  });

  it('is JSON, by its name, or nothing', async () => {
    const stops = [v1.stop('1', 60, 90)];
    const text = JSON.stringify({ stops });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
      const reply = await v1.post('/v1/reservations', text, { 'content-type': type });
      expect([reply.status, reply.body.type]).toEqual([415, 'urn:malha:problem:unsupported-media-type']);
    }
    const charset = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await v1.post('/v1/reservations', text, charset)).status).toBe(201);
    const large = JSON.stringify({ stops, vehicleId: 'x'.repeat(64 * 1024) });
    const refused = await v1.post('/v1/reservations', large);
    expect([refused.status, refused.body.type]).toEqual([413, 'urn:malha:problem:body-too-large']);
  });

  it('of a route that takes none may be an empty object, and no other', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], { hold: { ttlSeconds: 600 } });
    const url = `/v1/reservations/${id}/confirm`;
    const refused = await v1.post(url, { now: true }, as('car'));
    expect(refused.body.errors).toEqual([{ pointer: '/now', detail: 'there is no such key' }]);
    expect((await v1.post(url, [], as('car'))).status).toBe(400);
    expect((await v1.post(url, '', as('car'))).status).toBe(200);
    expect((await v1.delete('/v1/routes/1', { 'content-type': 'application/json' })).status).toBe(200);
  });

  it('with half of a surrogate pair, a control character, or too long a text has no place in the ledger', async () => {
    for (const pointId of ['\ud800', 'a\u0007', 'x'.repeat(65), '']) {
      const reply = await v1.post('/v1/reservations', { stops: [{ ...v1.stop('1', 60, 90), pointId }] });
      expect(reply.status).toBe(400);
    }
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    for (const reason of ['\udc00', 'x'.repeat(201)]) {
      const reply = await v1.post(`/v1/reservations/${id}/cancel`, { reason }, as('car'));
      expect(reply.body.errors, JSON.stringify(reason)).toEqual([
        { pointer: '/reason', detail: expect.any(String) },
      ]);
    }
  });
});

describe('a read', () => {
  it('of any route may be stale, and says how old it is', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    v1.mesh.failFreshReads = 'UNAVAILABLE';
    v1.mesh.ageMs = 41.2;
    for (const url of [
      '/v1/points',
      '/v1/points/1',
      '/v1/points/1/schedule',
      '/v1/points/1/calendar',
      '/v1/routes',
      '/v1/routes/1',
      '/v1/routes/1/calendar',
      '/v1/companies',
      '/v1/companies/empresa_a',
      '/v1/companies/empresa_a/policy',
      '/v1/reservations?vehicle=car',
      '/v1/reservations?state=any',
      `/v1/reservations/${id}`,
      `/v1/reservations/${id}/history?vehicle=car`,
      `/v1/reservations/${id}/substitutes?stop=0&vehicle=car`,
      '/v1/waitlist?vehicle=car',
      '/v1/notices?vehicle=car',
    ]) {
      const fresh = await v1.get(url);
      expect([fresh.status, fresh.headers['retry-after']], url).toEqual([503, '1']);
      const stale = await v1.get(`${url}${url.includes('?') ? '&' : '?'}consistency=stale`);
      expect([stale.status, stale.headers['malha-age-ms']], url).toEqual([200, '42']);
      expect(stale.headers.etag, url).toBe(`"${v1.lone.index}"`);
      expect(stale.headers['malha-index'], url).toBe(String(v1.lone.index));
    }
  });

  it('that runs out of time decided nothing', async () => {
    v1.mesh.failFreshReads = 'DEADLINE_EXCEEDED';
    for (const url of [
      '/v1/points',
      '/v1/reservations/r1/history',
      '/v1/reservations/r1/substitutes?stop=0',
    ]) {
      expect((await v1.get(url)).status, url).toBe(503);
    }
  });
});

describe('a mesh that is not raised yet', () => {
  it('says so to what needs the new ledger, keeps nothing, and does the rest', async () => {
    const old = await openV1('empresa_a', false);
    const stops = [v1.stop('1', 60, 90)];
    for (const [url, body] of [
      ['/v1/trips', { stops }],
      ['/v1/waitlist', { stops }],
      ['/v1/reservations', { stops, afterNoShow: 'free' }],
      ['/v1/reservations/r1/confirm', undefined],
      ['/v1/points/1/status', { status: 'available' }],
    ] as const) {
      const reply = await old.post(url, body, keyed('k1'));
      expect([reply.status, reply.body.type], url).toEqual([409, 'urn:malha:problem:version-not-raised']);
      expect(reply.headers['retry-after']).toBe('5');
    }
    expect((await old.post('/v1/reservations', { stops }, as('car'))).status).toBe(201);
    old.lone.raise();
    expect((await old.post('/v1/points/1/status', { status: 'available' }, keyed('k1'))).status).toBe(200);
    await old.app.close();
  });
});

describe('a bug', () => {
  it('is told to the log, not to the caller', async () => {
    v1.mesh.bug = new Error('secret detail');
    const read = await v1.get('/v1/points');
    expect([read.status, read.body.type]).toEqual([500, 'urn:malha:problem:internal']);
    expect(read.text).not.toContain('secret');
    const written = await v1.post('/v1/reservations', { stops: [v1.stop('1', 60, 90)] });
    expect(written.status).toBe(500);
    expect(written.headers['malha-request-key']).toBeDefined();
  });
});
