import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeMs, driveWh, type VehicleModel } from '../../src/planner/energy.js';
import { firstFreeStart } from '../../src/planner/free-window.js';
import { type Charger, type Journey, planTrip, STOP_PENALTY_MS } from '../../src/planner/plan-trip.js';
import { Roads } from '../../src/planner/roads.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const KM = 1_000;

const CAR: VehicleModel = { batteryWh: 40_000, whPerKm: 200, chargeWattsMax: 50_000 };

/** a, b, c, d in a line, 100 km each. */
const LINE = new Roads([{ pointIds: ['a', 'b', 'c', 'd'], legMetres: [100 * KM, 100 * KM, 100 * KM] }]);

function charger(pointId: string, changed: Partial<Charger> = {}): Charger {
  return {
    pointId,
    powerWatts: 50_000,
    busy: [],
    bufferMs: 0,
    earliestMs: 0,
    durationMaxMs: DAY_MS,
    ...changed,
  };
}

function journey(changed: Partial<Journey> = {}): Journey {
  return {
    from: ['a'],
    to: ['d'],
    departMs: 0,
    vehicle: CAR,
    startWh: 32_000,
    reserveWh: 4_000,
    fullWh: 40_000,
    metresPerSecond: 100_000 / 3_600,
    marginMs: 10 * MINUTE_MS,
    horizonMs: DAY_MS,
    ...changed,
  };
}

function planned(chargers: readonly Charger[], wanted: Journey, roads = LINE) {
  const outcome = planTrip(roads, chargers, wanted);
  if (outcome.kind === 'none') throw new Error(`no plan: ${outcome.reason}`);
  return outcome.plan;
}

describe('a plan', () => {
  it('drives straight on where the battery lasts', () => {
    const plan = planned([charger('b')], journey({ to: ['b'] }));
    expect(plan).toEqual({
      from: 'a',
      to: 'b',
      stops: [],
      metres: 100 * KM,
      arriveMs: HOUR_MS,
      arriveWh: 12_000,
    });
  });

  it('charges where it must, as little as it must, and says what to book', () => {
    const plan = planned([charger('b'), charger('c')], journey({ to: ['c'] }));
    // 20 kWh a leg: 12 are left at b, 24 are needed there.
    expect(plan.stops).toEqual([
      {
        pointId: 'b',
        arriveMs: HOUR_MS,
        startMs: HOUR_MS,
        departMs: HOUR_MS + 15 * MINUTE_MS,
        endMs: HOUR_MS + 25 * MINUTE_MS,
        arriveWh: 12_000,
        departWh: 24_000,
        metres: 100 * KM,
      },
    ]);
    expect(plan).toMatchObject({ to: 'c', metres: 200 * KM, arriveWh: 4_000 });
    expect(plan.arriveMs).toBe(2 * HOUR_MS + 15 * MINUTE_MS);
  });

  it('waits for a point, its buffer and its margin, or takes another one', () => {
    const busy = [{ startMs: HOUR_MS + 30 * MINUTE_MS, endMs: 2 * HOUR_MS }];
    const before = planned([charger('b', { busy })], journey({ to: ['c'] }));
    expect(before.stops[0]).toMatchObject({ startMs: HOUR_MS });
    // With a buffer of ten minutes the window before the booking is five minutes too short.
    const after = planned([charger('b', { busy, bufferMs: 10 * MINUTE_MS })], journey({ to: ['c'] }));
    expect(after.stops[0]).toMatchObject({ startMs: 2 * HOUR_MS });
    const taken = charger('b', { busy: [{ startMs: 0, endMs: DAY_MS + 1 }] });
    expect(planTrip(LINE, [taken], journey({ to: ['c'] }))).toEqual({ kind: 'none', reason: 'OUT_OF_REACH' });
  });

  it('heeds how early a company wants to know, and how long it lets a window be', () => {
    const late = planned([charger('b', { earliestMs: 2 * HOUR_MS })], journey({ to: ['c'] }));
    expect(late.stops[0]).toMatchObject({ startMs: 2 * HOUR_MS });
    const short = charger('b', { durationMaxMs: 20 * MINUTE_MS });
    expect(planTrip(LINE, [short], journey({ to: ['c'] })).kind).toBe('none');
  });

  it('is none where no road leads, and says so', () => {
    expect(planTrip(LINE, [], journey({ to: ['z'] }))).toEqual({ kind: 'none', reason: 'NO_ROAD' });
    expect(planTrip(LINE, [charger('c')], journey({ to: ['d'] }))).toEqual({
      kind: 'none',
      reason: 'OUT_OF_REACH',
    });
  });

  it('may begin and end at any of several points', () => {
    const plan = planned([], journey({ from: ['z', 'b'], to: ['d', 'c'] }));
    expect(plan).toMatchObject({ from: 'b', to: 'c', stops: [] });
  });
});

const town = fc.constantFrom('a', 'b', 'c', 'd', 'e');

