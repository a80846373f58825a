/**
 * A refusal of the ledger as a documented route says it.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { outcomeOf } from '../../doors/outcomes.js';
import type { Refusal } from '../fault.js';
import { answerFault } from '../faults.js';

/** Answers `{"erro"}`, with the documented list beside it where there is one. */
export function answerRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  list?: Readonly<Record<string, readonly string[]>>,
): FastifyReply {
  if (list === undefined) return answerFault(request, reply, refusal.reason);
  const { httpStatus, portuguese } = outcomeOf(refusal.reason);
  return reply.code(httpStatus).send({ erro: portuguese, ...list });
}
