import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SingleMesh } from '../support/single-mesh.js';
import { as, type Body, openV1, type V1, v1Over } from './v1-fixture.js';

const MINUTE_MS = 60_000;

let v1: V1;
beforeEach(async () => {
  v1 = await openV1();
});
afterEach(() => v1.app.close());

const CAR = as('car');
const HOLD = { hold: { ttlSeconds: 600 } };

function on(id: string, command: string): string {
  return `/v1/reservations/${id}/${command}`;
}

async function expectProblem(
  slug: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = CAR,
): Promise<Body> {
  const reply = await v1.post(url, body, headers);
  expect(reply.body.type, reply.text).toBe(`urn:malha:problem:${slug}`);
  return reply.body;
}

const statesOf = (body: Body) => (body.stops as { state: string }[]).map(({ state }) => state);

describe('confirm', () => {
  it('makes a hold a booking, once', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], HOLD);
    const confirmed = await v1.post(on(id, 'confirm'), undefined, CAR);
    expect(confirmed.status).toBe(200);
    expect(confirmed.body).toEqual({
      id,
      state: 'CONFIRMED',
      holdUntil: null,
      stops: [{ number: 0, ...v1.stop('1', 60, 90), state: 'PLANNED' }],
    });
    expect(confirmed.headers.etag).toBe(`"${v1.lone.index}"`);
    await expectProblem('already-confirmed', on(id, 'confirm'));
  });

  it('comes too late for a hold that is over', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], HOLD);
    v1.lone.advance(10 * MINUTE_MS);
    const problem = await expectProblem('already-ended', on(id, 'confirm'));
    expect(problem.detail).toMatch(/ended: EXPIRED at/);
    expect(problem.status).toBe(409);
  });

  it('is the holder’s alone: for others there is no such reservation', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], HOLD);
    const others = await expectProblem('unknown-reservation', on(id, 'confirm'), undefined, as('bus'));
    const nones = await expectProblem('unknown-reservation', on('r999', 'confirm'), undefined, as('bus'));
    expect(others).toEqual(nones);
  });
});

describe('extend', () => {
  it('lets a hold end later, and says until when', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], HOLD);
    const { body } = await v1.post(on(id, 'extend'), { ttlSeconds: 1_200 }, CAR);
    expect(body).toMatchObject({ state: 'HELD', holdUntil: v1.at(20) });
  });

  it('is refused where nothing is held, and beyond a day from when it was made', async () => {
    const booked = await v1.reserve('car', [v1.stop('2', 60, 90)]);
    await expectProblem('already-confirmed', on(booked, 'extend'), { ttlSeconds: 60 });
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)], HOLD);
    v1.lone.advance(MINUTE_MS);
    await expectProblem('hold-too-long', on(id, 'extend'), { ttlSeconds: 86_400 });
  });
});

describe('cancel', () => {
  it('gives all stops back, or those that it names', async () => {
    const id = await v1.reserve('car', [
      v1.stop('1', 60, 90),
      v1.stop('3', 120, 150),
      v1.stop('5', 180, 210),
    ]);
    const one = await v1.post(on(id, 'cancel'), { stops: [1] }, CAR);
    expect(statesOf(one.body)).toEqual(['PLANNED', 'RELEASED', 'PLANNED']);
    const rest = await v1.post(on(id, 'cancel'), {}, CAR);
    expect(rest.body.state).toBe('CANCELED');
    const { body } = await v1.get(`/v1/reservations/${id}`);
    expect(body.end).toEqual({ who: 'holder', reason: '', at: v1.at(0) });
    await expectProblem('already-ended', on(id, 'cancel'));
  });

  it('is refused for stops that are not there, or not to be given back', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    await expectProblem('unknown-stop', on(id, 'cancel'), { stops: [2] });
    await v1.post(on(id, 'cancel'), { stops: [0] }, CAR);
    const problem = await expectProblem('wrong-stop-state', on(id, 'cancel'), { stops: [0] });
    expect(problem.detail).toBe(
      'The stop is not in a state in which this can be done to it: stop 0 cannot be released.',
    );
  });

  it('is an operator’s too, who gives a reason', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    await expectProblem('invalid', on(id, 'cancel'), { as: 'operator' }, as('operator-1'));
    const canceled = await v1.post(on(id, 'cancel'), { as: 'operator', reason: 'fraud' }, as('operator-1'));
    expect(canceled.status).toBe(200);
    const { body } = await v1.get(`/v1/reservations/${id}`);
    expect(body.end).toEqual({ who: 'operator', reason: 'fraud', at: v1.at(0) });
  });
});