const world = fc.record({
  roads: fc.array(
    fc
      .record({ from: town, to: town, km: fc.integer({ min: 20, max: 130 }) })
      .filter(({ from, to }) => from !== to),
    { minLength: 3, maxLength: 7 },
  ),
  powers: fc.tuple(...Array.from({ length: 5 }, () => fc.constantFrom(0, 22_000, 50_000, 150_000))),
  busy: fc.tuple(
    ...Array.from({ length: 5 }, () =>
      fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 10, max: 90 })), {
        maxLength: 2,
      }),
    ),
  ),
  startWh: fc.constantFrom(12_000, 24_000, 36_000),
});

/** Every way to go, with at most three stops, charging in the same steps: the least cost of all. */
function leastCost(roads: Roads, chargers: readonly Charger[], wanted: Journey): number {
  let least = Number.POSITIVE_INFINITY;
  const goal = wanted.to[0]!;
  const go = (at: string, readyMs: number, wh: number, stops: number): void => {
    if (at === goal && stops === 0) least = Math.min(least, readyMs);
    const arrivals = [...roads.from(at)].map(([to, metres]) => ({
      to,
      wh: wh - driveWh(CAR, metres),
      ms: readyMs + (metres / wanted.metresPerSecond) * 1_000,
    }));
    for (const arrival of arrivals) {
      if (arrival.wh < wanted.reserveWh || (arrival.to === at && stops > 0)) continue;
      if (arrival.to === goal) least = Math.min(least, arrival.ms + stops * STOP_PENALTY_MS);
      const found = chargers.find(({ pointId }) => pointId === arrival.to);
      if (found === undefined || stops === 3) continue;
      const minute = (ms: number): number => Math.ceil(ms / MINUTE_MS) * MINUTE_MS;
      for (let tenth = 1; tenth <= 10; tenth += 1) {
        const to = tenth * 4_000;
        if (to <= arrival.wh) continue;
        const takesMs = minute(chargeMs(CAR, found.powerWatts, arrival.wh, to));
        const startMs = firstFreeStart(found.busy, {
          fromMs: minute(arrival.ms),
          durationMs: takesMs + wanted.marginMs,
          latestMs: wanted.horizonMs,
        });
        if (startMs !== null) go(arrival.to, startMs + takesMs, to, stops + 1);
      }
    }
  };
  go(wanted.from[0]!, wanted.departMs, wanted.startWh, 0);
  return least;
}

describe('any plan', () => {
  it('keeps the battery above its reserve, overlaps nothing that is booked, and is the best there is', () => {
    let plans = 0;
    fc.assert(
      fc.property(world, ({ roads: legs, powers, busy, startWh }) => {
        const roads = new Roads(
          legs.map(({ from, to, km }) => ({ pointIds: [from, to], legMetres: [km * KM] })),
        );
        const chargers = ['a', 'b', 'c', 'd', 'e'].flatMap((pointId, at) => {
          const windows = busy[at]!.map(([start, length]) => ({
            startMs: start * MINUTE_MS,
            endMs: (start + length) * MINUTE_MS,
          })).sort((a, b) => a.startMs - b.startMs);
          return powers[at] === 0 ? [] : [charger(pointId, { powerWatts: powers[at]!, busy: windows })];
        });
        const wanted = journey({ to: ['e'], startWh });
        const outcome = planTrip(roads, chargers, wanted);
        const least = leastCost(roads, chargers, wanted);
        if (outcome.kind === 'none') {
          expect(least).toBe(Number.POSITIVE_INFINITY);
          return;
        }
        plans += 1;
        const { plan } = outcome;
        let wh: number = startWh;
        let readyMs = 0;
        let metres = 0;
        for (const stop of plan.stops) {
          expect(stop.arriveWh).toBeCloseTo(wh - driveWh(CAR, stop.metres), 6);
          expect(stop.arriveWh).toBeGreaterThanOrEqual(wanted.reserveWh);
          expect(stop.startMs).toBeGreaterThanOrEqual(stop.arriveMs);
          expect(stop.arriveMs).toBeCloseTo(readyMs + (stop.metres / wanted.metresPerSecond) * 1_000, 3);
          const { busy: taken } = chargers.find(({ pointId }) => pointId === stop.pointId)!;
          for (const window of taken) {
            expect(window.endMs <= stop.startMs || window.startMs >= stop.endMs).toBe(true);
          }
          wh = stop.departWh;
          readyMs = stop.departMs;
          metres += stop.metres;
        }
        expect(plan.arriveWh).toBeGreaterThanOrEqual(wanted.reserveWh);
        expect(plan.arriveWh).toBeCloseTo(wh - driveWh(CAR, plan.metres - metres), 6);
        // More than three stops are beyond the exhaustive search.
        const cost = plan.arriveMs + plan.stops.length * STOP_PENALTY_MS;
        if (plan.stops.length <= 3) expect(cost).toBeCloseTo(least, 3);
        else expect(cost).toBeLessThanOrEqual(least);
      }),
      { numRuns: 300 },
    );
    expect(plans).toBeGreaterThan(50);
  });
});
