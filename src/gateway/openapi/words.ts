/** What the document and its page say in whole sentences. */
import type { Tag } from '../v1/route.js';

export const DESCRIPTION = [
  'A trip is one request: every stop is reserved or none is, over any number of companies, from any node.',
  'Times are RFC 3339: any offset in, UTC out. Windows are half open: `end` is free again. Money is in centavos of BRL.',
  'Reads see every write that was answered before, or answer 503. With `?consistency=stale` this node answers at ' +
    'once, and `Malha-Age-Ms` says how old that may be.',
  'A write that was not answered (504) is asked again with the same `Idempotency-Key`: it never happens twice. ' +
    'Errors are RFC 9457 problems with a stable `type`; keys and parameters that nobody knows are refused.',
].join('\n\n');

export const TAGS: Readonly<Record<Tag, string>> = {
  reservations: 'A holder’s ordered list of stops, granted or refused as a unit.',
  trips: 'First-point priority for the stops of a trip.',
  'waiting list': 'Wishes that are offered, as holds, what becomes free.',
  notices: 'What a holder is to be told, until it is acknowledged.',
  points: 'What is reserved. Only its company’s own node writes a point.',
  routes: 'Named sequences of points; owned by the company of the first one.',
  companies: 'Charge point operators and their booking rules.',
  mesh: 'The mesh as this node sees it, and what happens in it.',
  node: 'This process, and this document.',
  documented: 'The routes of the earlier service: Portuguese keys, errors as `{"erro":"…"}`.',
};
