import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxAround, type Coordinates, distanceMetres } from '../../src/doors/distance.js';

const at = (latitude: number, longitude: number): Coordinates => ({
  latitudeMicrodegrees: Math.round(latitude * 1e6),
  longitudeMicrodegrees: Math.round(longitude * 1e6),
});

const SALVADOR = at(-12.9714, -38.5014);
const PORTO_SEGURO = at(-16.4435, -39.0643);

const anywhere = fc
  .tuple(fc.integer({ min: -90e6, max: 90e6 }), fc.integer({ min: -180e6, max: 180e6 }))
  .map(([latitudeMicrodegrees, longitudeMicrodegrees]) => ({ latitudeMicrodegrees, longitudeMicrodegrees }));

describe('the way as the crow flies', () => {
  it('is that of the map between two cities', () => {
    expect(distanceMetres(SALVADOR, PORTO_SEGURO) / 1_000).toBeCloseTo(390.8, 0);
    expect(distanceMetres(SALVADOR, SALVADOR)).toBe(0);
  });

  it('is half way round the earth between opposite places, and short over the date line', () => {
    expect(distanceMetres(at(0, 0), at(0, 180)) / 1_000).toBeCloseTo(20_015, 0);
    expect(distanceMetres(at(0, 179.9), at(0, -179.9)) / 1_000).toBeCloseTo(22.24, 1);
  });

  it('is the same both ways, and no longer than over a third place', () => {
    fc.assert(
      fc.property(anywhere, anywhere, anywhere, (a, b, c) => {
        expect(distanceMetres(a, b)).toBeCloseTo(distanceMetres(b, a), 3);
        expect(distanceMetres(a, b)).toBeLessThanOrEqual(distanceMetres(a, c) + distanceMetres(c, b) + 1);
      }),
    );
  });
});

describe('the box around a place', () => {
  const isIn = (place: Coordinates, around: Coordinates, radiusMetres: number): boolean => {
    const { south, north, west, east } = boxAround(around, radiusMetres);
    const { latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude } = place;
    const inside =
      west > east ? longitude >= west || longitude <= east : longitude >= west && longitude <= east;
    return latitude >= south && latitude <= north && inside;
  };

  it('holds all that is within reach, whole degrees or not, near poles and the date line too', () => {
    const near = fc.tuple(
      anywhere,
      fc.integer({ min: -3_000_000, max: 3_000_000 }),
      fc.integer({ min: -40_000_000, max: 40_000_000 }),
      fc.integer({ min: 0, max: 200_000 }),
    );
    let within = 0;
    fc.assert(
      fc.property(near, ([middle, north, east, radiusMetres]) => {
        const turned = middle.longitudeMicrodegrees + east;
        const place = {
          latitudeMicrodegrees: Math.max(-90e6, Math.min(90e6, middle.latitudeMicrodegrees + north)),
          longitudeMicrodegrees: turned > 180e6 ? turned - 360e6 : turned < -180e6 ? turned + 360e6 : turned,
        };
        if (distanceMetres(middle, place) > radiusMetres) return;
        within += 1;
        expect(isIn(place, middle, radiusMetres)).toBe(true);
      }),
      { numRuns: 5_000, seed: 1, examples: [[[at(89.9, 10), 0, 40_000_000, 20_000]]] },
    );
    expect(within).toBeGreaterThan(10);
  });

  it('is not much larger than it must be', () => {
    const { south, north, west, east } = boxAround(SALVADOR, 20_000);
    expect((north - south) / 1e6).toBeCloseTo(0.36, 2);
    expect((east - west) / 1e6).toBeCloseTo(0.369, 2);
  });

  it('spans the date line with its west above its east', () => {
    const { west, east } = boxAround(at(0, 179.99), 10_000);
    expect(west).toBeGreaterThan(179_000_000);
    expect(east).toBeLessThan(-179_000_000);
  });
});
