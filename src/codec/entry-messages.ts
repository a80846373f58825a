/** What answers begin with: which entry decided a write, and as of what a read was answered. And whole numbers of 64 bits. */
import type { Duration } from '../gen/google/protobuf/duration.js';
import type { Timestamp } from '../gen/google/protobuf/timestamp.js';
import { durationOf, timestampOf } from './time-messages.js';
import { fromUint64, toUint64 } from './uint64.js';

/** A number of 64 bits as it is on the wire. */
export type WireInteger = bigint;

export interface EntryMark {
  readonly index: WireInteger;
  readonly at: Timestamp;
}

export interface ReadMark extends EntryMark {
  /** Unset for a linearizable answer, which is not old at all. */
  readonly age: Duration | undefined;
}

/** Of the entry that decided. */
export function entryMark({ index, atMs }: { readonly index: number; readonly atMs: number }): EntryMark {
  return { index: toUint64(index), at: timestampOf(atMs) };
}

/** `isStale`: whether the answer may be old. */
export function readMark(
  { index, atMs, ageMs }: { readonly index: number; readonly atMs: number; readonly ageMs: number },
  isStale: boolean,
): ReadMark {
  return { index: toUint64(index), at: timestampOf(atMs), age: isStale ? durationOf(ageMs) : undefined };
}

/** Throws a RangeError for what is not from 0 to 2^53-1. */
export function wholeNumber(wire: WireInteger): number {
  return fromUint64(wire);
}
