import { afterEach, beforeEach, expect, it } from 'vitest';
import { SingleMesh } from '../support/single-mesh.js';
import { as, type Body, openV1, type V1, v1Over } from './v1-fixture.js';

const CAR = as('car');

let v1: V1;
beforeEach(async () => {
  v1 = await openV1();
});
afterEach(() => v1.app.close());

interface Item {
  readonly operation: string;
  readonly door: string | null;
  readonly originCompany: string | null;
  readonly traceId: string | null;
  readonly events: readonly Body[];
}

const itemsOf = ({ body }: { readonly body: Body }) => body.items as readonly Item[];

/** Two cars at point 1 of empresa_a, one of which goes on to point 3 of empresa_b. */
async function live(): Promise<void> {
  const id = await v1.reserve('car', [v1.stop('1', 60, 90), v1.stop('3', 120, 150)]);
  await v1.reserve('bus', [v1.stop('1', 200, 230)]);
  await v1.post(`/v1/reservations/${id}/cancel`, undefined, CAR);
  const status = { status: 'maintenance', until: v1.at(1_000) };
  expect((await v1.post('/v1/points/1/status', status)).status).toBe(200);
}

it('tells the company of a point its status and its usage, entry by entry, with who asked how', async () => {
  await live();
  const seen = await v1.get('/v1/points/1/history');
  expect(seen.status).toBe(200);
  expect(
    itemsOf(seen).map(({ operation, events }) => [
      operation,
      ...events.map((each) => [each.kind, each.vehicleId, each.to ?? each.status]),
    ]),
  ).toEqual([
    ['reserve', ['stop', 'car', 'PLANNED']],
    ['reserve', ['stop', 'bus', 'PLANNED']],
    ['cancel', ['stop', 'car', 'RELEASED']],
    ['report-status', ['point', undefined, 'maintenance'], ['stop', 'bus', 'DISPLACED']],
  ]);
  expect(itemsOf(seen)[0]).toMatchObject({
    ...{ door: 'rest', originCompany: 'empresa_a', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
  expect(seen.body.nextPageToken).toBeNull();
});

it('goes on page by page, and refuses a token of another list', async () => {
  await live();
  const whole = itemsOf(await v1.get('/v1/points/1/history'));
  const first = await v1.get('/v1/points/1/history?pageSize=3');
  const token = String(first.body.nextPageToken);
  const second = await v1.get(`/v1/points/1/history?pageSize=3&pageToken=${token}`);
  expect([...itemsOf(first), ...itemsOf(second)]).toEqual(whole);
  expect(second.body.nextPageToken).toBeNull();
  expect((await v1.get(`/v1/points/3/history?pageToken=${token}`)).status).toBe(400);
});

it('tells others that a point was used and not by whom, but a holder of itself', async () => {
  await live();
  const [item] = itemsOf(await v1.get('/v1/points/3/history'));
  expect(item).toMatchObject({ door: null, originCompany: null, traceId: null });
  expect(item?.events).toEqual([expect.objectContaining({ kind: 'stop', pointId: '3', vehicleId: null })]);
  for (const [query, headers] of [
    ['', CAR],
    ['?vehicle=car', {}],
  ] as const) {
    const [own] = itemsOf(await v1.get(`/v1/points/3/history${query}`, headers));
    expect(own?.events).toEqual([expect.objectContaining({ vehicleId: 'car' })]);
  }
  const theirs = v1Over(new SingleMesh(v1.lone, 'empresa_b'));
  const [ours] = itemsOf(await theirs.get('/v1/points/3/history'));
  expect(ours).toMatchObject({ originCompany: 'empresa_a', events: [{ vehicleId: 'car' }] });
  await theirs.app.close();
});

it('is empty for a point that nothing happened at since there is a trail, and 404 for one that never was', async () => {
  expect(itemsOf(await v1.get('/v1/points/2/history'))).toEqual([]);
  expect((await v1.get('/v1/points/no-such/history')).body.type).toBe('urn:malha:problem:not-found');
});

it('is still there when the point is gone', async () => {
  const point = { place: 'Aracaju', latitude: -10.9, longitude: -37.07, connector: 'ccs2', powerKw: 50 };
  expect((await v1.put('/v1/points/new', point)).status).toBeLessThan(300);
  expect((await v1.delete('/v1/points/new')).status).toBeLessThan(300);
  const statuses = itemsOf(await v1.get('/v1/points/new/history')).map(({ events }) => events[0]?.status);
  expect(statuses).toEqual(['available', 'deleted']);
});
