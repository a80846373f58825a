/**
 * The `Transport` port over gRPC: one link to each peer for what leaves, one acceptor for what arrives, and
 * Identify, by which replicas learn about each other before they belong to a mesh.
 *
 * 1. No batch leaves or is taken before this replica belongs to a mesh.
 * 2. `send` never blocks and holds at most `linkBufferBytesMax` a link.
 */
import { status } from '@grpc/grpc-js';
import { encodeBatch, identityFromProto, identityToProto } from '../codec/peer-codec.js';
import type { PeerServiceServer } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import type { Batch, Identity } from '../replica/frame.js';
import type {
  SnapshotHandler,
  SnapshotHeader,
  SnapshotTransport,
  StateRow,
  Transport,
} from '../replica/ports.js';
import { Backoff } from './backoff.js';
import { ExchangeAcceptor } from './exchange-acceptor.js';
import { PeerChannel } from './peer-channel.js';
import { type LinkStatus, type PeerAddress, PeerLink } from './peer-link.js';
import { SnapshotAcceptor } from './snapshot-acceptor.js';
import { callInstallSnapshot } from './snapshot-call.js';
import { framesOf } from './snapshot-frames.js';
import { LINK_TIMEOUTS, type LinkTimeouts } from './timeouts.js';

export interface GrpcTransportOptions {
  /** Who this replica is, as of now: it is asked at every use. */
  readonly identity: () => Identity;
  /** The other companies; each at most once. */
  readonly peers: readonly PeerAddress[];
  readonly logger: Logger;
  /** Bytes that a link may hold until its peer acknowledged them; one larger batch passes when it holds none. */
  readonly linkBufferBytesMax?: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waiting time before a link is tried again: the first one, and the longest. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly timeouts?: LinkTimeouts;
}

const LINK_BUFFER_BYTES_MAX = 8 * 1024 * 1024;

export class GrpcTransport implements Transport {
  readonly #identity: () => Identity;
  readonly #timeouts: LinkTimeouts;
  readonly #links: ReadonlyMap<string, PeerLink>;
  readonly #acceptor: ExchangeAcceptor;
  readonly #snapshotAcceptor: SnapshotAcceptor;
  readonly #snapshotChannels = new Set<PeerChannel>();
  /** States to and from peers, each on a connection of its own, so that no heartbeat queues behind them. */
  readonly snapshots: SnapshotTransport = {
    send: (header, pages, signal) => this.#sendSnapshot(header, pages, signal),
    receive: (handler: SnapshotHandler) => this.#snapshotAcceptor.receive(handler),
  };

  /** Throws an Error when a company is named twice. */
  constructor(options: GrpcTransportOptions) {
    this.#identity = options.identity;
    this.#timeouts = options.timeouts ?? LINK_TIMEOUTS;
    this.#acceptor = new ExchangeAcceptor(options);
    this.#snapshotAcceptor = new SnapshotAcceptor(options);
    this.#links = new Map(
      options.peers.map((peer) => [peer.company, makeLink(peer, options, this.#timeouts)]),
    );
    if (this.#links.size < options.peers.length) throw new Error('a company is named twice among the peers');
  }

  /** Starts to dial all peers. */
  start(): void {
    for (const link of this.#links.values()) link.start();
  }

  /** See Transport. Throws when the batch cannot be encoded, which is a bug of the caller. */
  send(batch: Batch): boolean {
    const { cluster } = this.#identity();
    for (const link of this.#links.values()) {
      if (link.reaches === batch.to) return link.send(() => encodeBatch({ cluster, batch }));
    }
    return false;
  }

  receive(handler: (batch: Batch) => void): void {
    this.#acceptor.receive(handler);
  }

  /** Asks the node of a company who it is. Rejects with a Failure UNAVAILABLE when it does not say in time. */
  async identify(company: string, timeoutMs: number): Promise<Identity> {
    const link = this.#links.get(company);
    if (link === undefined) throw new Failure('UNAVAILABLE', `no address is known for ${company}`);
    const channel = new PeerChannel(link.peer.address, this.#timeouts);
    try {
      return await channel.identify(this.#identity(), timeoutMs);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new Failure('UNAVAILABLE', `${company} at ${link.peer.address} did not say who it is: ${cause}`);
    } finally {
      channel.close();
    }
  }

  /** Tells that `identity()` says something new, so that waiting links try at once. */
  identityChanged(): void {
    for (const link of this.#links.values()) link.wake();
  }

  links(): readonly LinkStatus[] {
    return [...this.#links.values()].map((link) => link.status());
  }

  /** The PeerService of this replica, for its gRPC server. */
  service(): PeerServiceServer {
    return {
      identify: (call, callback) => {
        try {
          const { asker } = call.request;
          if (asker !== undefined) this.#heard(identityFromProto(asker));
          callback(null, { identity: identityToProto(this.#identity()) });
        } catch (error) {
          callback({ code: status.INVALID_ARGUMENT, details: (error as Error).message });
        }
      },
      exchange: (call) => this.#acceptor.accept(call),
      installSnapshot: (call, callback) => void this.#snapshotAcceptor.accept(call, callback),
    };
  }

  /** Ends all links and streams; nothing is sent or taken after it. */
  async close(): Promise<void> {
    this.#acceptor.close();
    this.#snapshotAcceptor.close();
    for (const channel of this.#snapshotChannels) channel.close();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  async #sendSnapshot(
    header: SnapshotHeader,
    pages: AsyncIterable<readonly StateRow[]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const link = [...this.#links.values()].find(({ reaches }) => reaches === header.to);
    if (link === undefined) return false;
    const channel = new PeerChannel(link.peer.address, this.#timeouts);
    this.#snapshotChannels.add(channel);
    try {
      const frames = framesOf({ cluster: this.#identity().cluster, header }, pages);
      const stallMs = this.#timeouts.snapshotStallMs;
      return await callInstallSnapshot(channel, frames, { signal, stallMs });
    } finally {
      this.#snapshotChannels.delete(channel);
      channel.close();
    }
  }

  #heard(asker: Identity): void {
    this.#links.get(asker.company)?.heard(asker);
  }
}

function makeLink(peer: PeerAddress, options: GrpcTransportOptions, timeouts: LinkTimeouts): PeerLink {
  const { identity, logger, random } = options;
  return new PeerLink({
    peer,
    identity,
    logger,
    timeouts,
    bufferBytesMax: options.linkBufferBytesMax ?? LINK_BUFFER_BYTES_MAX,
    backoff: new Backoff({ baseMs: options.retryBaseMs, capMs: options.retryCapMs, random }),
  });
}
