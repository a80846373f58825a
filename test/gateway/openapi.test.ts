import { createHash } from 'node:crypto';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTCOMES, type Outcome } from '../../src/doors/outcomes.js';
import { ALL_SHAPES } from '../../src/gateway/openapi/documents.js';
import { type Direction, namedIn } from '../../src/gateway/v1/named.js';
import { type GatewayFixture, openGateway } from '../support/gateway-fixture.js';

type Json = Record<string, unknown>;

interface Operation extends Json {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly Json[];
  readonly responses: Readonly<Record<string, Json>>;
}

let gateway: GatewayFixture;
let document: Json;
let page: string;
beforeAll(async () => {
  gateway = await openGateway();
  document = (await gateway.get('/openapi.json')).body as Json;
  page = (await gateway.get('/docs')).text;
});
afterAll(() => gateway.app.close());

const METHODS = ['get', 'put', 'post', 'delete'];

function operations(): readonly (readonly [string, string, Operation])[] {
  return Object.entries(document.paths as Record<string, Json>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [path, method, operation as Operation] as const),
  );
}

/** Every object of the document with where it is. */
function* walk(value: unknown, path = '#'): Iterable<readonly [string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [key, child] of Object.entries(value)) yield* walk(child, `${path}/${key}`);
}

function resolve(reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
}

describe('the OpenAPI document', () => {
  it('is of OpenAPI 3.1, with relative servers, a licence and a description of every tag in use', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'malha', version: '0.0.0', license: { identifier: 'MIT' } });
    expect(document.servers).toMatchObject([{ url: '/' }]);
    const tags = (document.tags as Json[]).map(({ name }) => name);
    expect([...new Set(operations().flatMap(([, , { tags: own }]) => own))].sort()).toEqual([...tags].sort());
    for (const { description } of document.tags as Json[]) expect(description).not.toBe('');
  });

  it('has every route that is served, and no other', async () => {
    const served: string[] = [];
    const fresh = await openGateway();
    fresh.app.addHook('onRoute', ({ method, url }: RouteOptions) => {
      for (const each of [method].flat()) served.push(`${each} ${url}`);
    });
    await fresh.app.ready();
    // Per path: those methods that answer something else than 405 are what `Allow` names.
    const allowed = new Set<string>();
    for (const url of new Set(served.map((each) => each.split(' ')[1]!))) {
      const answer = await fresh.app.inject({ method: 'OPTIONS', url: url.replaceAll(/:\w+\??/g, 'x') });
      const path = url.replaceAll(/:(\w+)\??/g, '{$1}');
      for (const method of String(answer.headers.allow).split(', ')) {
        if (!['HEAD', 'OPTIONS'].includes(method)) allowed.add(`${method} ${path}`);
      }
    }
    await fresh.app.close();
    const declared = operations().map(([path, method]) => `${method.toUpperCase()} ${path}`);
    expect(declared.length).toBe(ALL_SHAPES.length);
    expect(declared.sort()).toEqual([...allowed].filter((each) => each !== 'POST /reserve-points').sort());
  });

  it('gives every operation an id of its own, a summary, and the path parameters that its path has', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, operation] of operations()) {
      expect(METHODS, path).toContain(method);
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary).not.toBe('');
      const inPath = operation.parameters.filter(({ in: place }) => place === 'path');
      expect(inPath.map(({ name }) => `{${name}}`).sort()).toEqual((path.match(/\{\w+\}/g) ?? []).sort());
      for (const { required } of inPath) expect(required, path).toBe(true);
    }
  });

  it('has no reference that leads nowhere, and no component with a name that OpenAPI does not allow', () => {
    let references = 0;
    for (const [path, value] of walk(document)) {
      if (typeof value.$ref !== 'string') continue;
      references += 1;
      expect(value.$ref, path).toMatch(/^#\/components\//);
      expect(resolve(value.$ref), `${path} -> ${value.$ref}`).toBeTypeOf('object');
    }
    expect(references).toBeGreaterThan(100);
    for (const section of Object.values(document.components as Record<string, Json>)) {
      for (const name of Object.keys(section)) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
    }
  });

  it('says JSON Schema 2020-12 only: known types, required keys that are there, no identity of its own', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
    for (const [name, schema] of Object.entries(
      (document.components as Json).schemas as Record<string, Json>,
    )) {
      for (const [path, value] of walk(schema, name)) {
        if (path.endsWith('/properties') || path.includes('/examples')) continue;
        if (value.type !== undefined)
          for (const type of [value.type].flat()) expect(types, path).toContain(type);
        if (value.required !== undefined && value.properties !== undefined) {
          expect(Object.keys(value.properties as Json), path).toEqual(
            expect.arrayContaining(value.required as string[]),
          );
        }
        for (const keyword of ['$schema', '$id', 'id', 'nullable', '$defs'])
          expect(value, path).not.toHaveProperty(keyword);
        if (typeof value.pattern === 'string')
          expect(() => new RegExp(value.pattern as string, 'u'), path).not.toThrow();
      }
    }
  });

  it('describes every answer, and refuses unknown keys in every body', () => {
    for (const [path, , operation] of operations()) {
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        path,
      ).toBe(true);
      for (const response of Object.values(operation.responses)) {
        const whole = typeof response.$ref === 'string' ? (resolve(response.$ref) as Json) : response;
        expect(whole.description, path).not.toBe('');
      }
      if (operation.tags[0] === 'documented' || operation.requestBody === undefined) continue;
      const body = operation.requestBody as { content: { 'application/json': { schema: { $ref: string } } } };
      const schema = resolve(body.content['application/json'].schema.$ref) as Json;
      expect(schema.additionalProperties, path).toBe(false);
    }
  });

  it('has an example of every type of problem, and one of every schema', () => {
    const examples = (document.components as Json).examples as Record<string, { value: Json }>;
    const problems = (Object.values(OUTCOMES) as Outcome[]).filter(({ httpStatus }) => httpStatus >= 400);
    expect(Object.keys(examples).sort()).toEqual(problems.map(({ slug }) => slug).sort());
    for (const { slug, httpStatus } of problems) {
      expect(examples[slug]?.value).toMatchObject({ type: `urn:malha:problem:${slug}`, status: httpStatus });
    }
    for (const schema of Object.values((document.components as Json).schemas as Record<string, Json>)) {
      expect(schema.examples).toHaveLength(1);
    }
  });

  it.each<Direction>(['input', 'output'])('has examples of %s that fit their schemas', (direction) => {
    expect(namedIn(direction).size).toBeGreaterThan(10);
    for (const [schema, { name, example }] of namedIn(direction)) {
      const parsed = schema.safeParse(example);
      expect(parsed.error?.issues ?? [], name).toEqual([]);
      if (direction === 'output') expect(parsed.data, name).toEqual(example);
    }
  });

  it('tells of the request key on every write of v1, and of the consistency on every read', () => {
    for (const { does, path, method, conditional, tag } of ALL_SHAPES) {
      const { parameters } = (document.paths as Record<string, Record<string, Operation>>)[path]![
        method.toLowerCase()
      ]!;
      const named = parameters.map((each) => each.name ?? String(each.$ref).split('/').at(-1));
      expect(named.includes('RequestKey'), `${method} ${path}`).toBe(does === 'write');
      expect(named.includes('IfMatch'), `${method} ${path}`).toBe(conditional === true);
      if (tag !== 'documented') expect(named.includes('consistency'), path).toBe(does === 'read');
    }
  });
});

