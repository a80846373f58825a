/**
 * Where the next page of a list begins, as a text that means nothing to its reader. It is bound to the list and the
 * filters that it was made for, so that a token that was changed, or brought to another list, is refused.
 */
import { createHash } from 'node:crypto';
import { invalidInput } from '../fault.js';

const DIGEST_BYTES = 9;

/** What tells one list from another: its name and its filters, in a fixed order. */
export type ListKey = readonly (string | number | undefined)[];

/** The token of the page that begins after `after`; null after the last one. */
export function pageToken(list: ListKey, after: string | null): string | null {
  if (after === null) return null;
  return Buffer.concat([digestOf(list, after), Buffer.from(after)]).toString('base64url');
}

/** The `after` of a token; `first` where there is none. Throws a Fault for a token that is not of this list. */
export function afterOf(list: ListKey, token: string | undefined, first: string): string {
  if (token === undefined) return first;
  const bytes = Buffer.from(token, 'base64url');
  const after = bytes.subarray(DIGEST_BYTES).toString();
  // Decoding skips what is no base64url: only the very text that was given out counts.
  if (pageToken(list, after) === token) return after;
  throw invalidInput([
    { parameter: 'pageToken', detail: 'must be the nextPageToken of a page of this list' },
  ]);
}

function digestOf(list: ListKey, after: string): Buffer {
  const text = JSON.stringify([list.map((part) => part ?? null), after]);
  return createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
}
