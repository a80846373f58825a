/**
 * What the headers of a request say about who asks and under which key.
 */
import type { FastifyRequest } from 'fastify';
import { BadRequest } from '../doors/bad-request.js';
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

/** The holder that a v1 request names, in the header or under another name. Throws BadRequest when the two differ. */
export function namedHolderOf(request: FastifyRequest, named: string | undefined): string {
  const header = headerOf(request, 'malha-vehicle');
  if (named !== undefined && header !== undefined && named !== header) {
    throw new BadRequest(
      'o veículo do pedido não é o de Malha-Vehicle',
      'the request names one vehicle and the header Malha-Vehicle another',
    );
  }
  return parseHolder(named ?? header);
}

/** The client's `Idempotency-Key`, or undefined. Throws BadRequest. */
export function requestKeyOf(request: FastifyRequest): string | undefined {
  return parseRequestKey(headerOf(request, 'idempotency-key'));
}
