/** A replica's transport with its gRPC server on loopback, as the tests of this folder need them. */
import { PeerServiceService } from '../../src/gen/malha/mesh/v1/peer.js';
import { type Logger, SILENT } from '../../src/observe/logger.js';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { Batch, Introduction } from '../../src/replica/frame.js';
import { GrpcServer } from '../../src/rpc/grpc-server.js';
import { GrpcTransport } from '../../src/transport/grpc-transport.js';
import type { PeerAddress } from '../../src/transport/peer-link.js';
import { LINK_TIMEOUTS, type LinkTimeouts } from '../../src/transport/timeouts.js';
import { eventually } from '../support/eventually.js';

export const CLUSTER = 'c0c0c0c0c0c0c0c0';
export const OTHER_CLUSTER = 'dededededededede';
export const A = replicaId('00000000000000aa');
export const B = replicaId('00000000000000bb');

export interface NodeOptions {
  readonly cluster?: string;
  readonly peers?: readonly PeerAddress[];
  readonly retryBaseMs?: number;
  readonly retryCapMs?: number;
  readonly linkBufferBytesMax?: number;
  readonly timeouts?: Partial<LinkTimeouts>;
  readonly logger?: Logger;
  /** It takes no batches before `begin` is called, as a node whose replica still reads its disk. */
  readonly starting?: boolean;
}

export class Node {
  /** What the transport is told it is; tests change it. */
  identity: Introduction;
  readonly transport: GrpcTransport;
  readonly received: Batch[] = [];
  #server: GrpcServer | null = null;

  constructor(
    readonly id: ReplicaId,
    company: string,
    options: NodeOptions = {},
  ) {
    const { cluster = CLUSTER, peers = [], linkBufferBytesMax, timeouts = {}, logger = SILENT } = options;
    this.identity = {
      ...{ replica: id, cluster, company, peerCompanies: [], founders: [] },
      ...{ members: [], membersIndex: 0, understands: 2 },
    };
    this.transport = new GrpcTransport({
      identity: () => this.identity,
      peers,
      logger,
      random: () => 0.5,
      retryBaseMs: options.retryBaseMs ?? 5,
      retryCapMs: options.retryCapMs ?? 50,
      timeouts: { ...LINK_TIMEOUTS, ...timeouts },
      ...(linkBufferBytesMax === undefined ? {} : { linkBufferBytesMax }),
    });
    if (options.starting !== true) this.begin();
  }

  /** From now on it takes batches. */
  begin(): void {
    this.transport.receive((batch) => this.received.push(batch));
  }

  get port(): number {
    if (this.#server === null) throw new Error('the node does not listen');
    return this.#server.port;
  }

  async listen(address = '127.0.0.1:0'): Promise<this> {
    const service = { definition: PeerServiceService, implementation: this.transport.service() };
    // A port that was just given back may serve somebody's outgoing connection for a moment.
    this.#server = await eventually(() =>
      GrpcServer.listen({ address, services: [service], logger: SILENT }),
    );
    return this;
  }

  batch(to: ReplicaId, n: number, bytes = 0): Batch {
    const command = new Uint8Array(bytes);
    const frames = bytes === 0 ? [] : [{ kind: 'proposal' as const, proposalId: n, notAfterMs: 0, command }];
    return { from: this.id, to, wallMs: n, ledgerMs: 0, medianMs: 0, commitIndex: 0, understands: 2, frames };
  }

  async stop(): Promise<void> {
    await this.transport.close();
    await this.#server?.close(1_000);
    this.#server = null;
  }
}

/** The peer entry of a node that listens. */
export function peerAt(company: string, port: number): PeerAddress {
  return { company, address: `127.0.0.1:${port}` };
}
