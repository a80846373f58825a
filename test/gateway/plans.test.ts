import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.app.close());

interface Stop {
  readonly pointId: string;
  readonly start: string;
  readonly end: string;
  readonly departAt: string;
  readonly arrivePct: number;
  readonly departPct: number;
  readonly legKm: number;
}

interface Answer {
  readonly plan: {
    readonly from: string;
    readonly to: string;
    readonly distanceKm: number;
    readonly arrivePct: number;
    readonly stops: readonly Stop[];
  } | null;
  readonly reservation: { readonly stops: readonly { pointId: string; start: string; end: string }[] } | null;
  readonly reason: string | null;
}

const CAR = { batteryKwh: 75, consumptionWhPerKm: 180, maxChargeKw: 80, connector: 'ccs2' };
const WISH = { from: 'Salvador', to: 'Porto Seguro', startPct: 80, vehicle: CAR };

async function planned(wish: object): Promise<Answer> {
  const reply = await gateway.post('/v1/plans', wish);
  expect(reply.status).toBe(200);
  expect(reply.headers['malha-index']).toBe(String(gateway.lone.index));
  return reply.body as Answer;
}

describe('a plan', () => {
  it('names stops over several companies, with windows that can be reserved as they are', async () => {
    const { plan, reservation, reason } = await planned(WISH);
    expect(reason).toBeNull();
    expect(plan).toMatchObject({ from: '2', to: '13' });
    expect(plan!.stops.length).toBeGreaterThan(1);
    let metres = 0;
    for (const stop of plan!.stops) {
      metres += stop.legKm;
      expect(stop.arrivePct).toBeGreaterThanOrEqual(10);
      expect(stop.departPct).toBeGreaterThan(stop.arrivePct);
      expect(Date.parse(stop.end) - Date.parse(stop.departAt)).toBe(10 * 60_000);
    }
    expect(plan!.distanceKm).toBeGreaterThanOrEqual(metres);
    expect(plan!.arrivePct).toBeGreaterThanOrEqual(10);

    const reserved = await gateway.post('/v1/reservations', { vehicleId: 'planner', ...reservation });
    expect(reserved.status).toBe(201);
  });

  it('goes round what is taken', async () => {
    const first = await planned(WISH);
    await gateway.post('/v1/reservations', { vehicleId: 'other', ...first.reservation });
    const second = await planned(WISH);
    const windows = (answer: Answer) =>
      answer.reservation!.stops.map(({ pointId, start, end }) => ({
        pointId,
        startMs: Date.parse(start),
        endMs: Date.parse(end),
      }));
    for (const taken of windows(first)) {
      for (const wanted of windows(second)) {
        const overlaps = wanted.startMs < taken.endMs && taken.startMs < wanted.endMs;
        expect(wanted.pointId === taken.pointId && overlaps).toBe(false);
      }
    }
    expect((await gateway.post('/v1/reservations', { vehicleId: 'me', ...second.reservation })).status).toBe(
      201,
    );
  });

  it('needs no stop where the battery lasts, and none where it begins', async () => {
    const near = await planned({ ...WISH, to: ' camaçari ' });
    expect(near).toMatchObject({ plan: { from: '2', to: '7', stops: [] }, reservation: null, reason: null });
    const nowhere = await planned({ ...WISH, to: '2' });
    expect(nowhere).toMatchObject({ plan: { from: '2', to: '2', distanceKm: 0, stops: [] } });
  });

  it.each([
    [{ to: 'Recife' }, 'UNKNOWN_PLACE'],
    [{ vehicle: { ...CAR, connector: 'gbt' } }, 'OUT_OF_REACH'],
    [{ fullPct: 40 }, 'OUT_OF_REACH'],
  ])('is none for %j: %s', async (changed, reason) => {
    expect(await planned({ ...WISH, ...changed })).toEqual({ plan: null, reservation: null, reason });
  });

  it.each([
    [{ startPct: 101 }, '/startPct'],
    [{ reservePct: 60, fullPct: 50 }, '/fullPct'],
    [{ vehicle: { ...CAR, batteryKwh: 0 } }, '/vehicle/batteryKwh'],
    [{ departAt: '2026-12-01T12:00:00' }, '/departAt'],
  ])('is refused for %j', async (changed, pointer) => {
    const reply = await gateway.post('/v1/plans', { ...WISH, ...changed });
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ errors: [{ pointer }] });
  });
});
