/** Payloads from outside, read with suspicion: bounded, strict UTF-8 and JSON, one plain object. */

/** The payload's object, or what is wrong with the payload, in English. Never throws. */
export function readObject(payload: Uint8Array, bytesMax: number): object | string {
  if (payload.length > bytesMax) return `the payload is larger than ${bytesMax} bytes`;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    return 'the payload is not JSON in UTF-8';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'the payload is not a JSON object';
  }
  return value;
}
