import { describe, expect, it } from 'vitest';
import { parseDuration, parseMoment, resolveMoment, shortTime } from '../../src/cli/booking/moments.js';

describe('a duration', () => {
  it.each([
    ['40m', 2_400_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['2d', 172_800_000],
    ['1d2h3m4s', 93_784_000],
    ['0m', 0],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '1', 'm', '1m1h', '-1m', '1.5h', '1M', ' 1m'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('a time', () => {
  it.each([
    ['2026-12-01T12:00-03:00', '2026-12-01T15:00:00.000Z'],
    ['2026-12-01T12:00Z', '2026-12-01T12:00:00.000Z'],
    ['2026-12-01t12:00:30z', '2026-12-01T12:00:30.000Z'],
    ['2026-12-01T12:00:30.5+05:30', '2026-12-01T06:30:30.500Z'],
  ])('%s is %s', (text, utc) => expect(parseMoment(text)).toEqual({ atMs: Date.parse(utc) }));

  it('may be so long from now, at the next full minute', () => {
    expect(parseMoment('+1h')).toEqual({ inMs: 3_600_000 });
    const at = (clock: string) => Date.parse(`2026-12-01T${clock}Z`);
    expect(resolveMoment({ inMs: 3_600_000 }, at('12:00:00'))).toBe(at('13:00:00'));
    expect(resolveMoment({ inMs: 3_600_000 }, at('12:00:00.001'))).toBe(at('13:01:00'));
    expect(resolveMoment({ atMs: 7 }, at('12:00:00'))).toBe(7);
  });

  it.each([
    '',
    '+',
    'now',
    '2026-12-01',
    '2026-12-01T12:00',
    '2026-13-01T12:00Z',
    '2026-12-01T25:00Z',
    '12:00Z',
  ])('is not %j', (text) => expect(parseMoment(text)).toBeUndefined());

  it('is shown without what is zero, as it can be typed', () => {
    expect(shortTime('2026-12-01T15:00:00.000Z')).toBe('2026-12-01T15:00Z');
    expect(shortTime('2026-12-01T15:00:01.000Z')).toBe('2026-12-01T15:00:01Z');
    expect(shortTime('2026-12-01T15:00:00.120Z')).toBe('2026-12-01T15:00:00.120Z');
    expect(shortTime(null)).toBe('');
  });
});
