import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PickRequest, type PlannedStop, pickStops } from '../../src/vehicle/pick-stops.js';
import type { Road, RoadPoint } from '../../src/vehicle/road.js';

/** A road with a point at each of these kilometres, the first at 0. */
function roadAt(...km: number[]): Road {
  const points = km.map((at, index): RoadPoint => {
    const place = `place ${index}`;
    const outlet = { connector: 'ccs2', powerKw: 60, free: true };
    return { id: String(index), place, latitude: 0, longitude: 0, ...outlet, metres: Math.round(at * 1_000) };
  });
  return { routeId: 'r', routeName: 'r', points };
}

/** A car that goes 100 km on 10 kWh, holds 40 kWh and charges a kilowatt-hour a minute. */
function request(road: Road, batteryWh: number, more: Partial<PickRequest> = {}): PickRequest {
  return {
    road,
    fromMetres: 0,
    batteryWh,
    capacityWh: 40_000,
    whPerKm: 100,
    reserveWh: 4_000,
    arrivalWh: 4_000,
    connectors: ['ccs2'],
    avoid: new Set(),
    chargeMs: (energyWh) => energyWh * 60,
    chargeMsMax: 4 * 3_600_000,
    ...more,
  };
}

const idsOf = (plan: readonly PlannedStop[] | null) => plan?.map((stop) => stop.point.id) ?? null;

describe('a plan', () => {
  it('has no stop when the battery is enough', () => {
    expect(pickStops(request(roadAt(0, 50, 100), 14_000))).toEqual([]);
  });

  it('has a stop as soon as the reserve would be touched, with the energy that the rest needs', () => {
    const plan = pickStops(request(roadAt(0, 50, 100), 13_999, { avoid: new Set(['0']) }));
    expect(plan).toMatchObject([{ arriveWh: 8_999, departWh: 9_000, chargeMs: 60 }]);
    expect(idsOf(plan)).toEqual(['1']);
  });

  it('keeps what the driver wants on arrival', () => {
    const plan = pickStops(request(roadAt(0, 50, 100), 14_000, { arrivalWh: 20_000 }));
    expect(plan?.[0]?.departWh).toBe(plan?.[0]?.point.id === '0' ? 30_000 : 25_000);
  });

  it('begins where the vehicle stands when it can go nowhere else', () => {
    expect(idsOf(pickStops(request(roadAt(0, 100, 200), 1_000)))).toEqual(['0']);
  });

  it('leaves out what lies behind', () => {
    const plan = pickStops(request(roadAt(0, 50, 100, 200), 9_000, { fromMetres: 60_000 }));
    expect(idsOf(plan)).toEqual(['2']);
  });

  it('does not exist where nothing can be reached, or no battery is large enough', () => {
    expect(pickStops(request(roadAt(0, 100, 200), 13_000, { avoid: new Set(['0']) }))).toBeNull();
    expect(pickStops(request(roadAt(0, 361), 40_000))).toBeNull();
  });

  it('does not stop at a plug that does not fit', () => {
    const road = roadAt(0, 50, 60, 100);
    const type2 = { ...road.points[1]!, connector: 'type2' };
    const mixed = { ...road, points: road.points.with(1, type2) };
    const given = { avoid: new Set(['0']) };
    expect(idsOf(pickStops(request(mixed, 11_000, given)))).toEqual(['2']);
    expect(pickStops(request(mixed, 9_000, given))).toBeNull();
    expect(idsOf(pickStops(request(mixed, 9_500, { ...given, connectors: ['ccs2', 'type2'] })))).toEqual([
      '1',
    ]);
  });

  it('prefers the quicker of two posts', () => {
    const chargeMs = (energyWh: number, point: RoadPoint) => energyWh * (point.id === '1' ? 60 : 30);
    const given = { chargeMs, avoid: new Set(['0']) };
    expect(idsOf(pickStops(request(roadAt(0, 50, 60, 100), 13_000, given)))).toEqual(['2']);
  });
});

const roads = fc.array(fc.integer({ min: 1, max: 220 }), { minLength: 1, maxLength: 7 }).map((legs) => {
  let km = 0;
  const rest = legs.map((leg) => {
    km += leg;
    return km;
  });
  return roadAt(0, ...rest);
});

