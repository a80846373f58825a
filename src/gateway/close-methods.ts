/**
 * Gives every path an answer to the methods it does not serve: 405 with `Allow`, and `OPTIONS` for browsers.
 */
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import { ignoreBody } from './bodies.js';
import { answerFault } from './faults.js';

const REQUEST_HEADERS = 'Content-Type, Idempotency-Key, If-Match, Last-Event-ID, Malha-Vehicle, traceparent';
const PREFLIGHT_SECONDS = '600';

/** Registers routes through `register`, then closes the paths they opened against all other methods. */
export function closeMethods(app: FastifyInstance, register: (app: FastifyInstance) => void): void {
  app.register(async (scope) => {
    const served = new Map<string, Set<string>>();
    let closing = false;
    scope.addHook('onRoute', ({ url, method }: RouteOptions) => {
      if (closing) return;
      const methods = served.get(url) ?? new Set();
      for (const name of [method].flat()) methods.add(name);
      served.set(url, methods);
    });
    register(scope);
    scope.register(async (closer) => {
      closing = true;
      ignoreBody(closer);
      for (const [url, methods] of served) closePath(closer, url, methods);
    });
  });
}

function closePath(app: FastifyInstance, url: string, served: ReadonlySet<string>): void {
  const allow = [...served, 'OPTIONS'].sort().join(', ');
  app.options(url, (_request, reply) => {
    reply.header('Allow', allow);
    reply.header('Access-Control-Allow-Methods', allow);
    reply.header('Access-Control-Allow-Headers', REQUEST_HEADERS);
    reply.header('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    return reply.code(204).send();
  });
  const unserved = app.supportedMethods.filter((method) => !served.has(method) && method !== 'OPTIONS');
  app.route({
    method: unserved as HTTPMethods[],
    url,
    handler: (request, reply) => {
      reply.header('Allow', allow);
      return answerFault(request, reply, 'METHOD_NOT_ALLOWED');
    },
  });
}
