/**
 * Registers v1 routes with the HTTP server.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../context.js';
import { invalidInput } from '../fault.js';
import type { Route } from './route.js';

/** The routes as a plugin. */
export function serveRoutes(routes: readonly Route[]): FastifyPluginAsync<GatewayContext> {
  return async (app, context) => {
    takeOnlyJson(app);
    for (const route of routes) {
      app.route({
        method: route.method,
        url: route.path.replace(/\{(\w+)\}/g, ':$1'),
        handler: (request, reply) => {
          if (route.does === 'write' && route.conditional !== true) refuseCondition(request);
          return route.answer(context, request, reply);
        },
      });
    }
  };
}

/** JSON by its name, or nothing at all; a type that is none of it is a 415. */
function takeOnlyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text.trim() === '') done(null, undefined);
    else parseJson(request, text, done);
  });
}

/** A condition that nobody looks at would be taken for one that holds. */
function refuseCondition(request: FastifyRequest): void {
  if (request.headers['if-match'] === undefined) return;
  throw invalidInput([{ parameter: 'If-Match', detail: 'this route takes no condition' }]);
}
