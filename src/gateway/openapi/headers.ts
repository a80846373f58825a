/**
 * The headers of requests and answers, as the document tells them.
 */
import type { RouteShape } from '../v1/route.js';

type Json = { readonly [key: string]: unknown };

const INDEX = { type: 'string', pattern: '^[0-9]+$' };

export const PARAMETERS = {
  RequestKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The request key: the same request under it gets the first answer, from any node, for 24 hours; another ' +
      'request under it is refused. Without it the node makes one.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
  },
  Vehicle: {
    name: 'Malha-Vehicle',
    in: 'header',
    description: 'The holder, where the body does not name one; `anonimo` without it.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'An `ETag`: refused when the reservation changed after that index. `*` for whatever it is now.',
    schema: { type: 'string', pattern: '^(\\*|"[1-9][0-9]{0,15}")$' },
  },
} as const satisfies Readonly<Record<string, Json>>;

export const HEADERS = {
  TraceId: {
    description: 'As in the node’s log.',
    schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  },
  EntryIndex: { description: 'Index of the entry that decided.', schema: INDEX },
  EntryTime: {
    description: 'Ledger time of that entry.',
    schema: { type: 'string', format: 'date-time' },
  },
  ReadIndex: { description: 'Index up to which the ledger that answered was applied.', schema: INDEX },
  Tag: { description: 'The index, quoted: `If-Match` takes it.', schema: { type: 'string' } },
  Age: {
    description:
      'Only on a read that may be old: milliseconds since a leader’s message that is applied here.',
    schema: INDEX,
  },
  RequestKey: {
    description: 'The key to ask again with.',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds.', schema: { type: 'string' } },
  Location: { description: 'Where the new thing is.', schema: { type: 'string' } },
} as const satisfies Readonly<Record<string, Json>>;

/** Which of `PARAMETERS` a route takes. */
export function parameterNamesOf({ does, conditional }: RouteShape): readonly (keyof typeof PARAMETERS)[] {
  if (does !== 'write') return [];
  return ['RequestKey', 'Vehicle', ...(conditional === true ? (['IfMatch'] as const) : [])];
}

/** The headers of an answer of this status. */
export function headersOf({ does, tag }: RouteShape, status: number): Json {
  const names: Record<string, keyof typeof HEADERS> = { 'Malha-Trace-Id': 'TraceId' };
  // What the door itself refuses has no entry: where the headers are missing the ledger did not hear of it.
  if (does === 'write' && status < 500 && status !== 413 && status !== 415) {
    names['Malha-Index'] = 'EntryIndex';
    names['Malha-At'] = 'EntryTime';
    if (status < 400 && tag !== 'documented') names.ETag = 'Tag';
    if (status === 201) names.Location = 'Location';
  }
  if (does === 'read' && status < 400) {
    names['Malha-Index'] = 'ReadIndex';
    names.ETag = 'Tag';
    names['Malha-Age-Ms'] = 'Age';
  }
  if (does === 'write' && status >= 500 && status !== 503) names['Malha-Request-Key'] = 'RequestKey';
  if (status === 503) names['Retry-After'] = 'RetryAfter';
  return Object.fromEntries(
    Object.entries(names).map(([name, of]) => [name, { $ref: `#/components/headers/${of}` }]),
  );
}
