/**
 * What single fields of requests must look like: bounded and readable. Each function gives the domain's value or throws
 * a FieldFault. Whether a value makes sense is for the ledger to say.
 */
import { type WireInteger, wholeNumber } from '../codec/entry-messages.js';
import { msOf } from '../codec/time-messages.js';
import { ANONYMOUS, isTopicSafe } from '../doors/identifiers.js';
import type { Duration } from '../gen/google/protobuf/duration.js';
import type { Timestamp } from '../gen/google/protobuf/timestamp.js';
import type { Window as ProtoWindow } from '../gen/malha/mesh/v1/call.js';
import {
  ID_LENGTH_MAX,
  NAME_LENGTH_MAX,
  REASON_LENGTH_MAX,
  REQUEST_KEY_LENGTH_MAX,
} from '../ledger/limits.js';
import type { Window } from '../ledger/terms.js';
import { FieldFault } from './field-fault.js';

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;
const CONTROL = /\p{Cc}/u;

/** Whom a request is of; nobody named is `ANONYMOUS`. */
export function holderOf(holder: string): string {
  if (holder === '') return ANONYMOUS;
  if (isTopicSafe(holder)) return holder;
  throw new FieldFault('holder', 'must be 1 to 64 letters, digits, "_", "." or "-", or empty');
}

/** The caller's request key; undefined where it chose none. */
export function requestKeyOf(key: string): string | undefined {
  if (key === '') return undefined;
  if (key.length <= REQUEST_KEY_LENGTH_MAX && PRINTABLE_ASCII.test(key)) return key;
  throw new FieldFault(
    'request_key',
    `must be 1 to ${REQUEST_KEY_LENGTH_MAX} printable ASCII characters, or empty`,
  );
}

/** The id of something; '' is none. */
export function idOf(id: string, field: string): string {
  if (id !== '') return idOrNone(id, field);
  throw new FieldFault(field, 'is missing');
}

export function idOrNone(id: string, field: string): string {
  if (id.length <= ID_LENGTH_MAX && !CONTROL.test(id)) return id;
  throw new FieldFault(field, `must be at most ${ID_LENGTH_MAX} printable characters`);
}

/** A name or a place; may be empty. */
export function nameOf(name: string, field: string): string {
  if (name.length <= NAME_LENGTH_MAX && !CONTROL.test(name)) return name;
  throw new FieldFault(field, `must be at most ${NAME_LENGTH_MAX} printable characters`);
}

/** Why somebody did something; may be empty. */
export function reasonOf(reason: string): string {
  if (reason.length <= REASON_LENGTH_MAX && !CONTROL.test(reason)) return reason;
  throw new FieldFault('reason', `must be at most ${REASON_LENGTH_MAX} printable characters`);
}

/** An index of an entry. */
export function indexOf(index: WireInteger, field: string): number {
  return inRange(() => wholeNumber(index), field);
}

/** The list, which has `min` to `max` items. */
export function counted<T>(list: readonly T[], min: number, max: number, field: string): readonly T[] {
  if (list.length >= min && list.length <= max) return list;
  throw new FieldFault(field, `must have ${min} to ${max} items, not ${list.length}`);
}

/** Milliseconds since 1970. */
export function timeOf(time: Timestamp | undefined, field: string): number {
  if (time === undefined) throw new FieldFault(field, 'is missing');
  return ms(time, field);
}

/** Milliseconds since 1970; 0 where it is not set. */
export function timeOrNone(time: Timestamp | undefined, field: string): number {
  return time === undefined ? 0 : ms(time, field);
}

/** Milliseconds; 0 where it is not set. */
export function spanOf(span: Duration | undefined, field: string): number {
  return span === undefined ? 0 : ms(span, field);
}

/** A window that is not empty. */
export function windowOf(window: ProtoWindow | undefined, field: string): Window {
  if (window === undefined) throw new FieldFault(field, 'is missing');
  const startMs = timeOf(window.start, `${field}.start`);
  const endMs = timeOf(window.end, `${field}.end`);
  if (endMs <= startMs) throw new FieldFault(`${field}.end`, 'must be after the start');
  return { startMs, endMs };
}

/** Centavos. */
export function centavosOf(centavos: WireInteger, field: string): number {
  return inRange(() => wholeNumber(centavos), field);
}

/** The word of an enum; 0, which is unspecified, stands for `unspecified`. */
export function wordOf<T extends string>(
  word: (code: number) => T | undefined,
  code: number,
  unspecified: T,
  field: string,
): T {
  if (code === 0) return unspecified;
  const known = word(code);
  if (known === undefined) throw new FieldFault(field, `has no value ${code}`);
  return known;
}

function ms(value: Timestamp | Duration, field: string): number {
  return inRange(() => msOf(value), field);
}

function inRange(read: () => number, field: string): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new FieldFault(field, `is ${error.message}`);
    throw error;
  }
}
