/**
 * How bodies are read. A route that takes JSON says so with `takeJson`, one whose path says everything with `ignoreBody`.
 */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { BadRequest } from '../doors/bad-request.js';

/** The content types that are JSON; a missing one counts too, as it did for the earlier service. */
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Makes the routes of `scope` read their bodies as JSON; an empty body is `undefined`, other types are 415. */
export function takeJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    const type = request.headers['content-type'];
    if (type !== undefined && !JSON_TYPE.test(type)) {
      done(Object.assign(new Error('not JSON'), { statusCode: 415 }));
      return;
    }
    const text = body.toString();
    if (text.trim() === '') done(null, undefined);
    else parseJson(request, text, done);
  });
}

/**
 * Makes the routes of `scope` read and forget a body of any type, within the size limit: clients send empty JSON
 * bodies, forms, or nothing to routes whose path says everything.
 */
export function ignoreBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
}

/** The body in the schema's shape; else throws BadRequest, which names the `expected` shape. */
export function bodyAs<T>(schema: z.ZodType<T>, body: unknown, expected: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new BadRequest(
    `corpo inválido: é esperado JSON na forma ${expected}`,
    `the body must be JSON shaped ${expected}`,
  );
}
