/**
 * The `SnapshotTransport` port over gRPC. Each stream and each question goes on a connection of its own, so that no
 * heartbeat queues behind them.
 */
import { headerToProto } from '../codec/snapshot-codec.js';
import type { PeerServiceServer } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Identity } from '../replica/frame.js';
import type {
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPlace,
  SnapshotTaker,
  SnapshotTransport,
} from '../replica/ports.js';
import { PeerChannel } from './peer-channel.js';
import { SnapshotAcceptor } from './snapshot-acceptor.js';
import { callInstallSnapshot } from './snapshot-call.js';
import { framesOf } from './snapshot-frames.js';
import type { LinkTimeouts } from './timeouts.js';

export interface GrpcSnapshotsOptions {
  readonly identity: () => Identity;
  /** host:port of a replica that is reached now; undefined for any other. */
  readonly addressOf: (replica: ReplicaId) => string | undefined;
  readonly logger: Logger;
  readonly timeouts: LinkTimeouts;
}

export class GrpcSnapshots implements SnapshotTransport {
  readonly #options: GrpcSnapshotsOptions;
  readonly #acceptor: SnapshotAcceptor;
  readonly #channels = new Set<PeerChannel>();

  constructor(options: GrpcSnapshotsOptions) {
    this.#options = options;
    const { identity, logger, timeouts } = options;
    this.#acceptor = new SnapshotAcceptor({ identity, logger, stallMs: timeouts.snapshotStallMs });
  }

  async ask(header: SnapshotHeader, signal: AbortSignal): Promise<SnapshotPlace | null> {
    const { identity, logger, timeouts } = this.#options;
    const place = await this.#on(header.to, async (channel) => {
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
    const delivered = await this.#on(header.to, (channel) => {
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
    for (const channel of this.#channels) channel.close();
  }

  /** Runs `use` on a connection of its own; undefined when the replica is not reached. */
  async #on<T>(replica: ReplicaId, use: (channel: PeerChannel) => Promise<T>): Promise<T | undefined> {
    const address = this.#options.addressOf(replica);
    if (address === undefined) return undefined;
    const channel = new PeerChannel(address, this.#options.timeouts);
    this.#channels.add(channel);
    try {
      return await use(channel);
    } finally {
      this.#channels.delete(channel);
      channel.close();
    }
  }
}
