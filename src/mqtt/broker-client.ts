/**
 * The bus over an external broker (mqtt.js).
 *
 * 1. The node may start before the broker: it dials for ever, with jitter and a cap, and says so once.
 * 2. Each attempt is a fresh connection with a clean session. Nothing is sent over it before every filter is
 *    granted again: mqtt.js alone would flush its queue first, and the replies to it would be missed.
 * 3. No session on the broker: requests of the time when this node was away are for those who were there.
 */
import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt';
import type { Logger } from '../observe/logger.js';
import { delayBefore } from './backoff.js';
import type { BusSubscription, MqttBus, MqttHandler, PublishOptions, SubscribeOptions } from './bus.js';
import { Echoes } from './echoes.js';
import { Outbox, type Parcel } from './outbox.js';
import type { MessageTap } from './tap.js';
import { REAL_TIMERS, type Timers } from './timers.js';
import { topicMatches } from './topic-filter.js';

export interface BrokerClientOptions {
  /** `mqtt://host:port`; `tcp://` means the same, `mqtts://`, `ssl://`, `ws://` and `wss://` work too. */
  readonly url: string;
  /** Must differ between nodes: a broker ends the older of two connections with one id. */
  readonly clientId: string;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly timers?: Timers;
  /** Is shown every message that this client hears or sends. */
  readonly tap?: MessageTap;
}

const SCHEMES = new Set(['mqtt:', 'tcp:', 'mqtts:', 'ssl:', 'ws:', 'wss:']);

const CONNECT_TIMEOUT_MS = 5_000;
const KEEPALIVE_SECONDS = 10;
/** How long `close` waits for acknowledgements of what was sent. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The window: brokers acknowledge and drop what exceeds their own (Mosquitto: 20). */
const OUTBOX_LIMITS = {
  windowMax: 10,
  waitingMax: 2_000,
  waitingBytesMax: 8 * 1024 * 1024,
  timeoutMs: 10_000,
};

/** Starts dialling. Throws a TypeError when `url` names no broker. */
export function connectBroker(options: BrokerClientOptions): MqttBus {
  return new BrokerClient(options);
}

interface Listener {
  readonly filter: string;
  readonly handler: MqttHandler;
  readonly retained: boolean;
  readonly grant: () => void;
  readonly refuse: (reason: Error) => void;
}

class BrokerClient implements MqttBus {
  readonly shared = true;
  readonly #options: BrokerClientOptions;
  readonly #timers: Timers;
  readonly #outbox: Outbox;
  /** What was sent and comes back, because a filter of this client matches it: it is tapped when it is heard. */
  readonly #echoes = new Echoes();
  readonly #listeners = new Set<Listener>();
  readonly #reconnected = new Set<() => void>();
  /** Without user and password, for the log. */
  readonly #shownUrl: string;
  #link: MqttClient | null = null;
  #attempt = 0;
  #connections = 0;
  #saidUnreachable = false;
  #cancelTimer = (): void => {};
  #closing: Promise<void> | null = null;

  constructor(options: BrokerClientOptions) {
    const url = URL.canParse(options.url) ? new URL(options.url) : null;
    if (url === null || !SCHEMES.has(url.protocol) || url.hostname === '') {
      throw new TypeError('the broker must be named like mqtt://host:1883');
    }
    this.#options = options;
    this.#timers = options.timers ?? REAL_TIMERS;
    this.#outbox = new Outbox(OUTBOX_LIMITS, this.#timers);
    this.#shownUrl = `${url.protocol}//${url.host}`;
    this.#dial();
  }

