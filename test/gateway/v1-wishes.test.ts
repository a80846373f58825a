import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { as, type Body, openV1, type V1 } from './v1-fixture.js';

const MINUTE_MS = 60_000;

let v1: V1;
beforeEach(async () => {
  v1 = await openV1();
});
afterEach(() => v1.app.close());

const CAR = as('car');

describe('a trip', () => {
  it('reserves its first stop and claims the others, for a while', async () => {
    const stops = [v1.stop('1', 60, 90), v1.stop('3', 120, 150)];
    const declared = await v1.post('/v1/trips', { vehicleId: 'car', stops });
    expect(declared.status).toBe(201);
    const id = `r${v1.lone.index}`;
    expect(declared.headers.location).toBe(`/v1/reservations/${id}`);
    expect(declared.body).toEqual({
      ticket: v1.lone.index,
      ticketUntil: v1.at(2),
      reservation: {
        ...{ id, vehicleId: 'car', state: 'CONFIRMED', holdUntil: null },
        stops: [{ number: 0, ...stops[0], state: 'PLANNED' }],
      },
    });
    const refused = await v1.post('/v1/reservations', { vehicleId: 'bus', stops: [stops[1]] });
    expect(refused.body.conflicts).toMatchObject([{ stop: 0, pointId: '3', reason: 'POINT_PRIORITY' }]);
    const whole = await v1.post(`/v1/reservations/${id}/replan`, { stops: [{ keep: 0 }, stops[1]] }, CAR);
    expect(whole.status).toBe(200);
    const again = await v1.post('/v1/trips', { vehicleId: 'car', stops: [v1.stop('2', 60, 90)] });
    expect([again.status, again.body.type]).toEqual([409, 'urn:malha:problem:ticket-live']);
  });

  it('begins with a hold where that is asked for', async () => {
    const body = { stops: [v1.stop('1', 60, 90)], hold: { ttlSeconds: 90 }, afterNoShow: 'free' };
    const declared = await v1.post('/v1/trips', body, CAR);
    expect(declared.body.reservation).toMatchObject({
      state: 'HELD',
      holdUntil: v1.at(1.5),
      vehicleId: 'car',
    });
    expect((await v1.get(String(declared.headers.location))).body.afterNoShow).toBe('free');
  });

  it('is of named points only', async () => {
    const site = { site: 'Salvador', connector: 'ccs2', minKw: 1, start: v1.at(60), end: v1.at(90) };
    const reply = await v1.post('/v1/trips', { stops: [site] });
    expect(reply.status).toBe(400);
    const errors = reply.body.errors as { pointer: string }[];
    expect(errors.map(({ pointer }) => pointer)).toContain('/stops/0/pointId');
  });
});

