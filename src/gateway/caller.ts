/**
 * What the headers of a request say about who asks and under which key.
 */
import type { FastifyRequest } from 'fastify';
import { parseHolder, parseRequestKey } from '../doors/identifiers.js';

/** A header's value, undefined where there is none. Node joins repeats with ", ". */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The holder: `Malha-Vehicle`, or the anonymous one. Throws BadRequest. */
export function holderOf(request: FastifyRequest): string {
  return parseHolder(headerOf(request, 'malha-vehicle'));
}

/** The client's `Idempotency-Key`, or undefined. Throws BadRequest. */
export function requestKeyOf(request: FastifyRequest): string | undefined {
  return parseRequestKey(headerOf(request, 'idempotency-key'));
}
