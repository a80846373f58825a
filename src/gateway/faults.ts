/**
 * Everything that is not a success, in the dialect of the path: `{"erro"}` in Portuguese on the documented routes,
 * RFC 9457 problem details in English elsewhere.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BadRequest } from '../doors/bad-request.js';
import { type OutcomeCode, outcomeOf } from '../doors/outcomes.js';
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import { Fault, type ProblemMembers } from './fault.js';

const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** Where English is spoken; every other path, unknown ones too, belongs to the documented routes. */
const ENGLISH_PATH = /^\/(?:v1|livez|readyz|openapi\.json|docs)(?:[/?]|$)/;

export interface FaultWords {
  readonly portuguese?: string;
  /** What is particular to this occurrence (RFC 9457 `detail`). */
  readonly english?: string;
  /** Further members of the problem. */
  readonly members?: ProblemMembers;
}

/** Answers with the row of `code`; `words` replace the row's where this occurrence has better ones. */
export function answerFault(
  request: FastifyRequest,
  reply: FastifyReply,
  code: OutcomeCode,
  words: FaultWords = {},
): FastifyReply {
  const outcome = outcomeOf(code);
  reply.code(outcome.httpStatus);
  if (outcome.retryAfterSeconds !== null) reply.header('Retry-After', String(outcome.retryAfterSeconds));
  if (!ENGLISH_PATH.test(request.url)) return reply.send({ erro: words.portuguese ?? outcome.portuguese });
  return reply.type(PROBLEM_JSON).send({
    type: `urn:malha:problem:${outcome.slug}`,
    title: outcome.title,
    status: outcome.httpStatus,
    detail: words.english ?? outcome.english,
    ...words.members,
  });
}

/** Answers what a handler threw: a Fault, a BadRequest, a Failure, an error of Fastify's own, or a bug. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  if (error instanceof Fault) {
    return answerFault(request, reply, error.code, { english: error.message, members: error.members });
  }
  if (error instanceof BadRequest) {
    return answerFault(request, reply, 'BAD_REQUEST', {
      portuguese: error.portuguese,
      english: error.message,
    });
  }
  if (error instanceof Failure) return answerFault(request, reply, error.code);
  const code = codeOfHttpError(error);
  if (code === 'INTERNAL') {
    logger.error({ err: error, method: request.method, trace: request.traceId }, 'a request met a bug');
  }
  return answerFault(request, reply, code);
}

function codeOfHttpError(error: unknown): OutcomeCode {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  switch (status) {
    case 413:
      return 'BODY_TOO_LARGE';
    case 415:
      return 'UNSUPPORTED_MEDIA_TYPE';
    default:
      return typeof status === 'number' && status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL';
  }
}