describe('a wish', () => {
  async function waitFor(car: string, stops: readonly Body[]): Promise<string> {
    const { status, headers, body } = await v1.post('/v1/waitlist', { vehicleId: car, stops });
    expect(status).toBe(201);
    expect(headers.location).toBe(`/v1/waitlist/${String(body.id)}`);
    return String(body.id);
  }

  it('waits until all of it is free, and is offered then as a hold', async () => {
    const id = await v1.reserve('bus', [v1.stop('1', 60, 90)]);
    const wait = await waitFor('car', [v1.stop('1', 60, 90)]);
    const waiting = await v1.get(`/v1/waitlist/${wait}`, CAR);
    expect(waiting.body).toEqual({
      ...{ id: wait, vehicleId: 'car', afterNoShow: 'keep', turn: v1.lone.index, offer: null },
      ...{ missedOffers: 0, endsAt: v1.at(60) },
      stops: [{ ...v1.stop('1', 60, 90), site: null }],
    });
    expect((await v1.get('/v1/waitlist?vehicle=car')).body.items).toEqual([waiting.body]);
    expect((await v1.get('/v1/waitlist', CAR)).body.items).toEqual([waiting.body]);
    expect((await v1.get('/v1/waitlist')).body.items).toEqual([]);

    await v1.post(`/v1/reservations/${id}/cancel`, undefined, as('bus'));
    const offer = String((await v1.get(`/v1/waitlist/${wait}`, CAR)).body.offer);
    const held = await v1.get(`/v1/reservations/${offer}`);
    expect(held.body).toMatchObject({ vehicleId: 'car', state: 'HELD', waitId: wait, holdUntil: v1.at(10) });
    expect((await v1.post(`/v1/reservations/${offer}/confirm`, undefined, CAR)).status).toBe(200);
    expect((await v1.get(`/v1/waitlist/${wait}`, CAR)).body.type).toBe('urn:malha:problem:not-found');
  });

  it('may be for any point of a place', async () => {
    const site = { site: 'Valente', connector: 'ccs2', minKw: 10, start: v1.at(60), end: v1.at(90) };
    await v1.reserve('bus', [v1.stop('3', 60, 90)]);
    const wait = await waitFor('car', [site]);
    expect((await v1.get(`/v1/waitlist/${wait}`, CAR)).body.stops).toEqual([
      {
        pointId: null,
        site: { place: 'Valente', connector: 'ccs2', minKw: 10 },
        start: v1.at(60),
        end: v1.at(90),
      },
    ]);
  });

  it('is given up by its holder alone', async () => {
    await v1.reserve('bus', [v1.stop('1', 60, 90)]);
    const wait = await waitFor('car', [v1.stop('1', 60, 90)]);
    // Ids can be guessed.
    for (const headers of [as('bus'), {}]) {
      expect((await v1.get(`/v1/waitlist/${wait}`, headers)).status).toBe(404);
    }
    expect((await v1.get(`/v1/waitlist/${wait}?vehicle=car`)).status).toBe(200);
    const others = await v1.delete(`/v1/waitlist/${wait}`, as('bus'));
    expect([others.status, others.body.type]).toEqual([404, 'urn:malha:problem:unknown-wait']);
    const gone = await v1.delete(`/v1/waitlist/${wait}`, CAR);
    expect([gone.status, gone.body]).toEqual([200, { id: wait }]);
    expect((await v1.get('/v1/waitlist?vehicle=car')).body.items).toEqual([]);
  });

  it('is refused where no freed window would help, and beyond its holder’s bound', async () => {
    const past = await v1.post('/v1/waitlist', { stops: [v1.stop('1', -60, 90), v1.stop('99', 60, 90)] });
    expect(past.status).toBe(409);
    expect(past.body.conflicts).toMatchObject([
      { stop: 0, reason: 'WINDOW_PAST' },
      { stop: 1, reason: 'UNKNOWN_POINT' },
    ]);
    await v1.reserve('bus', [v1.stop('1', 60, 90)]);
    for (let n = 0; n < 8; n += 1) await waitFor('car', [v1.stop('1', 60, 90)]);
    const ninth = await v1.post('/v1/waitlist', { vehicleId: 'car', stops: [v1.stop('1', 60, 90)] });
    expect([ninth.status, ninth.body.type]).toEqual([429, 'urn:malha:problem:too-many-waits']);
  });
});

describe('notices', () => {
  it('are open until their holder closes them', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    await v1.post(`/v1/reservations/${id}/stops/0/displace`, { reason: 'damaged' });
    const { body } = await v1.get('/v1/notices?vehicle=car');
    const [notice] = body.items as Body[];
    expect(body.items).toEqual([
      {
        ...{ id: `n${v1.lone.index}.0`, kind: 'stop-displaced', reservationId: id, stop: 0, waitId: null },
        ...{ reason: 'damaged', at: v1.at(0) },
      },
    ]);
    expect((await v1.get('/v1/notices')).body.items).toEqual([]);
    const noticeIds = [String(notice?.id), 'n1.0'];
    const others = await v1.post('/v1/notices/acknowledge', { vehicleId: 'bus', noticeIds });
    expect(others.body).toEqual({ closed: 0 });
    const heard = await v1.post('/v1/notices/acknowledge', { noticeIds }, CAR);
    expect([heard.status, heard.body]).toEqual([200, { closed: 1 }]);
    expect((await v1.get('/v1/notices?vehicle=car')).body.items).toEqual([]);
  });

  it('of a hold that is over concern no stop', async () => {
    await v1.reserve('car', [v1.stop('1', 60, 90)], { hold: { ttlSeconds: 300 } });
    v1.lone.advance(5 * MINUTE_MS);
    const { items } = (await v1.get('/v1/notices?vehicle=car')).body as { items: Body[] };
    expect(items.map(({ kind, stop }) => [kind, stop])).toEqual(
      expect.arrayContaining([['hold-expired', null]]),
    );
  });

  it.each([[[]], [['']], ['n1.0'], [Array.from({ length: 65 }, () => 'n1.0')]])(
    'are not closed by %j',
    async (noticeIds) => {
      const reply = await v1.post('/v1/notices/acknowledge', { noticeIds });
      expect(reply.status).toBe(400);
      const [error] = reply.body.errors as { pointer: string }[];
      expect(error?.pointer).toMatch(/^\/noticeIds/);
    },
  );
});