describe('the page', () => {
  it('is one file that asks nobody else for anything and runs nothing', async () => {
    const reply = await gateway.get('/docs');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|@import|url\(|<iframe|<form/i);
    const outward = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target!);
    expect(outward.filter((target) => !/^(?:#|data:,$|\/openapi\.json$)/.test(target))).toEqual([]);
    // A browser that finds no icon asks for one, and reports that there is none.
    expect(page).toContain('<link rel="icon" href="data:,">');
  });

  it('is held to that by its own policy, which lets its one style through', async () => {
    const policy = String((await gateway.get('/docs')).headers['content-security-policy']);
    const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style]) => style!);
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256').update(styles[0]!).digest('base64');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toMatch(/\sstyle="/);
  });

  it('fits a phone, and is dark where the reader wants it so', () => {
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('color-scheme: light dark');
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toMatch(/pre \{[^}]*overflow-x: auto/);
  });

  it('shows every operation, schema and problem, and its links lead somewhere', () => {
    for (const [, , { operationId }] of operations()) expect(page).toContain(`id="${operationId}"`);
    for (const { slug } of Object.values(OUTCOMES) as Outcome[]) {
      if ((document.components as { examples: Json }).examples[slug] !== undefined)
        expect(page).toContain(slug);
    }
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(20);
    for (const target of targets) expect(ids, target).toContain(target);
    expect(ids.size).toBe([...page.matchAll(/\sid="/g)].length);
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('[object Object]');
  });

  it('closes what it opens', () => {
    for (const tag of [
      'details',
      'summary',
      'div',
      'dl',
      'dt',
      'dd',
      'section',
      'main',
      'nav',
      'pre',
      'code',
    ]) {
      const opened = [...page.matchAll(new RegExp(`<${tag}[\\s>]`, 'g'))].length;
      const closed = [...page.matchAll(new RegExp(`</${tag}>`, 'g'))].length;
      expect(opened, tag).toBe(closed);
      expect(opened, tag).toBeGreaterThan(0);
    }
  });
});

describe('both', () => {
  it.each(['/openapi.json', '/docs'])('%s speaks English when it is asked for wrongly', async (url) => {
    const reply = await gateway.post(url);
    expect(reply.status).toBe(405);
    expect(reply.body).toMatchObject({ type: 'urn:malha:problem:method-not-allowed' });
  });
});