describe('replan', () => {
  it('keeps, takes and gives back in one decision', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const changed = await v1.post(on(id, 'replan'), { stops: [{ keep: 0 }, v1.stop('5', 120, 150)] }, CAR);
    expect(statesOf(changed.body)).toEqual(['PLANNED', 'RELEASED', 'PLANNED']);
  });

  it('changes nothing where the new stops cannot be had, which it names by their place in the request', async () => {
    await v1.reserve('bus', [v1.stop('5', 120, 150)]);
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const before = (await v1.get(`/v1/reservations/${id}`)).body;
    const body = { stops: [{ keep: 0 }, v1.stop('2', 100, 110), v1.stop('5', 120, 150)] };
    const problem = await expectProblem('stops-unavailable', on(id, 'replan'), body);
    expect(problem.conflicts).toMatchObject([{ stop: 2, pointId: '5', reason: 'POINT_TAKEN' }]);
    expect((await v1.get(`/v1/reservations/${id}`)).body).toEqual(before);
    await expectProblem('unknown-stop', on(id, 'replan'), { stops: [{ keep: 7 }] });
  });

  it('says where a stop is neither kept nor wanted', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const reply = await v1.post(on(id, 'replan'), { stops: [{ keep: 0 }, { keep: 0, pointId: '1' }] }, CAR);
    expect(reply.status).toBe(400);
    const errors = reply.body.errors as { pointer: string }[];
    expect(errors.length).toBeGreaterThan(0);
    for (const { pointer } of errors) expect(pointer).toMatch(/^\/stops\/1/);
  });
});

describe('shift', () => {
  it('moves a stop and all later ones', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const { body } = await v1.post(on(id, 'shift'), { stop: 0, byMinutes: 15 }, CAR);
    expect(body.stops).toEqual([
      { number: 0, ...v1.stop('1', 75, 105), state: 'PLANNED' },
      { number: 1, ...v1.stop('3', 135, 165), state: 'PLANNED' },
    ]);
  });

  it('names what is in the way, and then moves nothing', async () => {
    await v1.reserve('bus', [v1.stop('3', 150, 180)]);
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const problem = await expectProblem('stops-unavailable', on(id, 'shift'), { stop: 0, byMinutes: 15 });
    expect(problem.conflicts).toMatchObject([{ stop: 1, pointId: '3', reason: 'POINT_TAKEN' }]);
    await expectProblem('unknown-stop', on(id, 'shift'), { stop: 2, byMinutes: 15 });
    const held = await v1.reserve('car', [v1.stop('2', 60, 90)], HOLD);
    await expectProblem('not-confirmed', on(held, 'shift'), { stop: 0, byMinutes: 15 });
  });

  it.each([0, -15, 1_441, 1.5, '15'])('does not move by %s minutes', async (byMinutes) => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const reply = await v1.post(on(id, 'shift'), { stop: 0, byMinutes }, CAR);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ pointer: '/byMinutes', detail: expect.any(String) }]);
  });
});

