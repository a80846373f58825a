/**
 * The two ways of reading: documented routes prefer an old answer to none, v1 prefers none to an old one.
 */
import type { FastifyReply } from 'fastify';
import { readFreshOrStale } from '../doors/reads.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import { Failure } from '../replica/failure.js';
import type { GatewayContext } from './context.js';
import { markRead } from './marks.js';

/** Reads for a documented route, and marks the answer. */
export async function readDocumented<Q extends Query>(
  { mesh, settings }: GatewayContext,
  reply: FastifyReply,
  query: Q,
): Promise<ReplyTo<Q>> {
  const read = await undecided(readFreshOrStale(mesh, query, settings.readTryMs));
  markRead(reply, read);
  return read.reply;
}

/** Reads for a v1 route, and marks the answer. */
export async function readV1<Q extends Query>(
  { mesh, settings }: GatewayContext,
  reply: FastifyReply,
  query: Q,
  consistency: 'linearizable' | 'stale',
): Promise<ReplyTo<Q>> {
  const answer = await undecided(mesh.query(query, { consistency, timeoutMs: settings.requestTimeoutMs }));
  markRead(reply, { ...answer, stale: consistency === 'stale' });
  return answer.reply;
}

/** A read that ran out of time proposed nothing: unlike a write's, its outcome is not unknown. */
export async function undecided<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Failure && error.code === 'DEADLINE_EXCEEDED') {
      throw new Failure('UNAVAILABLE', error.message);
    }
    throw error;
  }
}
