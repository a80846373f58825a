/**
 * Times and spans of the domain, whole milliseconds, to and from `google.protobuf.Timestamp` and `Duration`.
 *
 * What is finer than a millisecond is cut off: callers stamp with finer clocks than the ledger's. What cannot be an exact
 * number of milliseconds since 1970, or is negative, throws a RangeError.
 */
import type { Duration } from '../gen/google/protobuf/duration.js';
import type { Timestamp } from '../gen/google/protobuf/timestamp.js';
import type { Window as ProtoWindow } from '../gen/malha/mesh/v1/call.js';
import { LEDGER_TIME_MS_MAX } from '../ledger/limits.js';
import type { Window } from '../ledger/terms.js';

const SECONDS_MAX = BigInt(Math.floor(LEDGER_TIME_MS_MAX / 1_000));
const NANOS_PER_MS = 1_000_000;
const NANOS_MAX = 999_999_999;

/** Milliseconds since 1970. */
export function timestampOf(ms: number): Timestamp {
  return secondsAndNanos(ms);
}

/** 0 stands for none. */
export function timestampOrNone(ms: number): Timestamp | undefined {
  return ms === 0 ? undefined : secondsAndNanos(ms);
}

/** Milliseconds, not negative. */
export function durationOf(ms: number): Duration {
  return secondsAndNanos(ms);
}

export function windowMessage({ startMs, endMs }: Window): ProtoWindow {
  return { start: timestampOf(startMs), end: timestampOf(endMs) };
}

/** Of a Timestamp since 1970, of a Duration its length, in milliseconds. Throws a RangeError. */
export function msOf({ seconds, nanos }: Timestamp | Duration): number {
  if (seconds < 0n || seconds > SECONDS_MAX || nanos < 0 || nanos > NANOS_MAX) {
    throw new RangeError(`not from 0 to ${LEDGER_TIME_MS_MAX} ms`);
  }
  return Number(seconds) * 1_000 + Math.floor(nanos / NANOS_PER_MS);
}

function secondsAndNanos(ms: number): { seconds: bigint; nanos: number } {
  const whole = Math.floor(ms);
  const rest = whole % 1_000;
  return { seconds: BigInt((whole - rest) / 1_000), nanos: rest * NANOS_PER_MS };
}
