/**
 * `GET /openapi.json` and `GET /docs`: what this gateway serves, for machines and for people.
 */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { GatewayContext } from '../context.js';
import { DOCUMENTED_SHAPES } from '../documented/described.js';
import { METRICS_SHAPES } from '../metrics-route.js';
import { PROBE_SHAPES } from '../probes.js';
import type { RouteShape } from '../v1/route.js';
import { V1_ROUTES } from '../v1/table.js';
import { openApiDocument } from './document.js';
import { PAGE_STYLE, pageOf } from './page.js';

const OF_NODE = { method: 'GET', tag: 'node', does: 'local', problems: [] } as const;

const OWN_SHAPES: readonly RouteShape[] = [
  {
    ...OF_NODE,
    path: '/openapi.json',
    operationId: 'openApiDocument',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: null, mediaType: 'application/json' } },
  },
  {
    ...OF_NODE,
    path: '/docs',
    operationId: 'docs',
    summary: 'This document as a page',
    answers: { 200: { description: 'One page, without scripts.', schema: null, mediaType: 'text/html' } },
  },
];

/** Every route of the gateway. */
export const ALL_SHAPES: readonly RouteShape[] = [
  ...V1_ROUTES,
  ...PROBE_SHAPES,
  ...METRICS_SHAPES,
  ...OWN_SHAPES,
  ...DOCUMENTED_SHAPES,
];

/** The page has no script and asks nobody else for anything; its one style is named by its hash. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Documents {
  readonly json: string;
  readonly page: string;
}

/** By version: the document follows from it alone, and is the same for every gateway of a process. */
const MADE = new Map<string, Documents>();

function documentsOf(version: string): Documents {
  const made = MADE.get(version);
  if (made !== undefined) return made;
  const document = openApiDocument(ALL_SHAPES, version);
  const documents = { json: JSON.stringify(document), page: pageOf(document) };
  MADE.set(version, documents);
  return documents;
}

export const documentRoutes: FastifyPluginAsync<GatewayContext> = async (app, { settings }) => {
  // Made before the node serves: the work would hold up its heartbeats later.
  const { json, page } = documentsOf(settings.version ?? '0.0.0');

  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(json),
  );

  app.get('/docs', async (_request, reply) => {
    reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    reply.header('X-Content-Type-Options', 'nosniff');
    reply.header('Referrer-Policy', 'no-referrer');
    return reply.type('text/html; charset=utf-8').send(page);
  });
};
