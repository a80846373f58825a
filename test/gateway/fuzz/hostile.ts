/** Input that nobody means well with: texts, JSON values, whole bodies, headers, and where to put them. */
import fc from 'fast-check';

/** Stands in JSON text for a literal that `JSON.stringify` would not write. */
const LITERAL = /"\\u0001([^"]*)"/g;

export const HOSTILE_TEXT: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '\t', '\u0000', '\u0007', '\ud800', '\udfff\ud800', '\u202e', '\ufeff', '\u2028'],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '..',
      '../../etc/passwd',
      '%2e%2e%2f',
      '%',
      '%zz',
    ],
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '1e999',
      '0x10',
      '-0',
      '٣',
      '1_000',
      'null',
      'undefined',
      'true',
      '[]',
      '{}',
    ],
    ...[
      'a\r\nX-Injected: 1',
      '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
      'a\nb',
      '"',
      "'",
      '\\',
      '`',
      '<script>',
      '{{7*7}}',
    ],
    ...['+', '#', '?', '/', ';', ',', '*', '$SYS', '🚗'.repeat(40), 'é'.normalize('NFD'), 'ﷺ', 'Z̷̧͋'],
    ...['2026-01-05T12:00:00', '2026-02-30T12:00:00Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z'],
    ...[
      '+275760-09-13T00:00:00.000Z',
      '2026-01-05T24:00:00Z',
      '2026-01-05T12:00:60Z',
      '1969-12-31T23:59:59Z',
    ],
    ...['9007199254740993', '18446744073709551616', `r${'9'.repeat(60)}`, 'r1.999999', 'w-1', 'r1e3'],
    ...['x'.repeat(65), 'x'.repeat(201), 'x'.repeat(5_000)],
  ),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

const HOSTILE_LEAF: fc.Arbitrary<unknown> = fc.oneof(
  HOSTILE_TEXT,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.1,
    1.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    -(2 ** 53),
    1e308,
    5e-324,
  ),
  fc
    .constantFrom('1e999', '-1e999', '1E400', '-0.0', '1e-400', '123456789012345678901234567890')
    .map((literal) => `\u0001${literal}`),
  fc.double(),
);

/** JSON values of the wrong type, size, or depth. */
export const HOSTILE_JSON: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: HOSTILE_LEAF, weight: 6 },
  fc.array(HOSTILE_LEAF, { maxLength: 5 }),
  fc.dictionary(HOSTILE_TEXT, HOSTILE_LEAF, { maxKeys: 5 }),
  fc.jsonValue(),
  fc.constantFrom(
    [],
    {},
    [[]],
    [null],
    { length: 1e9 },
    Array.from({ length: 500 }, () => 0),
  ),
  fc.integer({ min: 2, max: 400 }).map((depth) => nested(depth)),
);

/** Bodies that are no JSON, or hardly. */
export const HOSTILE_BODY: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      'null',
      '[]',
      '{}',
      '""',
      '0',
      '{',
      '}',
      '{"a":}',
      "{'a':1}",
      '{"a":1,}',
      '{"a":1}{"a":1}',
      '\ufeff{}',
    ],
    ...[
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"stops":[],"stops":[]}',
      '{"\\u0000":1}',
    ],
    ...[
      'a=1&b=2',
      '<a/>',
      '{"a":NaN}',
      '{"a":1e999}',
      '{"a":01}',
      '"\\ud800"',
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    ],
    ...[`{"a":"${'x'.repeat(70_000)}"}`, `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
);

export const CONTENT_TYPES = fc.constantFrom(
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
  ],
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x',
    '',
  ],
  ...['application/jsonx', 'application/json, text/plain', 'application/json;', '*/*'],
);

/** Names of headers that this gateway, or HTTP, gives a meaning. */
export const HEADER_NAMES = fc.constantFrom(
  ...[
    'Idempotency-Key',
    'Malha-Vehicle',
    'If-Match',
    'traceparent',
    'Last-Event-ID',
    'Accept',
    'Range',
    'Cookie',
  ],
  ...[
    'If-None-Match',
    'Content-Encoding',
    'X-Forwarded-For',
    'Origin',
    'Access-Control-Request-Method',
    'Upgrade',
  ],
);

/** As bytes of a header may be. */
export const HEADER_TEXT: fc.Arbitrary<string> = fc.oneof(
  HOSTILE_TEXT.map((text) => Buffer.from(text).toString('latin1')),
  fc.constantFrom(
    '"',
    '""',
    '"x',
    'W/"1"',
    '"0"',
    '"99999999999999999"',
    '"1", "2"',
    '*',
    '100-continue',
    'gzip',
  ),
);

/** The JSON text of a value that may hold literals. */
export function jsonText(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll(LITERAL, (_, literal: string) => literal);
}

/** The value with one part of it, the `which`-th of all, replaced. */
export function withPart(value: unknown, which: number, replacement: unknown): unknown {
  const parts = countParts(value);
  return replaced(value, which % parts, replacement);
}

/** The value with the `which`-th of its objects changed. */
export function withObject(value: unknown, which: number, change: (object: object) => object): unknown {
  const objects = countObjects(value);
  let left = objects === 0 ? -1 : which % objects;
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const isMeant = left === 0;
    left -= 1;
    const inner = Object.fromEntries(Object.entries(part).map(([key, each]) => [key, walk(each)]));
    return isMeant ? change(inner) : inner;
  };
  return walk(value);
}

function replaced(value: unknown, which: number, replacement: unknown): unknown {
  let left = which;
  const walk = (part: unknown): unknown => {
    const isMeant = left === 0;
    left -= 1;
    if (isMeant) return replacement;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, walk(each)]));
  };
  return walk(value);
}

function countParts(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + countParts(part), 1);
}

function countObjects(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : 1;
  return Object.values(value).reduce<number>((sum, part) => sum + countObjects(part), own);
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
