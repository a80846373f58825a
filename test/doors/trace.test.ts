import { describe, expect, it } from 'vitest';
import { traceIdOf } from '../../src/doors/trace.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const fixedBytes = (count: number) => Uint8Array.from({ length: count }, (_, at) => at + 1);
const FRESH = '0102030405060708090a0b0c0d0e0f10';

describe('the trace id of a request', () => {
  it('is the one of a valid traceparent', () => {
    expect(traceIdOf(`00-${TRACE}-00f067aa0ba902b7-01`, fixedBytes)).toBe(TRACE);
  });

  it('is taken from a later version that has further fields', () => {
    expect(traceIdOf(`01-${TRACE}-00f067aa0ba902b7-01-more`, fixedBytes)).toBe(TRACE);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${TRACE}-00f067aa0ba902b7`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-more`,
  ])('is made here when traceparent is %j', (value) => {
    expect(traceIdOf(value, fixedBytes)).toBe(FRESH);
  });

  it('is never all zeros', () => {
    expect(traceIdOf(undefined, (count) => new Uint8Array(count))).toBe(`${'0'.repeat(31)}1`);
  });
});
