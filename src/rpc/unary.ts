/**
 * Calls of one request and one answer.
 *
 * 1. A call is answered once, and not at all once it was cancelled or its time is over.
 * 2. A call without a deadline gets the node's time-out; a shorter deadline is obeyed, with time left for the answer.
 */
import {
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { type RandomBytes, traceIdOf } from '../doors/trace.js';
import { logCall } from './call-log.js';
import type { CallTerms, CallWorld, Method } from './methods.js';
import { Problem, thrown, Unreadable } from './problem.js';
import { statusOf } from './problem-status.js';

/** Of a deadline so much is kept for the way of the answer: a tenth of what is left, at most this. */
const ANSWER_MS_MAX = 100;

const TRACE_KEY = 'malha-trace-id';

/** What of a call its terms follow from. */
type Call = Pick<
  | ServerUnaryCall<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>,
  'metadata' | 'getDeadline' | 'sendMetadata'
>;

export interface CallDoor extends CallWorld {
  readonly random: RandomBytes;
}

/** The handlers of a service's methods, under the same names. */
export function unaryHandlers<Methods extends object>(
  door: CallDoor,
  methods: Methods,
): { readonly [K in keyof Methods]: HandlerOf<Methods[K]> } {
  const handlers = Object.entries(methods).map(
    ([name, method]) => [name, unaryHandler(door, name, method)] as const,
  );
  return Object.fromEntries(handlers) as { [K in keyof Methods]: HandlerOf<Methods[K]> };
}

type HandlerOf<M> =
  M extends Method<infer Request, infer Response> ? handleUnaryCall<Request, Response> : never;

function unaryHandler<Request, Response>(
  door: CallDoor,
  name: string,
  method: Method<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    // Also emitted behind every answer, so it says nothing by itself.
    let over = false;
    call.once('cancelled', () => {
      over = true;
    });
    const terms = beginCall(door, call);
    carryOut(door, name, method, call.request, terms).then((answer) => {
      if (over) return;
      over = true;
      if (answer instanceof Problem) callback(statusOf(answer));
      else callback(null, answer);
    });
  };
}

/** The answer or the problem, whatever happens: never rejects. `name`: the method's, for the log. */
export async function carryOut<Request, Response>(
  world: CallWorld,
  name: string,
  method: Method<Request, Response>,
  request: Request | Unreadable,
  terms: CallTerms,
): Promise<Response | Problem> {
  const sinceMs = performance.now();
  const answer = await answerOf(world, method, request, terms);
  const tookMs = performance.now() - sinceMs;
  logCall(world.logger, {
    name,
    trace: terms.traceId,
    tookMs,
    problem: answer instanceof Problem ? answer : null,
  });
  return answer;
}

async function answerOf<Request, Response>(
  world: CallWorld,
  method: Method<Request, Response>,
  request: Request | Unreadable,
  terms: CallTerms,
): Promise<Response | Problem> {
  if (request instanceof Unreadable) return request.problem;
  if (terms.timeoutMs <= 0) return new Problem('UNAVAILABLE', 'The deadline had passed; nothing was done.');
  try {
    return await method(world, request, terms);
  } catch (error) {
    return thrown(error, world.logger, terms.traceId);
  }
}

/** The terms of a call, told to its caller: the trace id goes out at once. */
export function beginCall(door: CallDoor, call: Call): CallTerms {
  const [traceparent] = call.metadata.get('traceparent');
  const traceId = traceIdOf(typeof traceparent === 'string' ? traceparent : undefined, door.random);
  const metadata = new Metadata();
  metadata.set(TRACE_KEY, traceId);
  call.sendMetadata(metadata);
  return { traceId, timeoutMs: timeoutMs(door, call) };
}

/** What a request of the call has now, in whole real milliseconds; 0 or less where its time is over. */
export function timeoutMs(
  { requestTimeoutMs }: Pick<CallWorld, 'requestTimeoutMs'>,
  call: Pick<Call, 'getDeadline'>,
): number {
  const leftMs = Number(call.getDeadline()) - Date.now();
  return Math.min(requestTimeoutMs, Math.floor(leftMs - Math.min(ANSWER_MS_MAX, leftMs / 10)));
}
