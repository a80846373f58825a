/**
 * The MQTT port: what the doors need of a broker, whether it runs in this process or elsewhere.
 *
 * 1. Delivery is at least once for QoS 1 and at most once for QoS 0: handlers that act must de-duplicate.
 * 2. Messages reach a handler in the order in which the broker took them.
 * 3. What a broker had retained before the subscription is handed over only to who asks for it: a retained request
 *    would be carried out again at every start.
 * 4. Nothing waits without a bound; `publish` rejects with a Failure instead.
 */

export type Qos = 0 | 1;

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Who published it; '' where the broker does not tell. */
  readonly clientId: string;
}

/** Takes one message. Must return soon and must not throw. */
export type MqttHandler = (message: MqttMessage) => void;

export interface PublishOptions {
  readonly qos: Qos;
  readonly retain: boolean;
}

export interface SubscribeOptions {
  /** Also what the broker had retained, where it is one that nodes share; one in this process never hands it over. */
  readonly retained?: boolean;
}

export interface BusSubscription {
  /** Resolves once the broker grants the filter; rejects when it refuses, or when the bus or the subscription ends before. */
  readonly granted: Promise<void>;
  /** The handler is not called again. */
  end(): void;
}

export interface MqttBus {
  /** True when other nodes may use the same broker, so that each of them receives every request. */
  readonly shared: boolean;
  /**
   * Calls `handler` for each message whose topic matches `filter`, at QoS 1. Filters of one bus must be equal or
   * disjoint: brokers differ in how many copies they send to overlapping ones.
   */
  subscribe(filter: string, handler: MqttHandler, options?: SubscribeOptions): BusSubscription;
  /**
   * Resolves once the broker has taken the message. Rejects with a Failure: RESOURCE_EXHAUSTED (too much waits),
   * UNAVAILABLE (not sent), DEADLINE_EXCEEDED (sent, never acknowledged).
   */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<void>;
  /**
   * Calls `listener` with each filter that a client was granted, from now on; returns how to stop it. Only a broker in
   * this process tells.
   */
  onSubscribed(listener: (filter: string) => void): () => void;
  /** Whether a client may hear `topic`. A broker elsewhere does not tell: then true. */
  isHeard(topic: string): boolean;
  /**
   * Calls `listener` each time the broker can be reached after it could not: what it had retained may be lost. Returns
   * how to stop it. Never for a broker in this process.
   */
  onReconnected(listener: () => void): () => void;
  /** Ends every subscription and connection. Idempotent. */
  close(): Promise<void>;
}
