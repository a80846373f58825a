import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durationOf, msOf, timestampOf } from '../../src/codec/time-messages.js';
import { Consistency } from '../../src/gen/malha/mesh/v1/call.js';
import { ReservationServiceService as S } from '../../src/gen/malha/mesh/v1/reservation.js';
import { RouteServiceService as R } from '../../src/gen/malha/mesh/v1/route.js';
import { HOUR_MS, MINUTE_MS, Rpc, wanted } from './rpc-fixture.js';

const CAR = { batteryWh: 75_000, whPerKm: 180, chargeWattsMax: 80_000, connector: 'ccs2' };
const WISH = { from: 'Salvador', to: 'Porto Seguro', startPct: 80, ...CAR };

describe('plans over gRPC', () => {
  let rpc: Rpc;

  beforeEach(async () => {
    rpc = await Rpc.open();
  });
  afterEach(() => rpc.close());

  it('say where to charge and when, in windows that are reserved as they are, and reserve nothing', async () => {
    const before = rpc.lone.index;
    const { plan, reason, index } = await rpc.call(R.planTrip, WISH);
    expect([reason, index, rpc.lone.index]).toEqual(['', BigInt(before), before]);
    expect(plan).toMatchObject({ from: '2', to: '13' });
    expect(plan!.stops.length).toBeGreaterThan(1);
    for (const stop of plan!.stops) {
      expect(stop.arriveWh).toBeGreaterThanOrEqual(7_500);
      expect(stop.departWh).toBeGreaterThan(stop.arriveWh);
      expect(msOf(stop.window!.end!) - msOf(stop.depart!)).toBe(10 * MINUTE_MS);
      expect([stop.company, stop.place].includes('')).toBe(false);
    }
    const stops = plan!.stops.map(({ pointId, window }) => {
      const [startMs, endMs] = [msOf(window!.start!), msOf(window!.end!)];
      return wanted(pointId, startMs, endMs - startMs);
    });
    expect((await rpc.call(S.reserve, { holder: 'car', stops })).stops).toHaveLength(stops.length);
    const again = await rpc.call(R.planTrip, WISH);
    expect(again.plan!.stops).not.toEqual(plan!.stops);
  });

  it('obey what they are told, and are of this node alone where that will do', async () => {
    const departMs = rpc.lone.nowMs + 10 * HOUR_MS;
    const { plan, age } = await rpc.call(R.planTrip, {
      ...WISH,
      depart: timestampOf(departMs),
      margin: durationOf(0),
      reservePct: 20,
      consistency: Consistency.STALE,
    });
    expect(age).toBeDefined();
    for (const { arrive, arriveWh, window, depart } of plan!.stops) {
      expect(msOf(arrive!)).toBeGreaterThan(departMs);
      expect(arriveWh).toBeGreaterThanOrEqual(15_000);
      expect(window!.end).toEqual(depart);
    }
  });

  it.each([
    [{ to: 'Recife' }, 'UNKNOWN_PLACE'],
    [{ connector: 'gbt' }, 'OUT_OF_REACH'],
  ])('are none for %j: %s', async (changed, reason) => {
    const answer = await rpc.call(R.planTrip, { ...WISH, ...changed });
    expect([answer.plan, answer.reason]).toEqual([undefined, reason]);
  });

  it.each([
    [{ from: '' }, 'from'],
    [{ connector: '' }, 'connector'],
    [{ batteryWh: 999 }, 'battery_wh'],
    [{ whPerKm: 0 }, 'wh_per_km'],
    [{ chargeWattsMax: 5_000_001 }, 'charge_watts_max'],
    [{ startPct: Number.NaN }, 'start_pct'],
    [{ startPct: -1 }, 'start_pct'],
    [{ reservePct: 90 }, 'full_pct'],
    [{ speedKmh: Number.POSITIVE_INFINITY }, 'speed_kmh'],
  ])('are refused for %j', async (changed, field) => {
    const refused = await rpc.refused(R.planTrip, { ...WISH, ...changed });
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    expect(refused.message).toContain(field);
  });

  it('have no margin beyond four hours', async () => {
    const refused = await rpc.refused(R.planTrip, { ...WISH, margin: durationOf(5 * HOUR_MS) });
    expect(refused.message).toContain('margin');
  });
});
