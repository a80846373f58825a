/**
 * How bodies are read. A route that takes JSON says so with `takeJson`, one whose path says everything with `ignoreBody`.
 */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { BadRequest } from '../doors/bad-request.js';

/**
 * Makes the routes of `scope` read their bodies as JSON, whatever the content type says, as the earlier service
 * did: `curl -d` alone calls it a form. An empty body is `undefined`.
 */
export function takeJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
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