const requests = fc
  .record({
    road: roads,
    batteryWh: fc.integer({ min: 0, max: 40_000 }),
    capacityWh: fc.constantFrom(25_000, 40_000),
    reserveWh: fc.constantFrom(0, 2_000, 4_000),
    wishWh: fc.integer({ min: 0, max: 20_000 }),
    from: fc.nat(400),
    avoided: fc.subarray(['0', '1', '2', '3', '4', '5', '6']),
    plugs: fc.array(fc.constantFrom('ccs2', 'ccs2', 'type2'), { minLength: 8, maxLength: 8 }),
    powers: fc.array(fc.constantFrom(22, 60, 120), { minLength: 8, maxLength: 8 }),
    maxMinutes: fc.constantFrom(30, 100, 240),
  })
  .map(({ road, batteryWh, capacityWh, reserveWh, wishWh, from, avoided, plugs, powers, maxMinutes }) => {
    const points = road.points.map((point, at) => ({
      ...point,
      connector: plugs[at]!,
      powerKw: powers[at]!,
    }));
    // Half of the time right at a point, else anywhere before the end.
    const end = points.at(-1)!.metres;
    const fromMetres = from % 2 === 0 ? points[from % (points.length - 1)]!.metres : (from * 1_000) % end;
    return request({ ...road, points }, Math.min(batteryWh, capacityWh), {
      capacityWh,
      fromMetres,
      reserveWh,
      arrivalWh: reserveWh + wishWh,
      avoid: new Set(avoided),
      chargeMs: (energyWh, point) => Math.ceil((energyWh * 3_600) / point.powerKw),
      chargeMsMax: maxMinutes * 60_000,
    });
  });

const needWh = (metres: number, { whPerKm }: PickRequest) => Math.ceil((metres * whPerKm) / 1_000);

describe('any plan', () => {
  it('keeps the reserve, fits the battery, and stops only where it may', () => {
    fc.assert(
      fc.property(requests, (given) => {
        const plan = pickStops(given);
        if (plan === null) return;
        let metres = given.fromMetres;
        let batteryWh = given.batteryWh;
        for (const { point, arriveWh, departWh, chargeMs } of plan) {
          expect(point.metres).toBeGreaterThanOrEqual(metres);
          batteryWh -= needWh(point.metres - metres, given);
          expect(batteryWh).toBe(arriveWh);
          if (point.metres > given.fromMetres) expect(arriveWh).toBeGreaterThanOrEqual(given.reserveWh);
          expect(departWh).toBeGreaterThan(arriveWh);
          expect(departWh).toBeLessThanOrEqual(given.capacityWh);
          expect(chargeMs).toBe(given.chargeMs(departWh - arriveWh, point));
          expect(chargeMs).toBeLessThanOrEqual(given.chargeMsMax);
          expect(given.avoid.has(point.id)).toBe(false);
          expect(given.connectors).toContain(point.connector);
          metres = point.metres;
          batteryWh = departWh;
        }
        batteryWh -= needWh(given.road.points.at(-1)!.metres - metres, given);
        expect(batteryWh).toBeGreaterThanOrEqual(given.arrivalWh);
      }),
      { numRuns: 500 },
    );
  });

  it('has the fewest stops there can be, and of those the least time, as trying all of them shows', () => {
    let plans = 0;
    let impossible = 0;
    fc.assert(
      fc.property(requests, (given) => {
        const best = tryAll(given);
        const plan = pickStops(given);
        if (best === null) {
          impossible += 1;
          expect(plan).toBeNull();
        } else {
          plans += best.stops > 0 ? 1 : 0;
          expect(plan).not.toBeNull();
          expect(plan!.length).toBe(best.stops);
          expect(plan!.reduce((sum, stop) => sum + stop.chargeMs, 0)).toBe(best.totalMs);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(plans).toBeGreaterThan(100);
    expect(impossible).toBeGreaterThan(100);
  });
});

/** Tries every set of points as stops, charging at each just what the way to the next needs. */
function tryAll(given: PickRequest): { stops: number; totalMs: number } | null {
  const { points } = given.road;
  let best: { stops: number; totalMs: number } | null = null;
  for (let mask = 0; mask < 2 ** (points.length - 1); mask += 1) {
    const chosen = points.slice(0, -1).filter((_, at) => (mask >> at) & 1);
    const totalMs = timeOf(chosen, given);
    if (totalMs === null) continue;
    const better =
      best === null || chosen.length < best.stops || (chosen.length === best.stops && totalMs < best.totalMs);
    if (better) best = { stops: chosen.length, totalMs };
  }
  return best;
}

function timeOf(chosen: readonly RoadPoint[], given: PickRequest): number | null {
  let metres = given.fromMetres;
  let batteryWh = given.batteryWh;
  let totalMs = 0;
  const way = [...chosen, given.road.points.at(-1)!];
  for (const [at, point] of way.entries()) {
    if (point.metres < metres) return null;
    batteryWh -= needWh(point.metres - metres, given);
    const floorWh = point === way.at(-1) ? given.arrivalWh : given.reserveWh;
    // At the very beginning the battery may hold whatever it holds.
    if (batteryWh < floorWh && point.metres > given.fromMetres) return null;
    metres = point.metres;
    const next = way[at + 1];
    if (next === undefined) return totalMs;
    if (given.avoid.has(point.id) || !given.connectors.includes(point.connector)) return null;
    const nextFloorWh = next === way.at(-1) ? given.arrivalWh : given.reserveWh;
    const departWh = Math.max(batteryWh, nextFloorWh + needWh(next.metres - metres, given));
    if (departWh > given.capacityWh) return null;
    const chargeMs = given.chargeMs(departWh - batteryWh, point);
    if (chargeMs > given.chargeMsMax) return null;
    totalMs += chargeMs;
    batteryWh = departWh;
  }
  return totalMs;
}
