/**
 * What entries weigh: the one measure behind every bound in bytes that consensus keeps. An estimate of the
 * encoded size, never smaller than the payload's own bytes.
 */
import type { Entry, Payload } from './entry.js';

/** Index, term and framing of one entry. */
const ENTRY_OVERHEAD_BYTES = 24;
const MEMBER_CHANGE_BYTES = 10;

/** Bytes of the payload alone: 0 for a no-op and for the empty change that leaves a joint configuration. */
export function payloadBytes(payload: Payload): number {
  switch (payload.kind) {
    case 'no-op':
      return 0;
    case 'command':
      return payload.data.length;
    case 'config':
      return payload.change.context.length + payload.change.changes.length * MEMBER_CHANGE_BYTES;
  }
}

/** Bytes of one entry with its overhead. */
export function entryBytes(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + payloadBytes(entry.payload);
}

/** Bytes of the payloads of `entries`. */
export function payloadsBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += payloadBytes(entry.payload);
  return bytes;
}

/** How many of `entries`, from `start` on, fit in `bytesMax`: at least one where there is one. */
export function countThatFits(
  entries: readonly Entry[],
  start: number,
  end: number,
  bytesMax: number,
): number {
  let bytes = 0;
  for (let position = start; position < end; position++) {
    bytes += entryBytes(entries[position]!);
    if (bytes > bytesMax && position > start) return position - start;
  }
  return end - start;
}
