/**
 * The accepting end of Exchange streams: checks whom each batch is from, for and of which mesh, hands it on,
 * and acknowledges.
 *
 * 1. Nothing of a batch that fails a check is handed on, and its stream ends with it.
 * 2. One sender has one stream: a newer one ends the older, whose late batches would arrive out of order.
 * 3. A throw of the handler is a bug and is not caught: it ends the process.
 */
import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { batchFromProto } from '../codec/peer-codec.js';
import { toUint64 } from '../codec/uint64.js';
import type { ExchangeRequest, ExchangeResponse } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Batch, Identity } from '../replica/frame.js';

export type ExchangeCall = ServerDuplexStream<ExchangeRequest, ExchangeResponse>;

export interface ExchangeAcceptorOptions {
  readonly identity: () => Identity;
  readonly logger: Logger;
  /** Told of a replica that began a stream and sent a batch: it runs, and takes batches too. */
  readonly onSender?: (sender: ReplicaId) => void;
}

export class ExchangeAcceptor {
  readonly #identity: () => Identity;
  readonly #onSender: (sender: ReplicaId) => void;
  readonly #logger: Logger;
  readonly #streams = new Set<AcceptedStream>();
  readonly #bySender = new Map<ReplicaId, AcceptedStream>();
  #handler: ((batch: Batch) => void) | null = null;
  #closed = false;

  constructor({ identity, logger, onSender = () => {} }: ExchangeAcceptorOptions) {
    this.#identity = identity;
    this.#onSender = onSender;
    this.#logger = logger;
  }

  /** Sets who takes what arrives; until then no stream is let in. */
  receive(handler: (batch: Batch) => void): void {
    this.#handler = handler;
  }

  /** Takes over a stream that a peer opened. */
  accept(call: ExchangeCall): void {
    const stream = new AcceptedStream(call, {
      take: (request) => this.#take(stream, request),
      ended: () => this.#forget(stream),
    });
    this.#streams.add(stream);
    if (this.#closed || this.#handler === null) {
      stream.end({ code: status.UNAVAILABLE, details: 'this replica takes no batches now' });
    } else if (this.#identity().cluster === '') {
      stream.end({ code: status.FAILED_PRECONDITION, details: 'this replica belongs to no mesh yet' });
    } else {
      stream.letIn();
    }
  }

  /** Ends all streams and lets no more in. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) {
      stream.end({ code: status.UNAVAILABLE, details: 'this replica is shutting down' });
    }
  }

  #take(stream: AcceptedStream, request: ExchangeRequest): void {
    let addressed: ReturnType<typeof batchFromProto>;
    try {
      addressed = batchFromProto(request);
    } catch (error) {
      this.#refuse(stream, { code: status.INVALID_ARGUMENT, details: (error as Error).message });
      return;
    }
    const { cluster, batch } = addressed;
    const fault = this.#faultOf(stream, cluster, batch);
    if (fault !== null) {
      this.#refuse(stream, { code: status.FAILED_PRECONDITION, details: fault });
      return;
    }
    if (stream.sender === null) this.#admit(stream, batch.from);
    stream.acknowledge();
    this.#handler?.(batch);
  }

  #faultOf(stream: AcceptedStream, cluster: string, batch: Batch): string | null {
    const self = this.#identity();
    if (cluster !== self.cluster)
      return `the batch is of cluster ${cluster}, this replica of ${self.cluster}`;
    if (batch.to !== self.replica) return `the batch is for ${batch.to}, this replica is ${self.replica}`;
    if (batch.from === self.replica) return `the batch claims to be from its recipient ${self.replica}`;
    if (stream.sender !== null && batch.from !== stream.sender) {
      return `the batch is from ${batch.from}, earlier ones of its stream from ${stream.sender}`;
    }
    return null;
  }

  #admit(stream: AcceptedStream, sender: ReplicaId): void {
    stream.sender = sender;
    this.#bySender
      .get(sender)
      ?.end({ code: status.ABORTED, details: `a newer stream of ${sender} took over` });
    this.#bySender.set(sender, stream);
    this.#onSender(sender);
  }

  #refuse(stream: AcceptedStream, cause: Refusal): void {
    this.#logger.warn(
      { peer: stream.peer, sender: stream.sender, cause: cause.details },
      'peer stream refused',
    );
    stream.end(cause);
  }

  #forget(stream: AcceptedStream): void {
    this.#streams.delete(stream);
    if (stream.sender !== null && this.#bySender.get(stream.sender) === stream) {
      this.#bySender.delete(stream.sender);
    }
  }
}

interface Refusal {
  readonly code: status;
  readonly details: string;
}

interface AcceptedStreamEvents {
  readonly take: (request: ExchangeRequest) => void;
  readonly ended: () => void;
}

/** So many batches are acknowledged together, or fewer after a while: each acknowledgement costs as much as a batch. */
const ACKNOWLEDGE_BATCHES = 16;
const ACKNOWLEDGE_WITHIN_MS = 500;

/** One stream: delivers until it ended, and acknowledges in groups. */
class AcceptedStream {
  /** Whom its batches are from; null before the first one. */
  sender: ReplicaId | null = null;
  readonly peer: string;
  readonly #call: ExchangeCall;
  readonly #events: AcceptedStreamEvents;
  #taken = 0;
  #acknowledged = 0;
  #writing = false;
  #timer: NodeJS.Timeout | null = null;
  #done = false;

  constructor(call: ExchangeCall, events: AcceptedStreamEvents) {
    this.#call = call;
    this.#events = events;
    this.peer = call.getPeer();
    call.on('data', (request: ExchangeRequest) => {
      if (!this.#done) this.#events.take(request);
    });
    call.on('end', () => this.#finish(() => call.end()));
    // Our own flag, for `cancelled` of the call turns true only for some of the ways to end.
    for (const event of ['error', 'cancelled', 'close']) call.on(event, () => this.#finish(() => {}));
  }

  /** Sends the response headers, by which the dialler knows that it may send. */
  letIn(): void {
    this.#call.sendMetadata(new Metadata());
  }

  /** Counts a batch as taken and says so soon. */
  acknowledge(): void {
    this.#taken += 1;
    if (!this.#writing) this.#acknowledgeSoon();
  }

  /** Ends the stream with a status; nothing is delivered after it. */
  end(cause: Refusal): void {
    // grpc-js takes the status of a stream from its 'error' event.
    this.#finish(() => this.#call.emit('error', { code: cause.code, details: cause.details }));
  }

  /** One acknowledgement is on its way at a time: a dialler that reads none is not buried in them. */
  #writeAcknowledgement(): void {
    this.#stopTimer();
    if (this.#done || this.#acknowledged === this.#taken) return;
    this.#acknowledged = this.#taken;
    this.#writing = true;
    this.#call.write({ batches: toUint64(this.#taken) }, () => {
      this.#writing = false;
      if (this.#taken > this.#acknowledged) this.#acknowledgeSoon();
    });
  }

  #acknowledgeSoon(): void {
    if (this.#taken - this.#acknowledged >= ACKNOWLEDGE_BATCHES) this.#writeAcknowledgement();
    else this.#timer ??= setTimeout(() => this.#writeAcknowledgement(), ACKNOWLEDGE_WITHIN_MS).unref();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #finish(last: () => void): void {
    if (this.#done) return;
    this.#done = true;
    this.#stopTimer();
    last();
    this.#events.ended();
  }
}
