/**
 * The MQTT broker inside a node (aedes, MQTT 3.1 and 3.1.1), bounded against whoever connects.
 *
 * 1. Bounded: clients, packet size (also of fragments), filters a client, retained bytes.
 * 2. A client that does not read holds up the others for at most `drainTimeoutMs`, then loses its connection:
 *    until then aedes also withholds what other subscribers of the same topics should get.
 * 3. Sessions end with their connection (CONNACK always says "no session"): what must outlive a connection is in
 *    the ledger, and an offline queue for every client id ever seen would have no bound.
 * 4. `$share/…` is refused (aedes would grant it and never deliver), and so is publishing below `$`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket, type Client } from 'aedes';
import { listenFault } from '../doors/address-in-use.js';
import type { Logger } from '../observe/logger.js';
import { BrokerMemory } from './broker-memory.js';
import type { BusSubscription, MqttBus, MqttHandler, PublishOptions } from './bus.js';
import { GrantedFilters } from './granted-filters.js';
import { GuardedConnection } from './guarded-connection.js';
import { Outbox } from './outbox.js';
import type { MessageTap } from './tap.js';
import { REAL_TIMERS } from './timers.js';
import { topicMatches } from './topic-filter.js';

export interface EmbeddedBrokerLimits {
  readonly clientsMax: number;
  /** Largest remaining length of one packet, in bytes. */
  readonly packetBytesMax: number;
  readonly filtersPerClientMax: number;
  readonly retainedBytesMax: number;
  /** How long a client may leave a full socket unread. */
  readonly drainTimeoutMs: number;
  /** How long a connection may wait with its CONNECT. */
  readonly connectTimeoutMs: number;
}

export interface EmbeddedBrokerOptions extends Partial<EmbeddedBrokerLimits> {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly logger: Logger;
  /** Is shown every message that the broker takes. */
  readonly tap?: MessageTap;
}

export type EmbeddedBroker = MqttBus & {
  readonly port: number;
  /** How many are connected now. */
  clients(): number;
};

export const EMBEDDED_BROKER_LIMITS: EmbeddedBrokerLimits = {
  clientsMax: 500,
  packetBytesMax: 256 * 1024,
  filtersPerClientMax: 100,
  retainedBytesMax: 16 * 1024 * 1024,
  drainTimeoutMs: 3_000,
  connectTimeoutMs: 5_000,
};

/** What the node itself publishes: a window wide enough that one slow reader does not hold up every reply. */
const OUTBOX_LIMITS = {
  windowMax: 64,
  waitingMax: 2_000,
  waitingBytesMax: 8 * 1024 * 1024,
  timeoutMs: 10_000,
};

/** A half-open connection without MQTT keepalive is found by TCP's own probes. */
const TCP_KEEPALIVE_MS = 60_000;

const FILTER_LENGTH_MAX = 1_024;

/** Listens on `host:port`. Rejects with AddressInUse when the port is taken. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { host, port, logger, tap, ...given } = options;
  const limits = { ...EMBEDDED_BROKER_LIMITS, ...given };
  const granted = new GrantedFilters<Client>(limits.filtersPerClientMax);
  const aedes = await Aedes.createBroker({
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    preConnect: (_client, packet, proceed) => {
      packet.clean = true;
      proceed(null, true);
    },
    persistence: rememberingWithin(limits, logger),
    authorizePublish: publishRule(logger),
    authorizeSubscribe: subscribeRule(granted, logger),
  });
  aedes.on('subscribe', (subscriptions) => {
    // MQTT 3.1.1 §3.9.3: 128 is a refusal.
    for (const { topic, qos } of subscriptions) if (qos <= 2) granted.tell(topic);
  });
  aedes.on('unsubscribe', (filters, client) => granted.give(client, filters));
  aedes.on('clientDisconnect', (client) => granted.giveAll(client));
  logClients(aedes, logger);
  if (tap !== undefined) tapMessages(aedes, tap);
  const door = new TcpDoor(aedes, limits, logger);
  try {
    return new Embedded(aedes, door, granted, await door.listen(host, port));
  } catch (error) {
    await closeBroker(aedes);
    throw listenFault(error, host, port);
  }
}

class Embedded implements EmbeddedBroker {
  readonly shared = false;
  readonly port: number;
  readonly #aedes: Aedes;
  readonly #door: TcpDoor;
  readonly #granted: GrantedFilters<Client>;
  readonly #outbox = new Outbox(OUTBOX_LIMITS, REAL_TIMERS);
  readonly #ends = new Set<() => void>();
  #closing: Promise<void> | null = null;

  constructor(aedes: Aedes, door: TcpDoor, granted: GrantedFilters<Client>, port: number) {
    this.#aedes = aedes;
    this.#door = door;
    this.#granted = granted;
    this.port = port;
    this.#outbox.open((parcel, taken) => {
      aedes.publish({ cmd: 'publish', dup: false, ...pick(parcel) }, (error) => {
        // An error means that the broker is closing, and the outbox with it.
        if (!error) taken();
      });
    });
  }

  clients(): number {
    return this.#aedes.connectedClients;
  }

  subscribe(filter: string, handler: MqttHandler): BusSubscription {
    if (this.#closing !== null) return refusedSubscription('the MQTT bus is closed');
    const deliver = (packet: AedesPublishPacket, next: () => void): void => {
      if (this.#ends.has(end) && topicMatches(filter, packet.topic)) {
        handler({
          topic: packet.topic,
          payload: bytesOf(packet.payload),
          clientId: clientIdOf(packet),
        });
      }
      next();
    };
    const end = (): void => {
      if (this.#ends.delete(end)) this.#aedes.unsubscribe(filter, deliver, () => {});
    };
    this.#ends.add(end);
    const granted = new Promise<void>((resolve) => this.#aedes.subscribe(filter, deliver, resolve));
    return { granted, end };
  }

  publish(topic: string, payload: string | Uint8Array, { qos, retain }: PublishOptions): Promise<void> {
    return this.#outbox.put({ topic, payload: Buffer.from(payload), qos, retain });
  }

  onSubscribed(listener: (filter: string) => void): () => void {
    return this.#granted.listen(listener);
  }

  isHeard(topic: string): boolean {
    return this.#granted.isHeard(topic);
  }

  onReconnected(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#outbox.close();
    await Promise.all([this.#door.close(), closeBroker(this.#aedes)]);
  }
}

/** The TCP listener: counts connections, guards each, and can end them all. */
class TcpDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #logger: Logger;
  #full = false;

  constructor(aedes: Aedes, limits: EmbeddedBrokerLimits, logger: Logger) {
    this.#logger = logger;
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS });
    this.#server.maxConnections = limits.clientsMax;
    this.#server.on('connection', (socket) => {
      this.#full = false;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      aedes.handle(new GuardedConnection(socket, limits.packetBytesMax));
    });
    this.#server.on('drop', () => {
      if (!this.#full) logger.warn({ clientsMax: limits.clientsMax }, 'MQTT: no room for further clients');
      this.#full = true;
    });
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', reject);
        this.#server.on('error', (error) =>
          this.#logger.error({ err: error }, 'MQTT: the listener has a fault'),
        );
        const address = this.#server.address();
        if (address === null || typeof address === 'string') {
          throw new Error('AssertionError: a TCP listener has a port');
        }
        resolve(address.port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}

