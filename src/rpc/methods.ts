/**
 * One method of a service, whether a call of its own or a request of a pipeline asks for it: from the message to a command
 * or a query of the mesh, and from what the mesh says to the answer.
 *
 * 1. What is thrown before the mesh was asked has changed nothing.
 * 2. A refusal is a Problem, not an error.
 */
import { type EntryMark, entryMark, type ReadMark, readMark } from '../codec/entry-messages.js';
import { durationOf } from '../codec/time-messages.js';
import { submissionOf } from '../doors/requests.js';
import type { Duration } from '../gen/google/protobuf/duration.js';
import { Consistency } from '../gen/malha/mesh/v1/call.js';
import type { Operation } from '../ledger/command.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import type { Answer, Result } from '../ledger/result.js';
import type { Logger } from '../observe/logger.js';
import type { Mesh, QueryOptions } from '../replica/mesh.js';
import { FieldFault } from './field-fault.js';
import { holderOf, requestKeyOf } from './fields.js';
import { type Problem, refusal, thrownBySubmission } from './problem.js';

/** What all methods are handed. */
export interface CallWorld {
  readonly mesh: Mesh;
  /** Id of the company whose node this is. */
  readonly company: string;
  /** The longest that a request may take, in real milliseconds. */
  readonly requestTimeoutMs: number;
  /** For how long a point is free that counts as free, where the caller does not say: in ledger time. */
  readonly legacyWindowMinutes: number;
  readonly logger: Logger;
}

/** What is known of one request beside its message. */
export interface CallTerms {
  /** Real milliseconds that are left for the answer; more than 0. */
  readonly timeoutMs: number;
  readonly traceId: string;
}

/** Rejects with what `thrown` of problem.ts knows. */
export type Method<Request, Response> = (
  world: CallWorld,
  request: Request,
  terms: CallTerms,
) => Promise<Response | Problem>;

type Success = Exclude<Result['kind'], 'refused'>;
type ResultOf<K extends Success> = Extract<Result, { readonly kind: K }>;

interface WriteRequest {
  readonly holder: string;
  readonly requestKey: string;
}

/** A method that submits a command. `kinds`: what the ledger answers such a command with, if it does not refuse it. */
export function write<Request extends WriteRequest, K extends Success, Response>(
  kinds: readonly K[],
  operationOf: (request: Request, world: CallWorld) => Operation | Problem,
  responseOf: (result: ResultOf<K>, mark: EntryMark) => Response,
): Method<Request, Response> {
  return async (world, request, { timeoutMs, traceId }) => {
    const holder = holderOf(request.holder);
    const requestKey = requestKeyOf(request.requestKey);
    const operation = operationOf(request, world);
    if (!('kind' in operation)) return operation;
    const submission = submissionOf({ door: 'grpc', holder, requestKey, traceId, operation }, world.mesh);
    let answer: Answer;
    try {
      answer = await world.mesh.submit(submission, { timeoutMs });
    } catch (error) {
      return thrownBySubmission(error, submission, world.logger);
    }
    const { result } = answer;
    if (result.kind === 'refused') return refusal(answer, result);
    if (!isOneOf(result, kinds))
      throw new Error(`assertion: ${operation.kind} was answered with ${result.kind}`);
    return responseOf(result, entryMark(answer));
  };
}

interface ReadRequest {
  readonly consistency: Consistency;
}

/** A method that asks one question. */
export function read<Request extends ReadRequest, Q extends Query, Response>(
  queryOf: (request: Request, world: CallWorld) => Q,
  responseOf: (reply: ReplyTo<Q>, mark: ReadMark, request: Request, world: CallWorld) => Response | Problem,
): Method<Request, Response> {
  return async (world, request, { timeoutMs }) => {
    const options = optionsOf(request.consistency, timeoutMs);
    const answer = await world.mesh.query(queryOf(request, world), options);
    return responseOf(answer.reply, readMark(answer, options.consistency === 'stale'), request, world);
  };
}

/** How a read is to be answered. Throws a FieldFault. */
export function optionsOf(consistency: Consistency, timeoutMs: number): QueryOptions {
  switch (consistency) {
    case Consistency.UNSPECIFIED:
    case Consistency.LINEARIZABLE:
      return { consistency: 'linearizable', timeoutMs };
    case Consistency.STALE:
      return { consistency: 'stale', timeoutMs };
    default:
      throw new FieldFault('consistency', `has no value ${consistency}`);
  }
}

/** How old an answer may be, where it may be old at all. */
export function ageOf(ageMs: number, { consistency }: QueryOptions): Duration | undefined {
  return consistency === 'stale' ? durationOf(ageMs) : undefined;
}

function isOneOf<K extends Success>(result: Result, kinds: readonly K[]): result is ResultOf<K> {
  return (kinds as readonly Result['kind'][]).includes(result.kind);
}
