/**
 * The log's line for a request that was answered. What a write did has its line from the ledger; here stands what the ledger
 * never heard of, or who waited long.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../observe/logger.js';

/** From here on a request is slow. */
const SLOW_MS = 1_000;

const URL_LENGTH_MAX = 200;

/** WARN where the node failed the caller (5xx), INFO where it took long, else DEBUG. */
export function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { method, url, traceId: trace } = request;
  const { statusCode: status, elapsedTime } = reply;
  const fields = {
    trace,
    method,
    url: url.slice(0, URL_LENGTH_MAX),
    status,
    tookMs: Math.round(elapsedTime),
  };
  if (status >= 500 && !isProbe(url)) logger.warn(fields, 'request failed');
  else if (elapsedTime >= SLOW_MS && !isStream(reply)) logger.info(fields, 'request took long');
  else logger.debug(fields, 'request answered');
}

/** A probe is told what it asks for. */
function isProbe(url: string): boolean {
  return url.startsWith('/readyz');
}

/** A stream lasts as long as its reader wants. */
function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('text/event-stream');
}
