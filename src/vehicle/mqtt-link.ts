/**
 * A vehicle's line to the mesh over MQTT 3.1.1: asks, telemetry, and whether it is there.
 *
 * 1. One broker at a time. A broker that fails makes place for the next in the list, with back-off, for as long as it takes.
 * 2. Every connection is a new session with a higher number, announced (retained) and taken back by its last will.
 * 3. Nothing is queued for a broker that is away: telemetry is dropped, a question is asked again.
 */
import { connect, type MqttClient } from 'mqtt';
import * as z from 'zod';
import { type BackOffRules, backOffRealMs, sleepRealMs } from './back-off.js';
import type { VehicleClock } from './clock.js';
import { type Random, shuffled } from './random.js';

const CONNECT_TIMEOUT_REAL_MS = 3_000;
const KEEPALIVE_REAL_SECONDS = 5;
/** A broker that took this many questions without an answer is left for the next. */
const UNANSWERED_MAX = 2;
/** A session that lasted so long begins the back-off anew. */
const LASTING_REAL_MS = 5_000;
const LEAVE_REAL_MS = 1_000;

export interface MqttLinkOptions {
  /** URLs such as `mqtt://127.0.0.1:1883`; at least one. */
  readonly brokers: readonly string[];
  readonly vehicleId: string;
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly askTimeoutRealMs: number;
  readonly backOffRealMs: BackOffRules;
  readonly onConnected: (broker: string) => void;
  readonly onBrokerFailed: (broker: string, reason: string) => void;
}

export interface Question {
  readonly batteryPct: number;
  readonly place: string;
  readonly destination: string;
}

export interface Telemetry {
  readonly position: { readonly latitude: number; readonly longitude: number };
  readonly socPct: number;
  readonly speedKmh: number;
  /** Id of the trip, '' between trips. */
  readonly trip: string;
}

export interface MqttLink {
  /** Ids of the points that the mesh offers. Asks until answered; rejects when `signal` aborts. */
  ask(question: Question, signal: AbortSignal): Promise<readonly string[]>;
  /** Says where it is, if a broker is there to hear it. */
  report(telemetry: Telemetry): void;
  /** Takes leave of the broker. */
  close(): Promise<void>;
}

/** The documented answer, and what malha's own nodes add: the question's `id`, and `erro` when there is no answer. */
const Answer = z.object({
  pontos_disponiveis: z.array(z.union([z.string(), z.number()])),
  id: z.string().optional(),
  erro: z.string().optional(),
});

/** A session: one connection to one broker, until it fails or is given up. */
interface Session {
  readonly client: MqttClient;
  readonly number: number;
  readonly over: Promise<string>;
  readonly end: (reason: string) => void;
}

export function openMqttLink(options: MqttLinkOptions): MqttLink {
  const { vehicleId, clock, random } = options;
  if (options.brokers.length === 0) throw new Error('a vehicle needs at least one broker');
  const replyTopic = `veiculos/resposta/${vehicleId}`;
  const presenceTopic = `malha/v1/veiculos/${vehicleId}/conexao`;
  const telemetryTopic = `malha/v1/veiculos/${vehicleId}/telemetria`;
  const closing = new AbortController();
  let session: Session | null = null;
  let lastNumber = 0;
  let questions = 0;
  /** Called with every answer; what nobody waits for is dropped. */
  let onAnswer: ((answer: z.infer<typeof Answer>) => void) | null = null;
  /** Called when a session begins or ends. */
  let onChange: (() => void) | null = null;

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
        session = begun;
        options.onConnected(broker);
        onChange?.();
        const reason = await begun.over;
        session = null;
        onChange?.();
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
      client.on('message', (topic, payload) => {
        if (topic === replyTopic) takeAnswer(payload.toString('utf8'));
      });
      client.on('connect', () => {
        client.subscribe(replyTopic, { qos: 1 }, (error) => {
          if (error) return fail(error.message);
          client.publish(presenceTopic, presence(true), { qos: 1, retain: true }, () => undefined);
          resolve({ client, number, over, end: finish });
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

  function takeAnswer(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    const parsed = Answer.safeParse(json);
    if (parsed.success) onAnswer?.(parsed.data);
  }

  /** The running session, or null when none came in time. */
  async function connected(signal: AbortSignal): Promise<Session | null> {
    if (session !== null) return session;
    await within(signal, (done) => {
      onChange = () => done(undefined);
    });
    return session;
  }

  /** Runs `start` and waits for its `done`, at most the time-out of a question. Rejects when `signal` aborts. */
  async function within<T>(
    signal: AbortSignal,
    start: (done: (value: T) => void) => void,
  ): Promise<T | null> {
    const finished = new AbortController();
    try {
      const result = new Promise<T>((resolve) => start(resolve));
      const tooLong = sleepRealMs(
        clock,
        options.askTimeoutRealMs,
        AbortSignal.any([signal, finished.signal]),
      ).then(() => null);
      return await Promise.race([result, tooLong]);
    } finally {
      finished.abort();
      onChange = null;
      onAnswer = null;
    }
  }

  return {
    async ask(question, signal) {
      for (let attempt = 1, unanswered = 0; ; attempt += 1) {
        const current = await connected(signal);
        if (current !== null) {
          questions += 1;
          const id = `${vehicleId}:${current.number}:${questions}`;
          const payload = JSON.stringify({
            veiculo_id: vehicleId,
            bateria: question.batteryPct,
            local: question.place,
            destino: question.destination,
            id,
          });
          const answer = await within<z.infer<typeof Answer>>(signal, (done) => {
            onAnswer = (candidate) => {
              // A late answer to an earlier question may speak of another road.
              if (candidate.id === undefined || candidate.id === id) done(candidate);
            };
            current.client.publish('veiculos/solicitacao', payload, { qos: 1 }, () => undefined);
          });
          if (answer !== null && answer.erro === undefined) return answer.pontos_disponiveis.map(String);
          unanswered += 1;
          if (unanswered % UNANSWERED_MAX === 0) current.end('no answer to a question');
        }
        await sleepRealMs(clock, backOffRealMs(attempt, options.backOffRealMs, random), signal);
      }
    },
    report({ position, socPct, speedKmh, trip }) {
      if (session?.client.connected !== true) return;
      const telemetry = { v: 1, session: session.number, position, socPct, speedKmh, trip };
      session.client.publish(telemetryTopic, JSON.stringify(telemetry), { qos: 0 });
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
