/**
 * One trace id a request: taken over from the caller's W3C trace context, or made here.
 */

/** `count` random bytes: chance, handed in. */
export type RandomBytes = (count: number) => Uint8Array;

// W3C Trace Context §3.2.2: version 00 has exactly four fields, a later one may append further fields.
const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<parentId>[0-9a-f]{16})-[0-9a-f]{2}(?<more>-.*)?$/;

const NO_TRACE = '0'.repeat(32);
const NO_PARENT = '0'.repeat(16);

/**
 * The trace id of a `traceparent` value, 32 lower-case hex digits, or a fresh one where the value is missing or
 * not valid: a caller's broken tracing is no reason to refuse its request.
 */
export function traceIdOf(traceparent: string | undefined, random: RandomBytes): string {
  return parseTraceparent(traceparent) ?? freshTraceId(random);
}

function parseTraceparent(value: string | undefined): string | undefined {
  const fields = value === undefined ? undefined : TRACEPARENT.exec(value.trim())?.groups;
  if (fields === undefined) return undefined;
  const { version, traceId, parentId, more } = fields;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || parentId === NO_PARENT) return undefined;
  return traceId;
}

function freshTraceId(random: RandomBytes): string {
  const traceId = Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  // W3C Trace Context §3.2.2.3: all zeros is not a trace id.
  return traceId === NO_TRACE ? `${NO_TRACE.slice(1)}1` : traceId;
}
