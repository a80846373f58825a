import { describe, expect, it } from 'vitest';
import { roadsToChooseFrom } from '../../src/vehicle/choose-trip.js';
import { seededRandom } from '../../src/vehicle/random.js';
import {
  destinationOf,
  foldPlace,
  positionAt,
  type Road,
  type Route,
  roadBetween,
} from '../../src/vehicle/road.js';

/** Points at these places, ten kilometres apart from the first on, then twenty, and so on. */
function routeOver(id: string, ...pointIds: string[]): Route {
  const outlet = { connector: 'ccs2', powerKw: 50, free: true };
  return {
    id,
    name: `route ${id}`,
    points: pointIds.map((point, at) => ({
      id: point,
      place: `Place ${point}`,
      latitude: at,
      longitude: -at,
      ...outlet,
    })),
    legsKm: pointIds.slice(1).map((_, at) => (at + 1) * 10),
  };
}

const metresOf = (road: Road | null) => road?.points.map((point) => `${point.id}@${point.metres}`);
const ends = (roads: readonly Road[]) =>
  roads.map((road) => `${road.points[0]!.id}-${destinationOf(road).id}`).sort();

describe('a road', () => {
  const route = routeOver('r', 'a', 'b', 'c', 'd');

  it('is a part of a route, either way', () => {
    expect(metresOf(roadBetween(route, 'b', 'd'))).toEqual(['b@0', 'c@20000', 'd@50000']);
    expect(metresOf(roadBetween(route, 'd', 'a'))).toEqual(['d@0', 'c@30000', 'b@50000', 'a@60000']);
  });

  it('joins only two different points of the route', () => {
    expect(roadBetween(route, 'a', 'a')).toBeNull();
    expect(roadBetween(route, 'a', 'x')).toBeNull();
  });

  it('has a position at every metre', () => {
    const road = roadBetween(route, 'a', 'd')!;
    expect(positionAt(road, 0)).toEqual({ latitude: 0, longitude: 0 });
    expect(positionAt(road, 20_000)).toEqual({ latitude: 1.5, longitude: -1.5 });
    expect(positionAt(road, 60_000)).toEqual({ latitude: 3, longitude: -3 });
  });

  it('knows places however they are typed', () => {
    expect(foldPlace('  AMELIA  rodrigues ')).toBe(foldPlace('Amélia Rodrigues'));
    expect(foldPlace('Ilhéus')).not.toBe(foldPlace('Itabuna'));
  });
});

describe('a choice of trips', () => {
  const routes = [routeOver('r', 'a', 'b', 'c'), routeOver('s', 'b', 'x')];
  const choose = (at: string | null, wish = {}, kmMin = 0) =>
    ends(roadsToChooseFrom(routes, at, wish, kmMin, seededRandom(1)));

  it('is any part of any route at first, and then what goes on from here', () => {
    expect(choose(null)).toEqual(['a-b', 'a-c', 'b-a', 'b-c', 'b-x', 'c-a', 'c-b', 'x-b']);
    expect(choose('b')).toEqual(['b-a', 'b-c', 'b-x']);
    expect(choose('x')).toEqual(['x-b']);
  });

  it('leaves out what is too short', () => {
    expect(choose(null, {}, 20)).toEqual(['a-c', 'b-c', 'c-a', 'c-b']);
  });

  it('begins and ends where the driver wants, then goes back and forth', () => {
    const wish = { from: 'place A', to: 'Place c' };
    expect(choose(null, wish, 100)).toEqual(['a-c']);
    expect(choose('c', wish, 100)).toEqual(['c-a']);
    expect(choose('a', wish, 100)).toEqual(['a-c']);
    // After a tow.
    expect(choose('b', wish, 100)).toEqual(['b-c']);
    expect(choose(null, { from: 'Place x' })).toEqual(['x-b']);
    expect(choose(null, { to: 'Place x' })).toEqual(['b-x']);
    expect(choose(null, { from: 'nowhere' })).toEqual([]);
  });

  it('comes in the same order from the same seed', () => {
    const order = (seed: number) =>
      roadsToChooseFrom(routes, null, {}, 0, seededRandom(seed)).map((road) => metresOf(road));
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
  });
});
