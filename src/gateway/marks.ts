/**
 * The headers that the gateway sets, by the rules of the outward contract.
 *
 * - `Malha-Trace-Id`, on every answer: the request's trace id, taken from `traceparent` or made here. W3C's own response
 *   header is still a draft, so the contract's own prefix is used.
 * - `Malha-Index` and `Malha-At` (RFC 3339, UTC), on a write: index and ledger time of the entry that decided it.
 * - `Malha-Index` and `ETag`, on a read: index up to which the ledger that answered was applied. The tag tells
 *   states apart; it is not honoured in `If-None-Match`, because what is free changes with time alone.
 * - `ETag`, on a write of v1 that took effect: the index of its entry. `If-Match` takes both back.
 * - `Malha-Age-Ms`, on a read that may be behind.
 * - CORS: any origin may ask, without credentials: the gateway knows no cookies, and the demo's pages come
 *   from other ports.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type RandomBytes, traceIdOf } from '../doors/trace.js';
import type { Answer } from '../ledger/result.js';
import { headerOf } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 lower-case hex digits. */
    traceId: string;
  }
}

const REQUEST_KEY_HEADER = 'Malha-Request-Key';

const EXPOSED =
  'ETag, Location, Retry-After, Malha-Index, Malha-At, Malha-Age-Ms, Malha-Request-Key, Malha-Trace-Id';

/** Gives a request its trace id and the answer the headers that every answer has. */
export function markRequest(request: FastifyRequest, reply: FastifyReply, random: RandomBytes): void {
  request.traceId = traceIdOf(headerOf(request, 'traceparent'), random);
  reply.header('Malha-Trace-Id', request.traceId);
  reply.header('Access-Control-Allow-Origin', '*');
  reply.header('Access-Control-Expose-Headers', EXPOSED);
}

/** Marks the answer to a write with the entry that decided it. */
export function markWrite(reply: FastifyReply, { index, atMs }: Answer): void {
  reply.header('Malha-Index', String(index));
  reply.header('Malha-At', new Date(atMs).toISOString());
}

/** Marks the answer to a write of v1 that took effect with the tag that a later one may name in `If-Match`. */
export function markDecided(reply: FastifyReply, index: number): void {
  reply.header('ETag', `"${index}"`);
}

/** Marks the answer to a read with the index it speaks of, and with its age where it may be behind. */
export function markRead(
  reply: FastifyReply,
  read: { readonly index: number; readonly ageMs: number; readonly stale: boolean },
): void {
  reply.header('Malha-Index', String(read.index));
  reply.header('ETag', `"${read.index}"`);
  // A replica that never heard a leader is older than any number.
  const ageMs = Math.min(Math.ceil(read.ageMs), Number.MAX_SAFE_INTEGER);
  if (read.stale) reply.header('Malha-Age-Ms', String(ageMs));
}

/** Names the key with which the outcome of a write can be asked for, in a form that `Idempotency-Key` takes back. */
export function markRequestKey(reply: FastifyReply, requestKey: string): void {
  // HTTP trims blanks and the gateway strips one pair of quotes: a key that has either needs quotes of its own.
  const fragile = requestKey !== requestKey.trim() || /^".*"$/.test(requestKey);
  reply.header(REQUEST_KEY_HEADER, fragile ? `"${requestKey}"` : requestKey);
}
