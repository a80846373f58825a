/** Requests to an operation: such as fit its schemas, and such as break them in one or a few places. */
import fc from 'fast-check';
import type { Operation } from './document.js';
import { type FromSchema, recordOf } from './from-schema.js';
import {
  CONTENT_TYPES,
  HEADER_NAMES,
  HEADER_TEXT,
  HOSTILE_BODY,
  HOSTILE_JSON,
  HOSTILE_TEXT,
  jsonText,
  withObject,
  withPart,
} from './hostile.js';
import type { RawRequest } from './raw-http.js';
import { resolved, type World } from './tokens.js';

/** What a request says, before it becomes bytes. */
export interface Draft {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: readonly (readonly [name: string, value: unknown])[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: none. */
  readonly body: unknown;
  /** Takes the place of the body's own text. */
  readonly bodyText?: string;
  readonly contentType?: string;
  readonly method?: string;
}

/** Requests as the document describes them. */
export function soundDraft(operation: Operation, schemas: FromSchema): fc.Arbitrary<Draft> {
  const record = (place: string) => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place);
    const required = new Set(parameters.flatMap((each) => (each.required ? [each.name] : [])));
    // A path without it is another path.
    const least = place === 'path' ? { minLength: 1 } : {};
    const fields = parameters.map(
      ({ name, schema }) => [name, schemas.of({ ...least, ...schema }, nameIn(operation, name))] as const,
    );
    return recordOf(fields, (name) => required.has(name));
  };
  const { body } = operation;
  const bodies = body === null ? fc.constant(undefined) : schemas.of(body.schema, '');
  return fc
    .record({
      path: record('path'),
      query: record('query'),
      headers: record('header'),
      body: body?.required === false ? fc.option(bodies, { nil: undefined }) : bodies,
    })
    .map(({ path, query, headers, body: value }) => ({
      operation,
      path,
      query: Object.entries(query).flatMap(([name, each]) =>
        Array.isArray(each) ? each.map((one) => [name, one] as const) : [[name, each] as const],
      ),
      headers: Object.entries(headers).map(([name, each]) => [name, String(each)] as const),
      body: value,
    }));
}

/** `id` is of what the path is about. */
function nameIn({ path }: Operation, name: string): string {
  if (name !== 'id') return name;
  return /\/(\w+)\/\{id\}/.exec(path)?.[1] ?? name;
}

type Change = (draft: Draft) => Draft;

const ONE_CHANGE: fc.Arbitrary<Change> = fc.oneof(
  {
    arbitrary: fc
      .tuple(fc.nat(), HOSTILE_JSON)
      .map(([which, value]) => onBody((body) => withPart(body, which, value))),
    weight: 6,
  },
  fc
    .tuple(fc.nat(), HOSTILE_TEXT, HOSTILE_JSON)
    .map(([which, key, value]) =>
      onBody((body) => withObject(body, which, (object) => ({ ...object, [key]: value }))),
    ),
  fc
    .tuple(fc.nat(), fc.nat())
    .map(([which, key]) => onBody((body) => withObject(body, which, (object) => without(object, key)))),
  fc.tuple(HOSTILE_BODY).map(
    ([bodyText]): Change =>
      (draft) => ({ ...draft, bodyText }),
  ),
  CONTENT_TYPES.map(
    (contentType): Change =>
      (draft) => ({ ...draft, contentType }),
  ),
  { arbitrary: fc.tuple(fc.nat(), HOSTILE_TEXT).map(([which, text]) => onPath(which, text)), weight: 2 },
  { arbitrary: fc.tuple(fc.nat(), HOSTILE_TEXT).map(([which, text]) => onQuery(which, text)), weight: 2 },
  fc.tuple(HOSTILE_TEXT, HOSTILE_TEXT).map(
    ([name, text]): Change =>
      (draft) => ({ ...draft, query: [...draft.query, [name, text]] }),
  ),
  {
    arbitrary: fc.tuple(HEADER_NAMES, HEADER_TEXT).map(
      ([name, text]): Change =>
        (draft) => ({ ...draft, headers: [...draft.headers, [name, text]] }),
    ),
    weight: 2,
  },
  fc.constantFrom('HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PUT', 'DELETE').map(
    (method): Change =>
      (draft) => ({ ...draft, method }),
  ),
);

/** Requests of which one to three things are not as the document describes them. */
export function hostileDraft(sound: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return fc
    .tuple(sound, fc.array(ONE_CHANGE, { minLength: 1, maxLength: 3 }))
    .map(([draft, changes]) => changes.reduce((changed, change) => change(changed), draft));
}

/** The request as bytes can say it, in the world as it is now. */
export function requestOf(draft: Draft, world: World): RawRequest {
  const { operation, path, query, headers, body, bodyText, contentType = 'application/json', method } = draft;
  const encoded = (value: unknown): string => encodedText(resolved(value, world));
  const target = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(path[name]));
  const pairs = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const text = bodyText ?? (body === undefined ? null : jsonText(resolved(body, world)));
  return {
    method: method ?? operation.method,
    target: `${target}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`,
    headers: [
      ...(text === null ? [] : [['Content-Type', contentType] as const]),
      ...headers.map(([name, value]) => [name, String(resolved(value, world))] as const),
    ],
    body: text,
  };
}

/** Most hostile texts come as they would from a program, those with a percent sign as they are. */
function encodedText(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonText(value);
  return /^[%\w.]*%[%\w.]*$/.test(text) ? text : encodeURIComponent(Buffer.from(text).toString());
}

function onBody(change: (body: unknown) => unknown): Change {
  return (draft) => (draft.body === undefined ? draft : { ...draft, body: change(draft.body) });
}

function onPath(which: number, text: string): Change {
  return (draft) => {
    const names = Object.keys(draft.path);
    const name = names[which % names.length];
    return name === undefined ? draft : { ...draft, path: { ...draft.path, [name]: text } };
  };
}

function onQuery(which: number, text: string): Change {
  return (draft) => {
    const names = draft.operation.parameters.flatMap(({ in: place, name }) =>
      place === 'query' ? [name] : [],
    );
    const name = names[which % names.length];
    return name === undefined ? draft : { ...draft, query: [...draft.query, [name, text]] };
  };
}

function without(object: object, key: number): object {
  const entries = Object.entries(object);
  return Object.fromEntries(entries.filter((_, place) => place !== key % entries.length));
}