type PublishRule = Aedes['authorizePublish'];
type SubscribeRule = Aedes['authorizeSubscribe'];

function rememberingWithin({ retainedBytesMax }: EmbeddedBrokerLimits, logger: Logger): BrokerMemory {
  let told = false;
  return new BrokerMemory(retainedBytesMax, () => {
    if (!told) logger.warn({ retainedBytesMax }, 'MQTT: no room for further retained messages');
    told = true;
  });
}

function publishRule(logger: Logger): PublishRule {
  return (client, packet, proceed) => {
    if (!packet.topic.startsWith('$')) {
      proceed(null);
      return;
    }
    // MQTT 3.1.1 §3.3.5: a server that refuses a PUBLISH can only close, there is no negative acknowledgement.
    logger.warn({ client: client?.id ?? '' }, 'MQTT: a client published below $ and was disconnected');
    proceed(new Error('topics below $ are the broker’s own'));
  };
}

function subscribeRule(granted: GrantedFilters<Client>, logger: Logger): SubscribeRule {
  return (client, subscription, proceed) => {
    const { topic } = subscription;
    const refused =
      topic.startsWith('$share/') || topic.length > FILTER_LENGTH_MAX || !granted.take(client, topic);
    if (refused) {
      logger.warn({ client: client.id, filter: topic.slice(0, 100) }, 'MQTT: a subscription was refused');
      proceed(null, null);
      return;
    }
    proceed(null, subscription);
  };
}

function logClients(aedes: Aedes, logger: Logger): void {
  aedes.on('clientReady', (client) => logger.debug({ client: client.id }, 'MQTT: client connected'));
  aedes.on('clientDisconnect', (client) => logger.debug({ client: client.id }, 'MQTT: client gone'));
  const told = new WeakSet<Client>();
  const lost = (client: Client, error: Error): void => {
    // aedes reports a drain time-out once for every packet that waited.
    if (told.has(client)) return;
    told.add(client);
    logger.info({ client: client.id ?? '', error: error.message }, 'MQTT: connection ended by a fault');
  };
  aedes.on('clientError', lost);
  aedes.on('connectionError', lost);
}

function tapMessages(aedes: Aedes, tap: MessageTap): void {
  aedes.on('publish', (packet, client: Client | null | undefined) => {
    // Clients cannot publish below `$`: what is there, the broker says of itself.
    if (packet.topic.startsWith('$')) return;
    const payload = bytesOf(packet.payload);
    const { topic, qos, retain } = packet;
    tap({ topic, clientId: client?.id ?? '', bytes: payload.length, qos, retain, payload });
  });
}

function closeBroker(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(resolve));
}

function refusedSubscription(reason: string): BusSubscription {
  const granted = Promise.reject(new Error(reason));
  granted.catch(() => {});
  return { granted, end() {} };
}

function pick({ topic, payload, qos, retain }: { topic: string; payload: Buffer } & PublishOptions) {
  return { topic, payload, qos, retain };
}

function bytesOf(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/** aedes notes on each packet who published it; its types do not say so. */
function clientIdOf(packet: AedesPublishPacket): string {
  return 'clientId' in packet && typeof packet.clientId === 'string' ? packet.clientId : '';
}
