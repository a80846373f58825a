/** Who may see what of reservations and calendars over REST: the holder all, a company what concerns its own points. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SingleMesh } from '../support/single-mesh.js';
import { type Body, openV1, type V1, v1Over } from './v1-fixture.js';

/** The node of the company of point 1, of that of point 3, and of one that has neither. */
let a: V1;
let b: V1;
let c: V1;
let id: string;

beforeEach(async () => {
  a = await openV1('empresa_a');
  b = v1Over(new SingleMesh(a.lone, 'empresa_b'));
  c = v1Over(new SingleMesh(a.lone, 'empresa_c'));
  const fee = (amount: number) => ({ amount, currency: 'BRL' });
  await a.put('/v1/companies/empresa_a/policy', {
    ...{ minNoticeSeconds: 0, horizonSeconds: 86_400, durationMaxSeconds: 86_400, bufferSeconds: 0 },
    ...{ earlySeconds: 900, lateSeconds: 900, cancelBeforeSeconds: 86_400 },
    ...{ reservationFee: fee(100), lateCancelFee: fee(500), noShowFee: fee(900) },
  });
  id = await a.reserve('car', [a.stop('1', 60, 90), a.stop('1', 100, 120), a.stop('3', 120, 150)]);
  const cancel = { stops: [0], reason: 'ill' };
  expect((await a.post(`/v1/reservations/${id}/cancel`, cancel, { 'malha-vehicle': 'car' })).status).toBe(
    200,
  );
});
afterEach(() => Promise.all([a, b, c].map(({ app }) => app.close())));

interface Seen {
  readonly vehicleId: string | null;
  readonly stops: readonly { owed: { amount: number } | null; reason: string; start: string }[];
}

async function seen(at: V1, query: string, headers = {}): Promise<Seen> {
  const one = await at.get(`/v1/reservations/${id}${query}`, headers);
  expect(one.status).toBe(200);
  const listed = await at.get(`/v1/reservations${query}`, headers);
  expect((listed.body.items as Body[])[0]).toEqual(one.body);
  return one.body as unknown as Seen;
}

const owed = ({ stops }: Seen) => stops.map((stop) => stop.owed?.amount ?? null);
const reasons = ({ stops }: Seen) => stops.map(({ reason }) => reason);

it('its holder sees a reservation in full, at any node', async () => {
  for (const at of [a, b, c]) {
    const whole = await seen(at, '?vehicle=car');
    expect(whole.vehicleId).toBe('car');
    expect([owed(whole), reasons(whole)]).toEqual([
      [500, 0, 0],
      ['ill', '', ''],
    ]);
    expect(await seen(at, '', { 'malha-vehicle': 'car' })).toEqual(whole);
  }
});

it('a company sees whom it serves, and what is owed at its own points alone', async () => {
  const own = await seen(a, '');
  expect([own.vehicleId, owed(own), reasons(own)]).toEqual(['car', [500, 0, null], ['ill', '', '']]);
  const others = await seen(b, '');
  expect([others.vehicleId, owed(others), reasons(others)]).toEqual(['car', [null, null, 0], ['', '', '']]);
});

it('anybody else sees when and where, and neither whose it is nor what is owed', async () => {
  for (const query of ['', '?vehicle=bus']) {
    const one = await c.get(`/v1/reservations/${id}${query}`);
    const { vehicleId, stops } = one.body as unknown as Seen;
    expect([vehicleId, stops.map((stop) => stop.owed)]).toEqual([null, [null, null, null]]);
    expect(stops[1]!.start).toBe(a.at(100));
    expect(one.text).not.toContain('ill');
  }
});

it('who names one vehicle in the query and another in the header is refused', async () => {
  for (const url of [`/v1/reservations/${id}?vehicle=car`, '/v1/reservations?vehicle=car']) {
    expect((await a.get(url, { 'malha-vehicle': 'bus' })).status).toBe(400);
  }
});

it('a calendar names reservations at points of the company of the node alone', async () => {
  const booked = async (at: V1, point: string) =>
    ((await at.get(`/v1/points/${point}/calendar`)).body.booked as Body[]).map((each) => each.reservationId);
  expect([await booked(a, '1'), await booked(a, '3')]).toEqual([[id], [null]]);
  expect([await booked(b, '1'), await booked(b, '3')]).toEqual([[null], [id]]);
  const route = await c.get('/v1/routes/3/calendar');
  const points = route.body.points as { pointId: string; booked: Body[] }[];
  expect(points.filter(({ booked: windows }) => windows.length > 0).map(({ pointId }) => pointId)).toEqual([
    '1',
    '3',
  ]);
  for (const { booked: windows } of points) {
    for (const each of windows) expect(each).toMatchObject({ reservationId: null, stop: null });
  }
});