  subscribe(
    filter: string,
    handler: MqttHandler,
    { retained = false }: SubscribeOptions = {},
  ): BusSubscription {
    if (this.#closing !== null) return closedSubscription();
    let listener: Listener | undefined;
    const granted = new Promise<void>((grant, refuse) => {
      listener = { filter, handler, retained, grant, refuse };
      this.#listeners.add(listener);
    });
    // Whoever does not look at `granted` reads of a refusal in the log.
    granted.catch(() => {});
    if (this.#link?.connected) void this.#request(this.#link, filter);
    return { granted, end: () => this.#end(listener) };
  }

  publish(topic: string, payload: string | Uint8Array, { qos, retain }: PublishOptions): Promise<void> {
    return this.#outbox.put({ topic, payload: Buffer.from(payload), qos, retain });
  }

  onSubscribed(): () => void {
    return () => {};
  }

  isHeard(): boolean {
    return true;
  }

  onReconnected(listener: () => void): () => void {
    this.#reconnected.add(listener);
    return () => this.#reconnected.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #dial(): void {
    const link = mqtt.connect(this.#options.url, {
      clientId: this.#options.clientId,
      protocolVersion: 4,
      clean: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_SECONDS,
      reconnectPeriod: 0,
      resubscribe: false,
    });
    this.#link = link;
    let fault = 'the connection was closed';
    link.on('error', (error) => {
      // A refused connect of several addresses is an AggregateError without a message of its own.
      fault = error.message || ('code' in error ? String(error.code) : fault);
    });
    link.on('connect', () => void this.#connected(link));
    link.on('message', (topic, payload, packet) => {
      this.#tapHeard(topic, payload, packet);
      this.#deliver(topic, payload, packet.retain);
    });
    link.on('close', () => this.#lost(link, fault));
  }

  async #connected(link: MqttClient): Promise<void> {
    await Promise.all([...this.#filters()].map((filter) => this.#request(link, filter)));
    if (this.#link !== link || this.#closing !== null) return;
    this.#options.logger.info({ broker: this.#shownUrl }, 'MQTT: connected to the broker');
    this.#outbox.open((parcel, taken) => {
      const comesBack = this.#options.tap !== undefined && this.#hears(parcel.topic);
      if (comesBack) this.#echoes.expect(parcel.topic, parcel.payload);
      link.publish(parcel.topic, parcel.payload, { qos: parcel.qos, retain: parcel.retain }, (error) => {
        if (error) return;
        taken();
        if (!comesBack) this.#tapSent(parcel);
      });
    });
    this.#connections += 1;
    if (this.#connections > 1) for (const listener of this.#reconnected) listener();
    // Only a link that lasts counts as mended: a broker that takes and drops connections is not dialled in a rush.
    this.#cancelTimer = this.#timers.after(this.#options.retryCapMs, () => {
      this.#attempt = 0;
      this.#saidUnreachable = false;
    });
  }

  /** Asks for one filter. Resolves once the broker answered or the link was lost. */
  #request(link: MqttClient, filter: string): Promise<void> {
    return new Promise((resolve) => {
      link.subscribe(filter, { qos: 1 }, (error, _grants, answer) => {
        for (const listener of [...this.#listeners].filter((other) => other.filter === filter)) {
          if (error === null) listener.grant();
          else if (answer !== undefined) this.#refused(listener);
        }
        resolve();
      });
    });
  }

  #refused(listener: Listener): void {
    const { filter } = listener;
    this.#options.logger.error({ broker: this.#shownUrl, filter }, 'MQTT: the broker refused a subscription');
    this.#listeners.delete(listener);
    listener.refuse(new Error(`the MQTT broker refused ${filter}`));
  }

  #tapSent({ topic, payload, qos, retain }: Parcel): void {
    const { tap, clientId } = this.#options;
    tap?.({ topic, clientId, bytes: payload.length, qos, retain, payload });
  }

  #tapHeard(
    topic: string,
    payload: Uint8Array,
    { qos, retain }: Pick<IPublishPacket, 'qos' | 'retain'>,
  ): void {
    const { tap, clientId } = this.#options;
    if (tap === undefined || retain) return;
    const isOwn = this.#echoes.take(topic, payload);
    tap({ topic, clientId: isOwn ? clientId : '', bytes: payload.length, qos, retain, payload });
  }

  #hears(topic: string): boolean {
    for (const { filter } of this.#listeners) if (topicMatches(filter, topic)) return true;
    return false;
  }

  #deliver(topic: string, payload: Uint8Array, wasRetained: boolean): void {
    for (const { filter, handler, retained } of [...this.#listeners]) {
      if (wasRetained && !retained) continue;
      if (topicMatches(filter, topic)) handler({ topic, payload, clientId: '' });
    }
  }

  #lost(link: MqttClient, fault: string): void {
    if (this.#link !== link) return;
    this.#link = null;
    this.#cancelTimer();
    this.#outbox.lose();
    this.#echoes.forget();
    link.end(true);
    if (this.#closing !== null) return;
    const fields = { broker: this.#shownUrl, error: fault };
    if (this.#saidUnreachable) this.#options.logger.debug(fields, 'MQTT: the broker is still out of reach');
    else this.#options.logger.warn(fields, 'MQTT: the broker is out of reach; dialling until it answers');
    this.#saidUnreachable = true;
    const { retryBaseMs: baseMs, retryCapMs: capMs, random } = this.#options;
    const delayMs = delayBefore(this.#attempt, { baseMs, capMs, random });
    this.#attempt += 1;
    this.#cancelTimer = this.#timers.after(delayMs, () => this.#dial());
  }

  #end(listener: Listener | undefined): void {
    if (listener === undefined || !this.#listeners.delete(listener)) return;
    listener.refuse(new Error('the subscription was ended'));
    if (this.#link?.connected && !this.#filters().has(listener.filter))
      this.#link.unsubscribe(listener.filter);
  }

  #filters(): Set<string> {
    return new Set([...this.#listeners].map(({ filter }) => filter));
  }

  async #close(): Promise<void> {
    this.#cancelTimer();
    for (const listener of this.#listeners) listener.refuse(new Error('the MQTT bus is closed'));
    this.#listeners.clear();
    const link = this.#link;
    if (link !== null) await this.#hangUp(link);
    this.#outbox.close();
  }

  /** Lets what is in flight be acknowledged, for a bounded time. */
  #hangUp(link: MqttClient): Promise<void> {
    if (!link.connected) {
      link.end(true);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const cancel = this.#timers.after(CLOSE_TIMEOUT_MS, () => {
        link.stream.destroy();
        resolve();
      });
      link.end(false, {}, () => {
        cancel();
        resolve();
      });
    });
  }
}

function closedSubscription(): BusSubscription {
  const granted = Promise.reject(new Error('the MQTT bus is closed'));
  granted.catch(() => {});
  return { granted, end() {} };
}
