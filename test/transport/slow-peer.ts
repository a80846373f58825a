/** A peer that does the least the protocol asks for: says who it is, and reads and acknowledges only when told. */
import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { identityToProto } from '../../src/codec/peer-codec.js';
import { fromUint64 } from '../../src/codec/uint64.js';
import {
  type ExchangeRequest,
  type ExchangeResponse,
  type PeerServiceServer,
  PeerServiceService,
} from '../../src/gen/malha/mesh/v1/peer.js';
import type { ReplicaId } from '../../src/raft/entry.js';

type Call = ServerDuplexStream<ExchangeRequest, ExchangeResponse>;

export class SlowPeer {
  /** The `wallMs` of every batch that was read, in order. */
  readonly received: number[] = [];
  /** Streams that were opened so far. */
  streams = 0;
  port = 0;
  /** What it does with a snapshot: nothing, so that its sender waits. */
  installSnapshot: PeerServiceServer['installSnapshot'] = () => {};
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1 });
  #newest: Call | null = null;

  static async listen(
    id: ReplicaId,
    company: string,
    cluster: string,
    { letIn = true }: { letIn?: boolean } = {},
  ): Promise<SlowPeer> {
    const peer = new SlowPeer();
    const identity = identityToProto({
      ...{ replica: id, company, cluster, peerCompanies: [] },
      ...{ founders: [], members: [], membersIndex: 0, understands: 2 },
    });
    const service: PeerServiceServer = {
      identify: (_, callback) => callback(null, { identity }),
      exchange: (call) => peer.#opened(call, letIn),
      installSnapshot: (call, callback) => peer.installSnapshot(call, callback),
      resumeSnapshot: () => {},
      readTrail: () => {},
    };
    peer.#server.addService(PeerServiceService, service);
    peer.port = await new Promise((resolve, reject) => {
      peer.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return peer;
  }

  /** Reads the newest stream from now on, and acknowledges each batch. */
  read(): void {
    const call = this.#newest!;
    let taken = 0n;
    call.on('data', (request: ExchangeRequest) => {
      this.received.push(fromUint64(request.wallMs));
      taken += 1n;
      call.write({ batches: taken });
    });
  }

  /** Claims on the newest stream that this many batches were taken. */
  acknowledge(batches: bigint): void {
    this.#newest!.write({ batches });
  }

  async close(): Promise<void> {
    this.#server.forceShutdown();
  }

  #opened(call: Call, letIn: boolean): void {
    this.streams += 1;
    this.#newest = call;
    call.on('error', () => {});
    if (letIn) call.sendMetadata(new Metadata());
  }
}
