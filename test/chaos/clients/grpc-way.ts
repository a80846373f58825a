/** Clients over gRPC: unary calls, one connection for each node. */
import { randomBytes } from 'node:crypto';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ReservationServiceService } from '../../../src/gen/malha/mesh/v1/reservation.js';
import type { MeshCall, QueryCall } from '../../checker/mesh-history.js';
import type { NodeProcess } from '../../support/node-process.js';
import type { Heard } from '../../torture/recorder.js';
import type { Way } from '../../torture/way.js';
import { heardOfAnswer, heardOfFailure } from './grpc-answer.js';
import { commandRequest, queryRequest } from './grpc-request.js';

const PAGE_SIZE = 50;

/** How a method stands in the generated definition. */
interface Defined {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (value: Buffer) => { readonly index: bigint; readonly at: undefined };
}

export class GrpcWay implements Way {
  readonly door = 'grpc';
  readonly traces = true;
  readonly #clients = new Map<NodeProcess, Client>();

  queries(holder: string): readonly QueryCall[] {
    const match = { holder, state: 'CONFIRMED' } as const;
    return [
      {
        kind: 'query',
        query: { kind: 'reservation-page', match, after: 0, limit: PAGE_SIZE },
        consistency: 'linearizable',
      },
      { kind: 'query', query: { kind: 'waits', holder }, consistency: 'linearizable' },
    ];
  }

  ask(node: NodeProcess, call: MeshCall, _holder: string, timeoutMs: number): Promise<Heard> {
    const { method, message } = call.kind === 'command' ? commandRequest(call) : queryRequest(call);
    const defined = ReservationServiceService[method] as unknown as Defined;
    const metadata = new Metadata();
    if (call.kind === 'command') {
      metadata.set('traceparent', `00-${call.traceId}-${randomBytes(8).toString('hex')}-01`);
    }
    return new Promise((resolve, reject) => {
      this.#clientOf(node).makeUnaryRequest(
        defined.path,
        defined.requestSerialize,
        defined.responseDeserialize,
        message,
        metadata,
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          try {
            resolve(error === null ? heardOfAnswer(call, answer!) : heardOfFailure(call, error));
          } catch (wrong) {
            reject(wrong);
          }
        },
      );
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
  }

  #clientOf(node: NodeProcess): Client {
    const known = this.#clients.get(node);
    if (known !== undefined) return known;
    const client = new Client(`127.0.0.1:${node.ports.grpc}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
    this.#clients.set(node, client);
    return client;
  }
}
