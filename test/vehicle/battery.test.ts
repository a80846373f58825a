import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capacityWh,
  chargeMs,
  chargePowerKw,
  energyAtWh,
  reachMetres,
  socPct,
  useWh,
} from '../../src/vehicle/battery.js';
import { loadModels, type VehicleModel } from '../../src/vehicle/models.js';
import { MODELS_PATH } from './world.js';

const CAR: VehicleModel = {
  id: 'car',
  name: 'Car',
  batteryKwh: 60.48,
  consumptionWhPerKm: 150,
  dcPeakKw: 88,
  acKw: 7,
  connectors: ['ccs2', 'type2'],
};

const distance = fc.integer({ min: 0, max: 2_000_000 });
const consumption = fc.double({ min: 50, max: 600, noNaN: true });
const load = fc.double({ min: 0.5, max: 3, noNaN: true });

describe('a battery', () => {
  it('counts whole watt-hours', () => {
    expect(capacityWh(CAR)).toBe(60_480);
    expect(useWh(100_000, 150, 1)).toBe(15_000);
    expect(useWh(1, 150, 1)).toBe(1);
    expect(energyAtWh(33, 1_001)).toBe(330);
    expect(socPct(20_160, 60_480)).toBe(33.3);
  });

  it('reaches as far as its energy goes, and not a metre further', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), consumption, load, (energyWh, whPerKm, factor) => {
        const metres = reachMetres(energyWh, whPerKm, factor);
        expect(useWh(metres, whPerKm, factor)).toBeLessThanOrEqual(energyWh);
        expect(useWh(metres + 1, whPerKm, factor)).toBeGreaterThanOrEqual(energyWh);
      }),
    );
  });

  it('uses no less on a way in two parts than on the whole', () => {
    fc.assert(
      fc.property(distance, distance, consumption, load, (first, second, whPerKm, factor) => {
        const parts = useWh(first, whPerKm, factor) + useWh(second, whPerKm, factor);
        const whole = useWh(first + second, whPerKm, factor);
        expect(parts).toBeGreaterThanOrEqual(whole);
        expect(parts).toBeLessThanOrEqual(whole + 1);
      }),
    );
  });
});

describe('a recharge', () => {
  const fast = { connector: 'ccs2', powerKw: 150 };
  const slow = { connector: 'type2', powerKw: 22 };

  it('takes energy over the lower of the two powers', () => {
    expect(chargePowerKw(CAR, fast)).toBe(88);
    expect(chargePowerKw(CAR, { ...fast, powerKw: 50 })).toBe(50);
    expect(chargePowerKw(CAR, slow)).toBe(7);
    expect(chargeMs(44_000, CAR, fast, 30)).toBe(30 * 60_000);
    expect(chargeMs(7_000, CAR, slow, 30)).toBe(60 * 60_000);
    expect(chargeMs(0, CAR, fast, 30)).toBe(0);
  });

  it('takes the time of the model where it has one', () => {
    expect(chargeMs(44_000, { ...CAR, chargeMinutes: 12 }, fast, 30)).toBe(12 * 60_000);
  });

  it('takes the time of the setting where a power is unknown', () => {
    const { dcPeakKw: _unknown, ...vague } = CAR;
    expect(chargeMs(44_000, vague, fast, 25)).toBe(25 * 60_000);
    expect(chargeMs(44_000, CAR, { ...fast, powerKw: 0 }, 25)).toBe(25 * 60_000);
  });
});

describe('the packaged table of models', () => {
  it('has eight cars that charge at CCS2 and Type 2 points and go a sensible way', async () => {
    const models = await loadModels(MODELS_PATH);
    expect(models).toHaveLength(8);
    for (const model of models) {
      expect(model.connectors).toEqual(['ccs2', 'type2']);
      const rangeKm = reachMetres(capacityWh(model), model.consumptionWhPerKm, 1) / 1_000;
      expect(rangeKm, model.name).toBeGreaterThan(280);
      expect(rangeKm, model.name).toBeLessThan(560);
    }
  });
});
