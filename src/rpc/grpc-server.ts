/**
 * The one gRPC server of a node: its services, and grpc.health.v1 beside them.
 *
 * 1. `close` always ends: calls get a grace, streams that are still open after it are cut off.
 * 2. What grpc-js has to say goes to our log, not to stderr.
 */
import {
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
  setLogger,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { AddressInUse } from '../doors/address-in-use.js';
import type { Logger } from '../observe/logger.js';
import { type EndedCall, meterCalls } from './call-meter.js';

/** A service and what implements it. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** Ends streams that would go on for ever: called by `leave`, maybe more than once. */
  readonly close?: () => void;
  /** Its calls are not told of: peers talk all the time. */
  readonly unmetered?: true;
}

export interface GrpcServerOptions {
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly services: readonly GrpcService[];
  readonly logger: Logger;
  /** The largest request or stream message that is taken, in bytes. */
  readonly messageBytesMax?: number;
  /** Told of every call that ended, those of unmetered services left out. */
  readonly ended?: (call: EndedCall) => void;
}

const CALLS_MAX = 1_000;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

export class GrpcServer {
  /** host:port, with the port that was taken. */
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #health: HealthImplementation;
  readonly #services: readonly GrpcService[];
  readonly #names: readonly string[];

  /**
   * Listens. Health is NOT_SERVING until `serving(true)`. Rejects with AddressInUse, or with an Error that
   * says why the address cannot be listened on.
   */
  static async listen(options: GrpcServerOptions): Promise<GrpcServer> {
    logThrough(options.logger);
    const server = new Server(serverOptions(options));
    const health = new HealthImplementation();
    for (const { definition, implementation } of options.services)
      server.addService(definition, implementation);
    health.addToServer(server);
    try {
      const port = await bind(server, options.address);
      return new GrpcServer(server, health, options, port);
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  private constructor(
    server: Server,
    health: HealthImplementation,
    { address, services }: GrpcServerOptions,
    port: number,
  ) {
    this.#server = server;
    this.#health = health;
    this.#services = services;
    this.#names = services.map(({ definition }) => nameOf(definition));
    this.port = port;
    this.address = `${address.slice(0, address.lastIndexOf(':'))}:${port}`;
    this.serving(false);
  }

  /** What grpc.health.v1 says of the server as a whole ('') and of each service. */
  serving(yes: boolean): void {
    for (const name of ['', ...this.#names]) this.#health.setStatus(name, yes ? 'SERVING' : 'NOT_SERVING');
  }

  /** Says that it serves nobody any more, and ends the streams of callers. Peers, who have to, may go on. */
  leave(): void {
    this.serving(false);
    for (const service of this.#services) service.close?.();
  }

  /**
   * Takes no more calls, waits up to `graceMs` for those under way, then cuts off what is left: an open
   * stream would keep a server from closing for ever.
   */
  async close(graceMs: number): Promise<void> {
    this.leave();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    const drained = new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => resolve());
    });
    await Promise.race([drained, grace]);
    clearTimeout(timer);
    this.#server.forceShutdown();
    // The port is free once the listener is closed, which cutting off the connections has made sure of.
    await drained;
  }
}

/** Of host:port as it was asked for; grpc-js says it in words only. */
function addressInUse(address: string): AddressInUse {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new AddressInUse(host, Number(address.slice(at + 1)));
}

async function bind(server: Server, address: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else if (error.message.includes('EADDRINUSE')) reject(addressInUse(address));
      else reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error }));
    });
  });
}

function serverOptions({ messageBytesMax, services, ended }: GrpcServerOptions): ServerOptions {
  const unmetered = new Set(
    services.filter((each) => each.unmetered).map(({ definition }) => nameOf(definition)),
  );
  return {
    ...(ended && { interceptors: [meterCalls(ended, (path) => unmetered.has(path.split('/')[1]!))] }),
    'grpc.max_receive_message_length': messageBytesMax ?? MESSAGE_BYTES_MAX,
    // Of one connection; a caller's further calls wait for those.
    'grpc.max_concurrent_streams': CALLS_MAX,
    // Only reaps connections whose other end is gone without a word; see the timeouts of the peer links.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  };
}

/** `malha.mesh.v1.PeerService` of a definition whose methods have paths like `/malha.mesh.v1.PeerService/Identify`. */
function nameOf(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  if (method === undefined) throw new Error('a gRPC service without methods');
  return method.path.split('/')[1]!;
}

/** grpc-js has one logger a process. What matters of what it says also reaches us as an error of a call. */
function logThrough(logger: Logger): void {
  const say = (...words: unknown[]) => logger.debug({ source: 'grpc-js' }, words.map(String).join(' '));
  setLogger({ error: say, info: say, debug: say });
}
