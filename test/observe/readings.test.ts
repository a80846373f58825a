import { describe, expect, it } from 'vitest';
import { type Reading, read, type Told } from '../../src/observe/history/readings.js';

const SECOND = 1_000;

/** The value of a second sample, ten seconds behind the first. */
function second(reading: Reading, first: readonly Told[], then: readonly Told[]): number {
  const { now } = read(reading, first, undefined, 10 * SECOND);
  return read(reading, then, now, 10 * SECOND).value;
}

const plain = (value: number, labels = {}): Told => ({ value, labels });

function buckets(counts: Readonly<Record<string, number>>, labels = {}): Told[] {
  return [
    ...Object.entries(counts).map(([le, value]) => ({
      value,
      labels: { ...labels, le },
      metricName: 'h_bucket',
    })),
    { value: 123, labels, metricName: 'h_sum' },
    { value: counts['+Inf'] ?? 0, labels, metricName: 'h_count' },
  ];
}

describe('the value of a series', () => {
  it('is a gauge as it is, what counts of it added up, or the highest of it', () => {
    const told = [plain(3, { s: 'a' }), plain(4, { s: 'b' }), plain(5, { s: 'c' })];
    const value = (more: object) => read({ kind: 'value', metric: 'g', ...more }, told, undefined, 0).value;
    expect(value({})).toBe(12);
    expect(value({ where: { s: ['a', 'c'] } })).toBe(8);
    expect(value({ fold: 'max' })).toBe(5);
    expect(value({ where: { s: ['z'] } })).toBeNaN();
    expect(value({ where: { s: ['z'] }, fold: 'max' })).toBeNaN();
  });

  it('is how fast a counter grows, from the second sample on', () => {
    const rate: Reading = { kind: 'rate', metric: 'c', where: { s: ['a'] } };
    expect(read(rate, [plain(3, { s: 'a' })], undefined, 10 * SECOND).value).toBeNaN();
    expect(second(rate, [plain(3, { s: 'a' })], [plain(8, { s: 'a' }), plain(9, { s: 'b' })])).toBe(0.5);
    // What was never counted before it is counted for the first time was at 0.
    expect(second(rate, [], [plain(8, { s: 'a' })])).toBe(0.8);
  });

  it('is nothing where a counter went back', () => {
    expect(second({ kind: 'rate', metric: 'c' }, [plain(9)], [plain(2)])).toBeNaN();
  });

  it('is how often a histogram observed, whatever it observed', () => {
    const rate: Reading = { kind: 'rate', metric: 'h' };
    expect(second(rate, buckets({ 1: 1, '+Inf': 2 }), buckets({ 1: 5, '+Inf': 12 }))).toBe(1);
  });

  it('is below what so many of the new observations lie, spread evenly in their bucket', () => {
    const half: Reading = { kind: 'quantile', metric: 'h', part: 0.5 };
    const first = buckets({ 1: 100, 2: 100, 4: 100, '+Inf': 100 });
    expect(second(half, first, buckets({ 1: 100, 2: 110, 4: 110, '+Inf': 110 }))).toBe(1.5);
    expect(second(half, first, buckets({ 1: 102, 2: 103, 4: 120, '+Inf': 120 }))).toBeCloseTo(
      2 + (2 * 7) / 17,
      9,
    );
    // Beyond the highest bound nothing is known but that.
    expect(second(half, first, buckets({ 1: 100, 2: 100, 4: 101, '+Inf': 110 }))).toBe(4);
    expect(second(half, first, first)).toBeNaN();
  });

  it('adds the buckets of all labels up, those that came since included', () => {
    const most: Reading = { kind: 'quantile', metric: 'h', part: 1 };
    const first = buckets({ 1: 1, 2: 1, '+Inf': 1 }, { d: 'a' });
    const then = [...first, ...buckets({ 1: 0, 2: 3, '+Inf': 3 }, { d: 'b' })];
    expect(second(most, first, then)).toBe(2);
  });
});
