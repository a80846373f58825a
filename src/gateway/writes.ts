/**
 * The way of a write through this door: submit, and mark the answer with its entry. Its line in the log is the
 * ledger's (observe/ledger-log.ts), or, where nothing was decided, that of the request.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { submissionOf } from '../doors/requests.js';
import type { Door, Operation } from '../ledger/command.js';
import type { Answer } from '../ledger/result.js';
import { Failure } from '../replica/failure.js';
import { requestKeyOf } from './caller.js';
import type { GatewayContext } from './context.js';
import { markRequestKey, markWrite } from './marks.js';

/** What a route wants written, and for whom. */
export interface Writing {
  readonly door: Door;
  readonly holder: string;
  readonly operation: Operation;
}

/**
 * The ledger's answer, refusals included. Rejects with a BadRequest or a Failure; where the outcome is unknown
 * the answer is marked with the key to ask with.
 */
export async function write(
  context: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { door, holder, operation }: Writing,
): Promise<Answer> {
  const { mesh, settings } = context;
  const { traceId } = request;
  const submission = submissionOf(
    { door, holder, requestKey: requestKeyOf(request), traceId, operation },
    mesh,
  );
  try {
    const answer = await mesh.submit(submission, { timeoutMs: settings.requestTimeoutMs });
    markWrite(reply, answer);
    return answer;
  } catch (error) {
    if (!provesNothingDone(error)) markRequestKey(reply, submission.requestKey);
    throw error;
  }
}

function provesNothingDone(error: unknown): boolean {
  return error instanceof Failure && error.code !== 'DEADLINE_EXCEEDED';
}
