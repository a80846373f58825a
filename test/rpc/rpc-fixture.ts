/**
 * The real gRPC server with the services for callers, over a mesh of one that holds the packaged data set, and a client
 * that knows no more of them than their definitions.
 */
import {
  type CallOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import type { RpcStatus } from '../../src/codec/rpc-status.js';
import { decodeRpcStatus } from '../../src/codec/rpc-status-decoder.js';
import { durationOf, timestampOf } from '../../src/codec/time-messages.js';
import type { WantedStop } from '../../src/gen/malha/mesh/v1/stop.js';
import type { Submission, SubmitOptions } from '../../src/replica/mesh.js';
import { type ClientServicesOptions, clientServices } from '../../src/rpc/client-services.js';
import { GrpcServer } from '../../src/rpc/grpc-server.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { type LoneLedger, SingleMesh } from '../support/single-mesh.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const REQUEST_TIMEOUT_MS = 5_000;

/** A mesh whose answers can be held back: what was asked is decided in the order in which it is let go. */
export class HeldMesh extends SingleMesh {
  held = false;
  readonly waiting: {
    readonly submission: Submission;
    readonly options: SubmitOptions;
    readonly go: () => void;
  }[] = [];
  waitingMost = 0;

  override async submit(submission: Submission, options: SubmitOptions): ReturnType<SingleMesh['submit']> {
    if (this.held) {
      await new Promise<void>((go) => {
        this.waiting.push({ submission, options, go });
        this.waitingMost = Math.max(this.waitingMost, this.waiting.length);
      });
    }
    return super.submit(submission, options);
  }

  /** Decides the first `count` of what waits. */
  letGo(count = this.waiting.length): void {
    for (const { go } of this.waiting.splice(0, count)) go();
  }
}

/** How a method stands in a generated definition. */
export interface Defined<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly requestDeserialize: (value: Buffer) => Request;
  readonly responseSerialize: (value: Response) => Buffer;
  readonly responseDeserialize: (value: Buffer) => Response;
}

/** A call that was not carried out. */
export class CallRefused extends Error {
  constructor(
    readonly code: number,
    message: string,
    /** Its details; null where there are none. */
    readonly status: RpcStatus | null,
  ) {
    super(message);
  }
}

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

interface CallTerms {
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly onMetadata?: (metadata: Metadata) => void;
}

/** A client of one node. */
export class Caller {
  readonly client: Client;

  /** `address`: host:port. */
  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Calls with what of the request is given, the rest being unset. Rejects with a CallRefused. */
  call<Request, Response>(
    method: Defined<Request, Response>,
    request: Partial<Request> | Buffer,
    { timeoutMs, metadata = {}, onMetadata }: CallTerms = {},
  ): Promise<Response> {
    const options: CallOptions = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        method.path,
        (bytes: Buffer) => bytes,
        method.responseDeserialize,
        Buffer.isBuffer(request) ? request : method.requestSerialize(whole(method, request)),
        metadataOf(metadata),
        options,
        (error, response) => {
          if (error === null) resolve(response!);
          else reject(refusedWith(error));
        },
      );
      if (onMetadata !== undefined) call.on('metadata', onMetadata);
    });
  }

  /** Why a call is not carried out. Throws when it is. */
  async refused<Request, Response>(
    method: Defined<Request, Response>,
    request: Partial<Request> | Buffer,
    terms?: CallTerms,
  ): Promise<CallRefused> {
    const answer = await this.call(method, request, terms).catch((error: unknown) => error);
    if (answer instanceof CallRefused) return answer;
    throw new Error(`not refused: ${Object.keys(answer as object).join(', ')}`);
  }
}

/** A node's server, and a caller of it. */
export class Rpc extends Caller {
  private constructor(
    readonly server: GrpcServer,
    readonly mesh: HeldMesh,
    readonly log: readonly LogLine[],
  ) {
    super(server.address);
  }

  /** A node of `company` on a ledger of its own, or on `lone`. */
  static async open(
    options: Partial<ClientServicesOptions> & { readonly lone?: LoneLedger } = {},
  ): Promise<Rpc> {
    const { lone = await raisedBahia(), company = 'empresa_a', ...rest } = options;
    const mesh = new HeldMesh(lone, company);
    const log: LogLine[] = [];
    const logAs = (level: string) => (fields: object, message: string) => {
      log.push({ level, fields: { ...fields }, message });
    };
    const logger = {
      ...{ debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    };
    const services = clientServices({
      ...{ mesh, company, logger, requestTimeoutMs: REQUEST_TIMEOUT_MS, legacyWindowMinutes: 240 },
      random: (count) => new Uint8Array(count).fill(0xab),
      reflection: true,
      ...rest,
    });
    const server = await GrpcServer.listen({ address: '127.0.0.1:0', services, logger });
    return new Rpc(server, mesh, log);
  }

  get lone(): LoneLedger {
    return this.mesh.lone;
  }

  async close(): Promise<void> {
    this.mesh.held = false;
    this.mesh.letGo();
    this.client.close();
    await this.server.close(0);
  }
}

/** The packaged data set in a ledger of the newest version. */
export async function raisedBahia(): Promise<LoneLedger> {
  const lone = await bahiaLedger();
  lone.raise();
  return lone;
}

/** The request with what is not given unset. */
export function whole<Request>(
  { requestDeserialize }: Pick<Defined<Request, unknown>, 'requestDeserialize'>,
  given: Partial<Request>,
): Request {
  return { ...requestDeserialize(Buffer.alloc(0)), ...given };
}

/** A stop at a point, from `fromMs` after the beginning of the ledger's day for `lengthMs`. */
export function wanted(pointId: string, startMs: number, lengthMs = HOUR_MS): WantedStop {
  return {
    where: { $case: 'pointId', value: pointId },
    company: '',
    start: timestampOf(startMs),
    until: { $case: 'end', value: timestampOf(startMs + lengthMs) },
  };
}

/** The same, in words of a length. */
export function wantedFor(pointId: string, lengthMs: number, startMs?: number): WantedStop {
  return {
    ...wanted(pointId, startMs ?? 1),
    ...(startMs === undefined ? { start: undefined } : {}),
    until: { $case: 'duration', value: durationOf(lengthMs) },
  };
}

export function metadataOf(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  return metadata;
}

export function refusedWith({ code, details, metadata }: ServiceError | StatusObject): CallRefused {
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  return new CallRefused(code, details, Buffer.isBuffer(bytes) ? decodeRpcStatus(bytes) : null);
}
