/**
 * Every route of the OpenAPI document, as the gateway itself tells it, with input made of its schemas: such as fits them and
 * such as breaks them. `FUZZ_SEED` repeats a run.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_SHAPES } from '../../src/gateway/openapi/documents.js';
import { ApiDocument, type Operation } from './fuzz/document.js';
import { FromSchema } from './fuzz/from-schema.js';
import { type RawReply, sendRaw } from './fuzz/raw-http.js';
import { type Draft, hostileDraft, requestOf, soundDraft } from './fuzz/requests.js';
import { SmallWorld } from './fuzz/small-world.js';

/** Worlds that a run goes through, and requests in each. */
const WORLDS = 12;
const REQUESTS = 60;

const FIXED_SEED = 20_261_123;
const RANDOM_SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** What HTTP, or the door before any route, may say to what is no proper request. */
const BEFORE_ANY_ROUTE = [204, 400, 404, 405, 413, 414, 415, 431];

/** What wants a reservation in the right state, or nothing that hangs on it: chance seldom has that. Other tests ask them. */
const SELDOM_REACHED = new Set([
  'POST /v1/reservations/{id}/confirm',
  'POST /v1/reservations/{id}/extend',
  'POST /v1/reservations/{id}/shift',
  'POST /v1/reservations/{id}/stops/{number}/start',
  'POST /v1/reservations/{id}/stops/{number}/finish',
  'POST /v1/reservations/{id}/substitute',
  'PUT /v1/points/{id}/schedule',
  'DELETE /v1/points/{id}',
  'DELETE /v1/companies/{id}',
]);

let operations: readonly Operation[];
let schemas: FromSchema;
/** Operations that succeeded, from the fixed seed: what a random one reaches is left to chance. */
const succeeded = new Set<string>();

beforeAll(async () => {
  const world = await SmallWorld.open();
  const request = { method: 'GET', target: '/openapi.json', headers: [], body: null };
  const document = new ApiDocument(JSON.parse((await sendRaw(world.port, request)).text));
  await world.gateway.app.close();
  operations = document.operations;
  schemas = new FromSchema(document);
});

/** Sends it and holds the answer against what every answer must keep to. */
async function expectHarmless(
  world: SmallWorld,
  draft: Draft,
  isSound: boolean,
  reached: Set<string>,
): Promise<void> {
  const { operation } = draft;
  const request = requestOf(draft, world);
  const { index, decidedRows } = world;
  const reply = await sendRaw(world.port, request);
  const { status, headers } = reply;
  const what = `${JSON.stringify(request).slice(0, 2_000)} gives ${status} ${reply.text.slice(0, 2_000)}`;

  if (status >= 500)
    expect(
      [503, 504].filter((each) => operation.statuses.includes(each)),
      what,
    ).toContain(status);
  expect(statusesOf(draft, isSound), what).toContain(status);
  expect(Object.keys(headers), what).not.toContain('x-injected');
  if (status >= 400) {
    if (world.index !== index) expect(world.decidedRows, what).toBe(decidedRows);
    if (request.method !== 'HEAD') expectFault(reply, what);
  } else if (isSound) {
    reached.add(operation.name);
    expectDeclared(operation, reply, what);
  }
}

/** What the draft may be answered with. */
function statusesOf({ operation, method }: Draft, isSound: boolean): readonly number[] {
  if (isSound) return operation.statuses;
  const others = method === undefined ? [] : operations.filter(({ path }) => path === operation.path);
  return [...operation.statuses, ...others.flatMap(({ statuses }) => statuses), ...BEFORE_ANY_ROUTE];
}

/** A fault in the dialect of its path, without a word of what the code looks like inside. */
function expectFault({ status, headers, text }: RawReply, what: string): void {
  const body: unknown = JSON.parse(text);
  const isProblem = headers['content-type']?.startsWith('application/problem+json') ?? false;
  expect(body, what).toMatchObject(
    isProblem
      ? { type: expect.stringMatching(/^urn:malha:problem:[a-z-]+$/), status, detail: expect.any(String) }
      : { erro: expect.any(String) },
  );
  expect(text, what).not.toMatch(/ {4}at |node_modules|\.[jt]s:\d|assertion:|TypeError|ZodError/);
}

/** A success in the shape that its route declares. */
function expectDeclared(
  { method, path }: Operation,
  { status, headers, text }: RawReply,
  what: string,
): void {
  const shape = ALL_SHAPES.find((each) => each.method === method && each.path === path)!.answers[status]!;
  if (shape.schema === null || !headers['content-type']?.startsWith('application/json')) return;
  expect(shape.schema.safeParse(JSON.parse(text)).error?.issues ?? [], what).toEqual([]);
}

interface Step {
  readonly draft: Draft;
  /** Time passes behind it, and with it what is due. */
  readonly minutes: number;
}

/** Operations are drawn at random, so that what one made the next one meets. */
async function fuzz(seed: number, draftOf: (operation: Operation) => fc.Arbitrary<Draft>, isSound: boolean) {
  const draft = fc.constantFrom(...operations).chain(draftOf);
  const minutes = fc.oneof({ arbitrary: fc.constant(0), weight: 20 }, fc.integer({ min: 1, max: 10 }));
  const step: fc.Arbitrary<Step> = fc.record({ draft, minutes });
  const reached = seed === FIXED_SEED ? succeeded : new Set<string>();
  const steps = fc.array(step, { minLength: REQUESTS, maxLength: REQUESTS });
  await fc.assert(
    fc.asyncProperty(steps, async (each) => {
      const world = await SmallWorld.open();
      try {
        for (const { draft: one, minutes: passed } of each) {
          await expectHarmless(world, one, isSound, reached);
          world.gateway.lone.advance(passed * 60_000);
        }
      } finally {
        await world.gateway.app.close();
      }
    }),
    // The message names the request; to make sixty of them fewer takes longer than to read it.
    { seed, numRuns: WORLDS, endOnFailure: true },
  );
}

describe.each([
  ['the fixed seed', FIXED_SEED],
  [`the random seed ${RANDOM_SEED}`, RANDOM_SEED],
])('with %s', (_, seed) => {
  it('input that fits the document is answered as the document says', async () => {
    await fuzz(seed, (operation) => soundDraft(operation, schemas), true);
  }, 120_000);

  it('hostile input breaks nothing, hangs nowhere, and changes nothing where it is refused', async () => {
    await fuzz(seed + 1, (operation) => hostileDraft(soundDraft(operation, schemas)), false);
  }, 120_000);
});

it('got past the door at nearly every route', () => {
  const unreached = operations.map(({ name }) => name).filter((name) => !succeeded.has(name));
  expect(unreached.filter((name) => !SELDOM_REACHED.has(name))).toEqual([]);
});
