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
import type { ReplicaId } from '../raft/entry.js';
import { Failure } from '../replica/failure.js';
import type { Batch, Introduction, Member } from '../replica/frame.js';
import type { SnapshotTransport, TrailTransport, Transport } from '../replica/ports.js';
import { Backoff } from './backoff.js';
import { ExchangeAcceptor } from './exchange-acceptor.js';
import { GrpcSnapshots } from './grpc-snapshots.js';
import { GrpcTrails } from './grpc-trails.js';
import { LinkTable } from './link-table.js';
import { PeerChannel } from './peer-channel.js';
import { type LinkStatus, type PeerAddress, PeerLink } from './peer-link.js';
import { LINK_TIMEOUTS, type LinkTimeouts } from './timeouts.js';

export interface GrpcTransportOptions {
  /** Who this replica is, as of now: it is asked at every use. */
  readonly identity: () => Introduction;
  /** Told who asked this replica who it is, and what that one knows of the members. */
  readonly introduced?: (peer: Introduction) => void;
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
  readonly #identity: () => Introduction;
  readonly #introduced: (peer: Introduction) => void;
  readonly #timeouts: LinkTimeouts;
  readonly #links: LinkTable;
  readonly #acceptor: ExchangeAcceptor;
  #onGone: (peer: ReplicaId) => void = () => {};
  readonly #snapshots: GrpcSnapshots;
  readonly #trails: GrpcTrails;

  /** Throws an Error when a company is named twice. */
  constructor(options: GrpcTransportOptions) {
    this.#identity = options.identity;
    this.#introduced = options.introduced ?? (() => {});
    this.#timeouts = options.timeouts ?? LINK_TIMEOUTS;
    this.#acceptor = new ExchangeAcceptor({
      ...options,
      onSender: (sender) => this.#links.spoke(sender),
    });
    const { identity, logger } = options;
    const addressOf = (replica: ReplicaId): string | undefined => this.addressOf(replica);
    const beside = { identity, logger, timeouts: this.#timeouts, addressOf };
    this.#snapshots = new GrpcSnapshots(beside);
    this.#trails = new GrpcTrails(beside);
    this.#links = new LinkTable({
      self: () => this.#identity().replica,
      peers: options.peers,
      makeLink: (peer) => makeLink(peer, options, this.#timeouts, (id) => this.#onGone(id)),
      lingerMs: this.#timeouts.lingerMs,
    });
  }

  /** States to and from peers. */
  get snapshots(): SnapshotTransport {
    return this.#snapshots;
  }

  /** Records of the audit trail to and from peers. */
  get trails(): TrailTransport {
    return this.#trails;
  }

  /** Starts to dial all peers. */
  start(): void {
    this.#links.start();
  }

  /** See Transport. Throws when the batch cannot be encoded, which is a bug of the caller. */
  send(batch: Batch): boolean {
    const { cluster } = this.#identity();
    return this.#links.to(batch.to)?.send(() => encodeBatch({ cluster, batch })) ?? false;
  }

  receive(handler: (batch: Batch) => void): void {
    this.#acceptor.receive(handler);
  }

  onGone(handler: (peer: ReplicaId) => void): void {
    this.#onGone = handler;
  }

  /** Asks the node of a company who it is. Rejects with a Failure UNAVAILABLE when it does not say in time. */
  async identify(company: string, timeoutMs: number): Promise<Introduction> {
    const address = this.#links.addressOf(company);
    if (address === undefined) throw new Failure('UNAVAILABLE', `no address is known for ${company}`);
    return this.identifyAt({ company, address }, timeoutMs);
  }

  /** The same of whoever listens at an address, which is said to be of a company. */
  async identifyAt({ company, address }: PeerAddress, timeoutMs: number): Promise<Introduction> {
    const channel = new PeerChannel(address, this.#timeouts);
    try {
      return await channel.identify(this.#identity(), timeoutMs);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new Failure('UNAVAILABLE', `${company} at ${address} did not say who it is: ${cause}`);
    } finally {
      channel.close();
    }
  }

  /** host:port of a replica that a link reaches now; undefined for any other. */
  addressOf(replica: ReplicaId): string | undefined {
    return this.#links.to(replica)?.peer.address;
  }

  /** Tells that `identity()` says something new, so that waiting links try at once. */
  identityChanged(): void {
    for (const link of this.#links.all()) link.wake();
  }

  /** Tells who is a member now: links to those that the settings do not name come and go. */
  membersChanged(members: readonly Member[]): void {
    this.#links.follow(members);
  }

  links(): readonly LinkStatus[] {
    return this.#links.all().map((link) => link.status());
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
      ...this.#snapshots.service(),
      ...this.#trails.service(),
    };
  }

  #heard(asker: Introduction): void {
    this.#links.heard(asker);
    this.#introduced(asker);
  }

  /** Ends all links and streams; nothing is sent or taken after it. */
  async close(): Promise<void> {
    this.#acceptor.close();
    this.#snapshots.close();
    this.#trails.close();
    await this.#links.close();
  }
}

function makeLink(
  peer: PeerAddress,
  options: GrpcTransportOptions,
  timeouts: LinkTimeouts,
  onGone: (peer: ReplicaId) => void,
): PeerLink {
  const { identity, logger, random } = options;
  return new PeerLink({
    peer,
    identity,
    logger,
    timeouts,
    onGone,
    bufferBytesMax: options.linkBufferBytesMax ?? LINK_BUFFER_BYTES_MAX,
    backoff: new Backoff({ baseMs: options.retryBaseMs, capMs: options.retryCapMs, random }),
  });
}
