/**
 * One connection to a peer's gRPC server, made for one try and thrown away with it.
 *
 * 1. `close` frees the socket at once, in whatever state it is. grpc-js does not: closing a channel that still
 *    connects leaves its socket open for as long as the other side says nothing, so a paused peer would
 *    cost a file descriptor at every try.
 * 2. grpc-js's own reconnecting, back-off and retries never run: the link decides when to try again.
 */
import {
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { identityFromProto, identityToProto } from '../codec/peer-codec.js';
import { placeFromProto } from '../codec/snapshot-codec.js';
import {
  type ExchangeResponse,
  type IdentifyResponse,
  type InstallSnapshotRequest,
  PeerServiceClient,
  type ReadTrailRequest,
  type ReadTrailResponse,
  type ResumeSnapshotResponse,
  type SnapshotHeader,
} from '../gen/malha/mesh/v1/peer.js';
import type { Introduction } from '../replica/frame.js';
import type { SnapshotPlace } from '../replica/ports.js';
import { OwnedSockets } from './owned-sockets.js';
import { BATCH_BYTES_MAX, type LinkTimeouts } from './timeouts.js';

/** Until when a question waits for its answer. */
export interface QuestionTerms {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export class PeerChannel {
  readonly #sockets: OwnedSockets;
  readonly #client: PeerServiceClient;
  #brokenOff = false;

  /** `address` is host:port. Nothing is dialled before the first call. */
  constructor(address: string, timeouts: LinkTimeouts) {
    this.#sockets = new OwnedSockets(credentials.createInsecure(), () => this.#onBrokenOff());
    this.#client = new PeerServiceClient(address, this.#sockets, channelOptions(timeouts));
  }

  /**
   * Whether the other side ended the connection without announcing it (GOAWAY), as the kernel does for a process that
   * died. What ends it on this side, a keepalive without answer included, is something else, though grpc-js reports
   * the same status for all of them.
   */
  get brokenOff(): boolean {
    return this.#brokenOff;
  }

  /** Connects and asks who is there. Rejects with a ServiceError, or with a plain Error for a senseless answer. */
  async identify(self: Introduction, timeoutMs: number): Promise<Introduction> {
    const response = await new Promise<IdentifyResponse>((resolve, reject) => {
      this.#client.identify(
        { asker: identityToProto(self) },
        new Metadata(),
        { deadline: Date.now() + timeoutMs },
        (error: ServiceError | null, answer: IdentifyResponse) => (error ? reject(error) : resolve(answer)),
      );
    });
    if (response.identity === undefined) throw new Error('the peer did not say who it is');
    return identityFromProto(response.identity);
  }

  /** Opens the stream that takes encoded ExchangeRequests. The caller must listen to its 'error' event. */
  exchange(): ClientDuplexStream<Buffer, ExchangeResponse> {
    // By hand, for batches are encoded once, by whoever needs to know their size.
    const { path, responseDeserialize } = PeerServiceClient.service.exchange;
    return this.#client.makeBidiStreamRequest(path, (batch: Buffer) => batch, responseDeserialize);
  }

  /** Opens the stream that takes a state. The caller must listen to its 'error' event. */
  installSnapshot(
    answered: (error: ServiceError | null) => void,
  ): ClientWritableStream<InstallSnapshotRequest> {
    return this.#client.installSnapshot((error: ServiceError | null) => answered(error));
  }

  /**
   * Asks up to where a state is put down there. Rejects with a ServiceError, also when `signal` aborts, or with a plain
   * Error for a senseless answer.
   */
  async resumeSnapshot(header: SnapshotHeader, terms: QuestionTerms): Promise<SnapshotPlace> {
    const response = await this.#ask<ResumeSnapshotResponse>(terms, (metadata, options, answered) =>
      this.#client.resumeSnapshot({ header }, metadata, options, answered),
    );
    if (response.place === undefined) throw new Error('the peer named no place');
    return placeFromProto(response.place);
  }

  /** Asks for records of the audit trail there. Rejects with a ServiceError, also when `signal` aborts. */
  readTrail(request: ReadTrailRequest, terms: QuestionTerms): Promise<ReadTrailResponse> {
    return this.#ask(terms, (metadata, options, answered) =>
      this.#client.readTrail(request, metadata, options, answered),
    );
  }

  /** Ends every call on it and frees the socket. */
  close(): void {
    this.#client.close();
    this.#sockets.destroy();
  }

  /** One question, with a deadline and a signal that ends it. */
  #ask<Response>(
    { signal, timeoutMs }: QuestionTerms,
    begin: (
      metadata: Metadata,
      options: { readonly deadline: number },
      answered: (error: ServiceError | null, response: Response) => void,
    ) => ClientUnaryCall,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + timeoutMs;
      const call = begin(new Metadata(), { deadline }, (error, response) => {
        signal.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(response);
      });
      const cancel = (): void => call.cancel();
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
    });
  }

  #onBrokenOff(): void {
    // A connection that was to end (GOAWAY) is not ready any more, though calls on it may go on.
    const { READY } = connectivityState;
    if (this.#client.getChannel().getConnectivityState(false) === READY) this.#brokenOff = true;
  }
}

function channelOptions(timeouts: LinkTimeouts): ChannelOptions {
  return {
    // Else a new channel would share the old one's connection, the very thing that was given up.
    'grpc.use_local_subchannel_pool': 1,
    // Peers are named by address: a proxy of the environment is not meant for them.
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    // grpc-js keeps what it sends for a retry that never comes, and until this is full reports it as written:
    // at 0 `write` tells the truth about a slow peer.
    'grpc.per_rpc_retry_buffer_size': 0,
    'grpc.max_receive_message_length': BATCH_BYTES_MAX,
    'grpc.keepalive_time_ms': timeouts.keepaliveMs,
    'grpc.keepalive_timeout_ms': timeouts.keepaliveAnswerMs,
    'grpc.keepalive_permit_without_calls': 1,
  };
}