describe('a stop', () => {
  it('begins and ends by its holder’s word', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    await expectProblem('too-early', on(id, 'stops/0/start'));
    v1.lone.advance(60 * MINUTE_MS);
    const begun = await v1.post(on(id, 'stops/0/start'), undefined, CAR);
    expect(statesOf(begun.body)).toEqual(['ACTIVE']);
    await expectProblem('wrong-stop-state', on(id, 'stops/0/start'));
    v1.lone.advance(10 * MINUTE_MS);
    const ended = await v1.post(on(id, 'stops/0/finish'), { as: 'holder' }, CAR);
    expect(ended.body).toMatchObject({ state: 'FULFILLED', stops: [{ state: 'FULFILLED' }] });
    const { stops } = (await v1.get(`/v1/reservations/${id}`)).body as { stops: Body[] };
    expect(stops[0]).toMatchObject({ startedAt: v1.at(-10), endedAt: v1.at(0) });
  });

  it('begins and ends by the word of its point’s company, at that company’s node only', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 10, 90), v1.stop('3', 10, 90)]);
    await expectProblem('unknown-reservation', on(id, 'stops/1/start'), { as: 'company' }, {});
    const begun = await v1.post(on(id, 'stops/0/start'), { as: 'company' });
    expect(statesOf(begun.body)).toEqual(['ACTIVE', 'PLANNED']);
    const other = v1Over(new SingleMesh(v1.lone, 'empresa_b'));
    const refused = await other.post(on(id, 'stops/0/finish'), { as: 'company' });
    expect(refused.status).toBe(404);
    await other.app.close();
    expect((await v1.post(on(id, 'stops/0/finish'), { as: 'company' })).status).toBe(200);
  });

  it('waits while another vehicle stands at the point', async () => {
    const first = await v1.reserve('car', [v1.stop('1', 10, 30)]);
    const second = await v1.reserve('bus', [v1.stop('1', 30, 60)]);
    v1.lone.advance(10 * MINUTE_MS);
    await v1.post(on(first, 'stops/0/start'), undefined, CAR);
    v1.lone.advance(20 * MINUTE_MS);
    await expectProblem('point-busy', on(second, 'stops/0/start'), undefined, as('bus'));
  });

  it('is taken from its holder by its company, with a reason', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const displaced = await v1.post(on(id, 'stops/0/displace'), { reason: 'damaged' });
    expect(statesOf(displaced.body)).toEqual(['DISPLACED', 'PLANNED']);
    await expectProblem('unknown-reservation', on(id, 'stops/1/displace'), { reason: 'damaged' }, {});
    await expectProblem('wrong-stop-state', on(id, 'stops/0/displace'), { reason: 'damaged' }, {});
    const missing = await v1.post(on(id, 'stops/0/displace'), { reason: '' });
    expect(missing.body.errors).toEqual([{ pointer: '/reason', detail: expect.any(String) }]);
  });

  it.each(['-1', '100', '1.5', 'x', '1e1', '0x1'])('has no number %s', async (number) => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    const reply = await v1.post(on(id, `stops/${number}/start`), undefined, CAR);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ parameter: 'number', detail: expect.any(String) }]);
  });
});

describe('substitutes', () => {
  async function displacedStop(): Promise<string> {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    await v1.post('/v1/points/1/status', { status: 'faulted', until: v1.at(600) });
    return id;
  }

  it('are proposed to the holder, within a detour', async () => {
    const id = await displacedStop();
    const found = await v1.get(on(id, 'substitutes?stop=0&maxDetourKm=200&vehicle=car'));
    expect(found.status).toBe(200);
    expect(found.headers['malha-index']).toBe(String(v1.lone.index));
    const items = found.body.items as { pointId: string; detourKm: number; start: string }[];
    expect(items.length).toBeGreaterThan(0);
    for (const { start, detourKm } of items) {
      expect(start).toBe(v1.at(60));
      expect(detourKm).toBeLessThanOrEqual(200);
    }
    expect((await v1.get(on(id, 'substitutes?stop=0&maxDetourKm=0'), CAR)).body.items).toEqual([]);
    const others = await v1.get(on(id, 'substitutes?stop=0'), as('bus'));
    expect(others.body.type).toBe('urn:malha:problem:unknown-reservation');
    expect((await v1.get(on(id, 'substitutes?stop=1'), CAR)).body.type).toBe(
      'urn:malha:problem:unknown-stop',
    );
    expect((await v1.get(on(id, 'substitutes'), CAR)).body.errors).toMatchObject([{ parameter: 'stop' }]);
    const far = await v1.get(on(id, 'substitutes?stop=0&maxDetourKm=201'), CAR);
    expect(far.body.errors).toMatchObject([{ parameter: 'maxDetourKm' }]);
  });

  it('are taken from candidates, the first that can be had', async () => {
    const id = await displacedStop();
    const taken = v1.stop('3', 60, 90);
    await v1.reserve('bus', [taken]);
    const none = await expectProblem('stops-unavailable', on(id, 'substitute'), {
      stop: 0,
      candidates: [taken],
    });
    expect(none.conflicts).toMatchObject([{ stop: 0, pointId: '3', reason: 'POINT_TAKEN' }]);
    const candidates = [taken, v1.stop('4', 60, 90)];
    const had = await v1.post(on(id, 'substitute'), { stop: 0, candidates }, CAR);
    expect(had.body.stops).toEqual([{ number: 0, ...v1.stop('4', 60, 90), state: 'PLANNED' }]);
    await expectProblem('wrong-stop-state', on(id, 'substitute'), { stop: 0, candidates });
  });

  it('are looked for where none is named, under no key of the client', async () => {
    const id = await displacedStop();
    const keyed = { ...CAR, 'idempotency-key': 'k' };
    const refused = await v1.post(on(id, 'substitute'), { stop: 0 }, keyed);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([{ parameter: 'Idempotency-Key' }]);
    const none = await expectProblem('stops-unavailable', on(id, 'substitute'), { stop: 0, maxDetourKm: 0 });
    expect(none.detail).toBe('There is no substitute within 0 km.');
    expect(none.conflicts).toMatchObject([{ stop: 0, pointId: '1', reason: 'POINT_NOT_AVAILABLE' }]);
    const undone = await v1.post(on(id, 'substitute'), { stop: 0, maxDetourKm: 0 }, CAR);
    expect(undone.headers).not.toHaveProperty('etag');
    expect(undone.headers['malha-index']).toBe(String(v1.lone.index));
    const had = await v1.post(on(id, 'substitute'), { stop: 0, maxDetourKm: 200 }, CAR);
    expect(had.status).toBe(200);
    expect(statesOf(had.body)).toEqual(['PLANNED']);
    // It needs none any more, whether or not there would be one.
    for (const maxDetourKm of [0, 200]) {
      await expectProblem('wrong-stop-state', on(id, 'substitute'), { stop: 0, maxDetourKm });
    }
  });
});

