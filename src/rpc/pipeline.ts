/**
 * Many requests over one stream, answered in the order of completion.
 *
 * 1. At most `inFlightMax` requests of a stream are under way, where one for a list counts for several; no more is read
 *    until one is answered. The caller's own sends stop then, by the flow control of HTTP/2.
 * 2. While the caller does not read answers, no more of its requests are read.
 * 3. A refusal is an answer. Only what cannot be read at all ends the stream, for nobody knows what it was to be.
 * 4. Half-close drains: what is under way is answered, then the stream ends. A cancelled stream starts nothing more.
 * 5. So does a node that ends: what it has not read is unanswered, and nothing of it was done.
 */
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { traceIdOf } from '../doors/trace.js';
import type { PipelineRequest, PipelineResponse } from '../gen/malha/mesh/v1/reservation.js';
import { FieldFault } from './field-fault.js';
import { spanOf } from './fields.js';
import type { CallTerms, Method } from './methods.js';
import { Problem, thrown, Unreadable } from './problem.js';
import { callErrorOf, statusOf } from './problem-status.js';
import { RESERVATION_METHODS } from './reservation-methods.js';
import { beginCall, type CallDoor, carryOut, timeoutMs } from './unary.js';

/** Requests of one stream that are under way at once. */
export const PIPELINE_IN_FLIGHT_MAX = 256;

/** Of the answers that wait for a slow reader, those may be a hundred times larger than others. */
const LIST_WEIGHT = 16;
const LISTS: ReadonlySet<Request['$case'] | undefined> = new Set(['listReservations', 'listHistory']);

const MISSING = new Problem('BAD_REQUEST', 'The request is missing, or unknown to this version.', {
  fault: new FieldFault('request', 'is missing, or unknown to this version'),
});

const ENDING = new Problem('UNAVAILABLE', 'This node is ending; what is unanswered was not done.');

type Call = ServerDuplexStream<PipelineRequest | Unreadable, PipelineResponse>;
type Request = NonNullable<PipelineRequest['request']>;

/** All streams of a node. */
export class Pipelines {
  readonly #open = new Set<Pipeline>();
  readonly handler: handleBidiStreamingCall<PipelineRequest, PipelineResponse>;

  constructor(door: CallDoor, inFlightMax = PIPELINE_IN_FLIGHT_MAX) {
    this.handler = (call) => {
      const pipeline = new Pipeline(door, call, inFlightMax, () => this.#open.delete(pipeline));
      this.#open.add(pipeline);
    };
  }

  /** Reads no further request of any stream; each ends once it answered what it has read. */
  close(): void {
    for (const pipeline of this.#open) pipeline.stop();
  }
}

class Pipeline {
  readonly #door: CallDoor;
  readonly #call: Call;
  readonly #inFlightMax: number;
  readonly #traceId: string;
  readonly #onOver: () => void;
  #inFlight = 0;
  /** The caller does not read its answers. */
  #choked = false;
  /** No further request is taken, and how the stream ends then. */
  #drains: 'half-closed' | 'stopped' | null = null;
  /** Cancelled, broken, or ended: nothing is started and nothing is written any more. */
  #over = false;

  constructor(door: CallDoor, call: Call, inFlightMax: number, onOver: () => void) {
    this.#onOver = onOver;
    this.#door = door;
    this.#call = call;
    this.#inFlightMax = inFlightMax;
    this.#traceId = beginCall(door, call).traceId;
    call.on('cancelled', () => this.#end());
    call.on('error', () => this.#end());
    call.on('data', (request: PipelineRequest | Unreadable) => this.#take(request));
    call.on('drain', () => {
      this.#choked = false;
      this.#goOn();
    });
    call.on('end', () => {
      this.#drains ??= 'half-closed';
      this.#goOn();
    });
  }

  /** Takes no further request, and ends once what was taken is answered. */
  stop(): void {
    this.#drains ??= 'stopped';
    this.#call.pause();
    this.#goOn();
  }

  #take(request: PipelineRequest | Unreadable): void {
    if (this.#over || this.#drains !== null) return;
    if (request instanceof Unreadable) {
      this.#call.emit('error', statusOf(request.problem));
      return;
    }
    const weight = LISTS.has(request.request?.$case) ? LIST_WEIGHT : 1;
    this.#inFlight += weight;
    if (this.#inFlight >= this.#inFlightMax) this.#call.pause();
    this.#answer(request).then((response) => {
      this.#inFlight -= weight;
      if (this.#over) return;
      if (!this.#call.write(response)) {
        this.#choked = true;
        this.#call.pause();
      }
      this.#goOn();
    });
  }

  /** Never rejects. */
  async #answer(request: PipelineRequest): Promise<PipelineResponse> {
    const { sequence } = request;
    const wanted = request.request;
    const terms = this.#termsOf(request);
    const answer =
      terms instanceof Problem ? terms : wanted === undefined ? MISSING : await this.#carryOut(wanted, terms);
    if (answer instanceof Problem) {
      return { sequence, response: { $case: 'error', value: callErrorOf(answer) } };
    }
    // The answer's field is named like the request's, and like the method that made it.
    const response = { $case: wanted!.$case, value: answer } as NonNullable<PipelineResponse['response']>;
    return { sequence, response };
  }

  #carryOut({ $case, value }: Request, terms: CallTerms): Promise<object | Problem> {
    const method = RESERVATION_METHODS[$case] as Method<unknown, object>;
    return carryOut(this.#door, $case, method, value, terms);
  }

  #termsOf({ timeout, traceparent }: PipelineRequest): CallTerms | Problem {
    const { random, logger } = this.#door;
    const traceId = traceparent === '' ? this.#traceId : traceIdOf(traceparent, random);
    const leftMs = timeoutMs(this.#door, this.#call);
    try {
      const ownMs = timeout === undefined ? leftMs : spanOf(timeout, 'timeout');
      return { traceId, timeoutMs: Math.min(leftMs, ownMs) };
    } catch (error) {
      return thrown(error, logger, traceId);
    }
  }

  /** Reads on, or ends, where it may. */
  #goOn(): void {
    if (this.#over) return;
    if (this.#drains !== null) {
      if (this.#inFlight > 0) return;
      this.#end();
      if (this.#drains === 'half-closed') this.#call.end();
      else this.#call.emit('error', statusOf(ENDING));
    } else if (!this.#choked && this.#inFlight < this.#inFlightMax && this.#call.isPaused()) {
      this.#call.resume();
    }
  }

  #end(): void {
    this.#over = true;
    this.#onOver();
  }
}
