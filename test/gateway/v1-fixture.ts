/**
 * A gateway over a mesh of one that runs the newest ledger version, whose every answer on v1 is held against what its route
 * declares: status, type of problem, shape.
 */
import { expect } from 'vitest';
import type { z } from 'zod';
import { outcomeOf } from '../../src/doors/outcomes.js';
import { ALL_SHAPES } from '../../src/gateway/openapi/documents.js';
import { PROBLEM, problemsOf } from '../../src/gateway/v1/problem-shape.js';
import type { RouteShape } from '../../src/gateway/v1/route.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { type GatewayFixture, gatewayOver, type Reply } from '../support/gateway-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';

export type Headers = Readonly<Record<string, string>>;
export type Body = Record<string, unknown>;

export interface V1Reply extends Omit<Reply, 'body'> {
  readonly body: Body;
}

export interface V1 extends Pick<GatewayFixture, 'app' | 'mesh' | 'lone'> {
  get(url: string, headers?: Headers): Promise<V1Reply>;
  post(url: string, body?: unknown, headers?: Headers): Promise<V1Reply>;
  put(url: string, body?: unknown, headers?: Headers): Promise<V1Reply>;
  delete(url: string, headers?: Headers): Promise<V1Reply>;
  /** So many minutes from now on, as text. */
  at(minutes: number): string;
  /** A stop at a point, from and to minutes from now. */
  stop(pointId: string, fromMinutes: number, toMinutes: number): Body;
  /** Reserves for `car`, and gives the id. */
  reserve(car: string, stops: readonly Body[], more?: Body): Promise<string>;
}

const MINUTE_MS = 60_000;

/** A gateway of a company, over the packaged data set; close `app` after use. */
export async function openV1(company = 'empresa_a', raised = true): Promise<V1> {
  const lone = await bahiaLedger();
  if (raised) lone.raise();
  return v1Over(new SingleMesh(lone, company));
}

/** Of another company over the same ledger, where the mesh is one of it. */
export function v1Over(mesh: SingleMesh): V1 {
  const { app, lone } = gatewayOver(mesh);
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    headers: Headers,
    body?: unknown,
  ): Promise<V1Reply> => {
    const payload =
      body === undefined
        ? {}
        : {
            payload: typeof body === 'string' ? body : JSON.stringify(body),
            headers: { 'content-type': 'application/json', ...headers },
          };
    const answer = await app.inject({ method, url, headers, ...payload });
    const reply = {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.json() as Body,
      text: answer.body,
    };
    expectDeclared(method, url, reply);
    return reply;
  };
  const at = (minutes: number) => new Date(lone.nowMs + minutes * MINUTE_MS).toISOString();
  const post: V1['post'] = (url, body, headers = {}) => send('POST', url, headers, body);
  return {
    app,
    mesh,
    lone,
    get: (url, headers = {}) => send('GET', url, headers),
    post,
    put: (url, body, headers = {}) => send('PUT', url, headers, body),
    delete: (url, headers = {}) => send('DELETE', url, headers),
    at,
    stop: (pointId, from, to) => ({ pointId, start: at(from), end: at(to) }),
    async reserve(vehicleId, stops, more = {}) {
      const { status, body, text } = await post('/v1/reservations', { vehicleId, stops, ...more });
      expect(status, text).toBe(201);
      return String(body.id);
    },
  };
}

/** Whose a request is. */
export function as(vehicle: string): Headers {
  return { 'malha-vehicle': vehicle };
}

/** The declared route that serves a request, if one does. */
export function shapeOf(method: string, url: string): RouteShape | undefined {
  const path = url.split('?')[0]!;
  return ALL_SHAPES.filter((shape) => shape.method === method)
    .filter((shape) => new RegExp(`^${shape.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .sort((a, b) => parametersIn(a.path) - parametersIn(b.path))[0];
}

function parametersIn(path: string): number {
  return path.split('{').length;
}

/** An answer is one that its route declares, with not a key more. */
export function expectDeclared(
  method: string,
  url: string,
  reply: Pick<Reply, 'status' | 'body' | 'text'>,
): void {
  const shape = shapeOf(method, url);
  if (shape === undefined) return;
  const what = `${method} ${url}: ${reply.status} ${reply.text}`;
  const answer = shape.answers[reply.status];
  if (answer !== undefined) {
    if (answer.schema !== null) expectShape(answer.schema, reply.body, what);
    return;
  }
  expectShape(PROBLEM, reply.body, what);
  const declared = problemsOf(shape)
    .map(outcomeOf)
    .filter(({ httpStatus }) => httpStatus === reply.status)
    .map(({ slug }) => `urn:malha:problem:${slug}`);
  expect(declared, what).toContain((reply.body as Body).type);
}

function expectShape(schema: z.ZodType, body: unknown, what: string): void {
  const parsed = schema.safeParse(body);
  expect(parsed.error?.issues ?? [], what).toEqual([]);
  expect(parsed.data, what).toEqual(body);
}