describe('a stop that its company took away', () => {
  it('is not given back to its point where no other is found', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90)]);
    await v1.post(on(id, 'stops/0/displace'), { reason: 'a fair' });
    const none = await expectProblem('stops-unavailable', on(id, 'substitute'), { stop: 0, maxDetourKm: 0 });
    expect(none.conflicts).toMatchObject([{ stop: 0, pointId: '1', reason: 'POINT_NOT_AVAILABLE' }]);
    const seen = await v1.get(`/v1/reservations/${id}`, CAR);
    expect(statesOf(seen.body)).toEqual(['DISPLACED']);
  });
});

describe('the history', () => {
  it('tells the holder all of it, page by page, also when it is over', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)], HOLD);
    await v1.post(on(id, 'confirm'), undefined, CAR);
    await v1.post(on(id, 'cancel'), undefined, CAR);
    const whole = await v1.get(on(id, 'history'), CAR);
    expect(whole.status).toBe(200);
    const items = whole.body.items as { operation: string; vehicleId: string; events: Body[] }[];
    expect(items.map(({ operation, vehicleId }) => [operation, vehicleId])).toEqual([
      ['reserve', 'car'],
      ['confirm', 'car'],
      ['cancel', 'car'],
    ]);
    expect(items[0]?.events.map(({ kind, to }) => [kind, to])).toEqual([
      ['reservation', 'HELD'],
      ['stop', 'PLANNED'],
      ['stop', 'PLANNED'],
    ]);
    const first = await v1.get(on(id, 'history?pageSize=2'), CAR);
    const token = String(first.body.nextPageToken);
    const second = await v1.get(on(id, `history?pageSize=2&pageToken=${token}`), CAR);
    expect([...(first.body.items as Body[]), ...(second.body.items as Body[])]).toEqual(items);
    expect(second.body.nextPageToken).toBeNull();
  });

  it('tells a company of its own points’ stops, and nobody of another holder’s', async () => {
    const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
    const seen = await v1.get(on(id, 'history?as=company'));
    const [item] = seen.body.items as { events: Body[] }[];
    expect(item?.events).toEqual([
      expect.objectContaining({ kind: 'reservation' }),
      expect.objectContaining({ kind: 'stop', pointId: '1', vehicleId: 'car' }),
      { kind: 'foreign-stop', reservationId: id, number: 1, from: null, to: 'PLANNED' },
    ]);
    for (const headers of [{}, as('bus')]) {
      expect((await v1.get(on(id, 'history'), headers)).body.type).toBe('urn:malha:problem:not-found');
    }
  });
});
