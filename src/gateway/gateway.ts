/**
 * The REST door: HTTP requests to submissions and queries of the mesh, and what it says back to HTTP.
 *
 * 1. A 4xx changed nothing. A 503 proposed nothing. Only a 504 or a 500 leaves the outcome of a write open, and then
 *    `Malha-Request-Key` names the key to ask with.
 * 2. Every input is bounded before it is looked at: body, path, number and length of ids, time.
 * 3. No answer carries a stack or a message of an error that nobody foresaw.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import { EventFeed } from '../doors/event-feed.js';
import type { RandomBytes } from '../doors/trace.js';
import type { Logger } from '../observe/logger.js';
import type { Mesh } from '../replica/mesh.js';
import { answerBrokenRequest } from './broken-requests.js';
import { closeMethods } from './close-methods.js';
import type { GatewayContext, GatewaySettings } from './context.js';
import { documentedCancelRoutes } from './documented/cancel.js';
import { documentedReadRoutes } from './documented/read.js';
import { documentedReserveRoutes } from './documented/reserve.js';
import { answerError, answerFault } from './faults.js';
import { type GatewayLogs, noLogs } from './logs.js';
import { markRequest } from './marks.js';
import { metricsRoutes } from './metrics-route.js';
import { type Observed, UNOBSERVED } from './observed.js';
import { documentRoutes } from './openapi/documents.js';
import { probeRoutes } from './probes.js';
import { logRequest } from './request-log.js';
import { serveRoutes } from './v1/serve.js';
import { V1_ROUTES } from './v1/table.js';

const BODY_BYTES_MAX = 64 * 1024;

/** Beyond what Node takes as a request line (16 KiB), so that the length of a path is never a 404. */
const PATH_PARAMETER_LENGTH_MAX = 64 * 1024;

/** Until a request must have arrived whole, so that slow senders do not hold connections. */
const RECEIVE_TIMEOUT_MS = 10_000;

export interface GatewayParts {
  readonly mesh: Mesh;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  readonly random: RandomBytes;
  /** What the node keeps of itself; nothing, unless it is handed in. */
  readonly observed?: Observed;
  /** The lines of all nodes; none, unless they are handed in. */
  readonly logs?: GatewayLogs;
}

/** The gateway, not yet listening: see `listenGateway`. Closing it answers what is under way first. */
export function createGateway(parts: GatewayParts): FastifyInstance {
  const { mesh, settings, logger, random, observed = UNOBSERVED, logs = noLogs() } = parts;
  const events = new EventFeed(mesh);
  const context: GatewayContext = { mesh, events, settings, logger, observed, logs };
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    // While closing, requests on open connections are still answered; the mesh says what it can do.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_PARAMETER_LENGTH_MAX },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      // Paths that cannot be decoded do not reach the hooks.
      markRequest(request, reply, random);
      answerError(error, request, reply, logger);
    },
  });

  // Streams never end by themselves, and closing waits for what is under way.
  app.addHook('preClose', async () => {
    events.close();
    logs.mesh.close();
  });
  app.decorateRequest('traceId', '');
  app.addHook('onRequest', async (request, reply) => markRequest(request, reply, random));
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    logRequest(logger, request, reply);
    const route = request.routeOptions.url?.replace(/:(\w+)\??/g, '{$1}');
    observed.answered({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, logger));
  app.setNotFoundHandler((request, reply) => answerFault(request, reply, 'NOT_FOUND'));

  closeMethods(app, (open) => {
    open.register(documentedReadRoutes, context);
    open.register(documentedReserveRoutes, context);
    open.register(documentedCancelRoutes, context);
    open.register(serveRoutes(V1_ROUTES), context);
    open.register(probeRoutes, context);
    open.register(metricsRoutes, context);
    open.register(documentRoutes, context);
  });
  return app;
}
