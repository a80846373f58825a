import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedStop } from '../../src/vehicle/pick-stops.js';
import {
  chargeMsMax,
  driveMs,
  reservableFromMetres,
  stopsWithinWindow,
  type WindowRules,
} from '../../src/vehicle/window.js';

const MINUTE_MS = 60_000;
const RULES: WindowRules = {
  windowMs: 240 * MINUTE_MS,
  marginMs: 12 * MINUTE_MS,
  graceMs: 5 * MINUTE_MS,
  speedKmh: 80,
};

function stopAt(km: number, chargeMinutes: number): PlannedStop {
  const outlet = { connector: 'ccs2', powerKw: 50, free: true };
  const point = { id: String(km), place: '', latitude: 0, longitude: 0, ...outlet, metres: km * 1_000 };
  return { point, arriveWh: 0, departWh: 1, chargeMs: chargeMinutes * MINUTE_MS };
}

describe('a window', () => {
  it('takes the stops that can be reached and left within it', () => {
    // 80 km are an hour: 60 + 40 + 5, then 60 + 30 + 5 minutes: 200 of 228; the third would take 30 + 5 more.
    const stops = [stopAt(80, 40), stopAt(160, 30), stopAt(160, 30)];
    expect(stopsWithinWindow(stops, 0, RULES)).toBe(2);
    expect(stopsWithinWindow(stops, 5_000, RULES)).toBe(2);
    expect(stopsWithinWindow(stops, 10_000, RULES)).toBe(3);
    expect(stopsWithinWindow([], 0, RULES)).toBe(0);
  });

  it('takes no stop that is too far away, however near the next is', () => {
    expect(stopsWithinWindow([stopAt(290, 30), stopAt(291, 1)], 0, RULES)).toBe(0);
  });

  it('fits a stop from there on where it says that it does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 1, max: 223 }), (km, minutes) => {
        const stop = stopAt(km, minutes);
        const metres = reservableFromMetres(stop, RULES);
        expect(Number.isInteger(metres)).toBe(true);
        expect(stopsWithinWindow([stop], metres, RULES)).toBe(1);
        if (metres > 0) expect(stopsWithinWindow([stop], metres - 3, RULES)).toBe(0);
      }),
    );
  });

  it('has room for a charge on the spot of what is left after margin and grace', () => {
    expect(chargeMsMax(RULES)).toBe(223 * MINUTE_MS);
    expect(driveMs(80_000, 80)).toBe(60 * MINUTE_MS);
  });
});
