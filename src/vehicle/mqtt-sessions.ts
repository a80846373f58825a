/**
 * A vehicle's sessions with MQTT brokers, one after the other.
 *
 * 1. One broker at a time. A broker that fails makes place for the next in the list, with back-off, for as long as it takes.
 * 2. Every connection is a new session with a higher number, announced (retained) once its topics are subscribed, and taken
 *    back by its last will.
 * 3. Nothing is queued for a broker that is away.
 */
import { connect, type MqttClient } from 'mqtt';
import { type BackOffRules, backOffRealMs, sleepRealMs } from './back-off.js';
import type { VehicleClock } from './clock.js';
import { type Random, shuffled } from './random.js';

const CONNECT_TIMEOUT_REAL_MS = 3_000;
const KEEPALIVE_REAL_SECONDS = 5;
/** A session that lasted so long begins the back-off anew. */
const LASTING_REAL_MS = 5_000;
const LEAVE_REAL_MS = 1_000;

export interface SessionOptions {
  /** URLs such as `mqtt://127.0.0.1:1883`; at least one. */
  readonly brokers: readonly string[];
  readonly vehicleId: string;
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly backOffRealMs: BackOffRules;
  readonly onConnected: (broker: string) => void;
  readonly onBrokerFailed: (broker: string, reason: string) => void;
}

/** One connection to one broker, until it fails or is given up. */
export interface Session {
  readonly client: MqttClient;
  readonly broker: string;
  readonly number: number;
  /** Resolves with why it is over. */
  readonly over: Promise<string>;
  readonly end: (reason: string) => void;
}

export interface Sessions {
  /** The running session, or null. */
  current(): Session | null;
  /** Calls `listener` when a session begins or ends; returns how to stop it. */
  onChange(listener: () => void): () => void;
  /** Aborts when the vehicle takes leave. */
  readonly closing: AbortSignal;
  /** Takes leave of the broker. */
  close(): Promise<void>;
}

/** Dials until it is closed. `topics` are subscribed in every session, and what comes on them handed to `onMessage`. */
export function openSessions(
  options: SessionOptions,
  topics: readonly string[],
  onMessage: (topic: string, text: string) => void,
): Sessions {
  const { vehicleId, clock, random } = options;
  if (options.brokers.length === 0) throw new Error('a vehicle needs at least one broker');
  const presenceTopic = `malha/v1/veiculos/${vehicleId}/conexao`;
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  let session: Session | null = null;
  let lastNumber = 0;

  const running = run();

  async function run(): Promise<void> {
    const brokers = shuffled(random, options.brokers);
    for (let at = 0, attempt = 0; !closing.signal.aborted; at = (at + 1) % brokers.length) {
      const broker = brokers[at]!;
      const begun = await begin(broker);
      if (typeof begun === 'string') {
        attempt += 1;
        if (!closing.signal.aborted) options.onBrokerFailed(broker, begun);
      } else {
        const beganMs = clock.nowMs();
        change(begun);
        options.onConnected(broker);
        const reason = await begun.over;
        change(null);
        // A broker that takes connections only to drop them is no better than one that refuses them.
        attempt = clock.nowMs() - beganMs > LASTING_REAL_MS * clock.speed ? 1 : attempt + 1;
        if (closing.signal.aborted) await takeLeave(begun);
        else options.onBrokerFailed(broker, reason);
        begun.client.end(true);
      }
      const pauseRealMs = backOffRealMs(attempt, options.backOffRealMs, random);
      await sleepRealMs(clock, pauseRealMs, closing.signal).catch(() => undefined);
    }
  }

  function change(next: Session | null): void {
    session = next;
    for (const listener of [...listeners]) listener();
  }

  /** Connects, subscribes and announces itself; resolves with the session, or with why there is none. Never rejects. */
  function begin(broker: string): Promise<Session | string> {
    // Session numbers rise, also over a restart: receivers ignore the will of an older one.
    const number = Math.max(lastNumber + 1, clock.nowMs());
    lastNumber = number;
    const presence = (online: boolean) => JSON.stringify({ v: 1, session: number, online });
    let client: MqttClient;
    try {
      client = connect(broker, {
        clientId: vehicleId,
        protocolVersion: 4,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: CONNECT_TIMEOUT_REAL_MS,
        keepalive: KEEPALIVE_REAL_SECONDS,
        will: { topic: presenceTopic, payload: Buffer.from(presence(false)), qos: 1, retain: true },
      });
    } catch (error) {
      // A URL that is none.
      return Promise.resolve(error instanceof Error ? error.message : String(error));
    }
    return new Promise((resolve) => {
      let finish!: (reason: string) => void;
      const over = new Promise<string>((settle) => {
        finish = settle;
      });
      const fail = (reason: string) => {
        finish(reason);
        // Without effect once the session has begun.
        resolve(reason);
        if (session?.client !== client) client.end(true);
      };
      client.on('error', (error) => fail('code' in error ? String(error.code) : error.message));
      client.on('close', () => fail('connection closed'));
      client.on('message', (topic, payload) => onMessage(topic, payload.toString('utf8')));
      client.on('connect', () => {
        client.subscribe([...topics], { qos: 1 }, (error) => {
          if (error) return fail(error.message);
          client.publish(presenceTopic, presence(true), { qos: 1, retain: true }, () => undefined);
          resolve({ client, broker, number, over, end: finish });
        });
      });
      const close = () => fail('closed');
      closing.signal.addEventListener('abort', close, { once: true });
      void over.then(() => closing.signal.removeEventListener('abort', close));
    });
  }

  /** A polite end sends no will, so the vehicle itself says that it is gone. Bounded: the broker may be away. */
  async function takeLeave({ client, number }: Session): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      const payload = JSON.stringify({ v: 1, session: number, online: false });
      client.publish(presenceTopic, payload, { qos: 1, retain: true }, () => {
        client.end(false, {}, () => resolve());
      });
    });
    const left = new AbortController();
    const tooLong = sleepRealMs(clock, LEAVE_REAL_MS, left.signal).catch(() => undefined);
    await Promise.race([gone, tooLong]);
    left.abort();
  }

  return {
    current: () => session,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    closing: closing.signal,
    async close() {
      closing.abort();
      await running;
    },
  };
}
