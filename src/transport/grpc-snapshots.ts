/**
 * The `SnapshotTransport` port over gRPC. Each stream and each question goes on a connection of its own, so that no
 * heartbeat queues behind them.
 */
import { headerToProto } from '../codec/snapshot-codec.js';
import type { PeerServiceServer } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { Identity } from '../replica/frame.js';
import type {
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPlace,
  SnapshotTaker,
  SnapshotTransport,
} from '../replica/ports.js';
import { OwnChannels, type OwnChannelsOptions } from './own-channels.js';
import { SnapshotAcceptor } from './snapshot-acceptor.js';
import { callInstallSnapshot } from './snapshot-call.js';
import { framesOf } from './snapshot-frames.js';

export interface GrpcSnapshotsOptions extends OwnChannelsOptions {
  readonly identity: () => Identity;
  readonly logger: Logger;
}

export class GrpcSnapshots implements SnapshotTransport {
  readonly #options: GrpcSnapshotsOptions;
  readonly #acceptor: SnapshotAcceptor;
  readonly #channels: OwnChannels;

  constructor(options: GrpcSnapshotsOptions) {
    this.#options = options;
    this.#channels = new OwnChannels(options);
    const { identity, logger, timeouts } = options;
    this.#acceptor = new SnapshotAcceptor({ identity, logger, stallMs: timeouts.snapshotStallMs });
  }

  async ask(header: SnapshotHeader, signal: AbortSignal): Promise<SnapshotPlace | null> {
    const { identity, logger, timeouts } = this.#options;
    const place = await this.#channels.on(header.to, async (channel) => {
      const asked = headerToProto({ cluster: identity().cluster, header });
      try {
        return await channel.resumeSnapshot(asked, { signal, timeoutMs: timeouts.snapshotStallMs });
      } catch (error) {
        logger.debug({ peer: header.to, err: error }, 'a peer did not say how much of a snapshot it has');
        return null;
      }
    });
    return place ?? null;
  }

  async send(
    header: SnapshotHeader,
    chunks: AsyncIterable<SnapshotChunk>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { identity, timeouts } = this.#options;
    const delivered = await this.#channels.on(header.to, (channel) => {
      const frames = framesOf({ cluster: identity().cluster, header }, chunks);
      return callInstallSnapshot(channel, frames, { signal, stallMs: timeouts.snapshotStallMs });
    });
    return delivered ?? false;
  }

  receive(taker: SnapshotTaker): void {
    this.#acceptor.receive(taker);
  }

  /** What the PeerService of this replica says to states that come. */
  service(): Pick<PeerServiceServer, 'installSnapshot' | 'resumeSnapshot'> {
    return {
      installSnapshot: (call, callback) => void this.#acceptor.accept(call, callback),
      resumeSnapshot: (call, callback) => void this.#acceptor.tell(call, callback),
    };
  }

  /** Ends all streams and questions, and lets no more in. */
  close(): void {
    this.#acceptor.close();
    this.#channels.close();
  }
}
