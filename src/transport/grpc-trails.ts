/**
 * The `TrailTransport` port over gRPC: unary questions, each on a connection of its own, so that no heartbeat queues behind
 * an answer.
 */
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import {
  trailFromProto,
  trailRequestFromProto,
  trailRequestToProto,
  trailToProto,
} from '../codec/trail-codec.js';
import type { PeerServiceServer, ReadTrailRequest, ReadTrailResponse } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Identity } from '../replica/frame.js';
import type { TrailPageRequest, TrailRecord, TrailTransport } from '../replica/ports.js';
import { OwnChannels, type OwnChannelsOptions } from './own-channels.js';

export interface GrpcTrailsOptions extends OwnChannelsOptions {
  readonly identity: () => Identity;
  readonly logger: Logger;
}

/** More records than any peer needs at once. */
const LIMIT_MAX = 10_000;

export class GrpcTrails implements TrailTransport {
  readonly #options: GrpcTrailsOptions;
  readonly #channels: OwnChannels;
  #answer: ((request: TrailPageRequest) => Promise<readonly TrailRecord[]>) | null = null;

  constructor(options: GrpcTrailsOptions) {
    this.#options = options;
    this.#channels = new OwnChannels(options);
  }

  async ask(
    peer: ReplicaId,
    request: TrailPageRequest,
    signal: AbortSignal,
  ): Promise<readonly TrailRecord[] | null> {
    const { identity, logger, timeouts } = this.#options;
    const { cluster, replica } = identity();
    const records = await this.#channels.on(peer, async (channel) => {
      const asked = trailRequestToProto({ cluster, from: replica, to: peer, request });
      try {
        return trailFromProto(
          await channel.readTrail(asked, { signal, timeoutMs: timeouts.snapshotStallMs }),
        );
      } catch (error) {
        logger.debug({ peer, err: error }, 'a peer sent no records of the audit trail');
        return null;
      }
    });
    return records ?? null;
  }

  serve(answer: (request: TrailPageRequest) => Promise<readonly TrailRecord[]>): void {
    this.#answer = answer;
  }

  /** What the PeerService of this replica says to peers that lack records. */
  service(): Pick<PeerServiceServer, 'readTrail'> {
    return { readTrail: (call, callback) => void this.#tell(call, callback) };
  }

  /** Ends all questions, and answers none any more. */
  close(): void {
    this.#answer = null;
    this.#channels.close();
  }

  async #tell(
    { request }: ServerUnaryCall<ReadTrailRequest, ReadTrailResponse>,
    answer: sendUnaryData<ReadTrailResponse>,
  ): Promise<void> {
    const records = this.#answer;
    if (records === null) {
      answer({ code: status.UNAVAILABLE, details: 'this replica has no audit trail to read now' });
      return;
    }
    try {
      const { cluster, from, to, request: page } = trailRequestFromProto(request);
      const self = this.#options.identity();
      if (cluster === '' || cluster !== self.cluster || to !== self.replica) {
        throw new Error(`for ${to} of mesh ${cluster}, this replica is ${self.replica} of ${self.cluster}`);
      }
      if (page.limit < 1 || page.limit > LIMIT_MAX) throw new Error(`${page.limit} records at once`);
      const sent = await records(page);
      this.#options.logger.debug(
        { from, records: sent.length },
        'a peer asked for records of the audit trail',
      );
      answer(null, trailToProto(sent));
    } catch (error) {
      answer({ code: status.ABORTED, details: error instanceof Error ? error.message : String(error) });
    }
  }
}
