/**
 * The door for the documented MQTT topics.
 *
 * 1. Nothing that arrives makes it throw: what cannot be read changes nothing, and is answered wherever a reply topic
 *    can be made of it.
 * 2. With a broker of its own a node answers what it hears. On a shared broker every node hears everything, and the
 *    Raft leader answers; the others keep requests for two election time-outs, strike out what they see answered,
 *    and whoever becomes leader answers the rest, in order of arrival.
 * 3. A reply is published at QoS 1, so that it cannot overtake its request on the way to another node. Around a
 *    change of leader a request may be answered twice; what it may do to the ledger then is said in deciding.ts.
 * 4. Requests of one sender about one thing are decided in order of arrival. How many are under way is bounded.
 */
import { OUTCOMES } from '../doors/outcomes.js';
import { type RandomBytes, traceIdOf } from '../doors/trace.js';
import type { Logger } from '../observe/logger.js';
import type { Mesh } from '../replica/mesh.js';
import type { MqttBus, MqttMessage } from './bus.js';
import { type KeySource, messageDigest, type Patience, type World } from './deciding.js';
import { type Answering, answerDocumented, type DocumentedAnswer } from './documented-answers.js';
import { refusalBody, replyText } from './documented-replies.js';
import { type Address, type Reading, readRequest, replyTopicOf } from './documented-requests.js';
import {
  POINTS_REPLIES,
  POINTS_REQUESTS,
  RESERVATION_REPLIES,
  RESERVATION_REQUESTS,
} from './documented-topics.js';
import { Lanes } from './lanes.js';
import { readReplyMarks } from './reply-marks.js';
import type { Timers } from './timers.js';
import { Backlog, type Unanswered } from './unanswered.js';

export interface MqttDoorSettings {
  /** The company whose node this is. */
  readonly company: string;
  readonly requestTimeoutMs: number;
  readonly legacyWindowMinutes: number;
  /** How long a linearizable read is tried before this replica answers alone. */
  readonly readTryMs: number;
  /** The election time-out, as the replica has it. */
  readonly electionMs: number;
}

export interface MqttDoorOptions {
  readonly bus: MqttBus;
  readonly mesh: Mesh;
  readonly settings: MqttDoorSettings;
  readonly logger: Logger;
  readonly random: RandomBytes;
  readonly timers: Timers;
}

export interface MqttDoor {
  /** Resolves once the broker grants every topic; rejects when it refuses one or the door is closed before. */
  readonly ready: Promise<void>;
  /** Takes no further requests; resolves once those under way are answered. */
  close(): Promise<void>;
}

/** Requests under way at once; what exceeds it is told to try later. */
const REQUESTS_MAX = 512;

/** What a node that does not lead keeps for the case that it will. */
const KEPT_MAX = 4_096;
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/** Election time-outs that a request is kept for. */
const KEPT_ELECTIONS = 2;

/** How often, within an election time-out, a node with kept requests looks whether it leads. */
const LOOKS_PER_ELECTION = 10;

/** Request time-outs after which an unknown outcome is told as unknown. */
const PATIENCE_TIMEOUTS = 3;

const LOGGED_TOPIC_MAX = 200;
const LOGGED_PAYLOAD_BYTES_MAX = 1_024;

/** Answers the documented topics of `bus` until it is closed. */
export function openMqttDoor(options: MqttDoorOptions): MqttDoor {
  return new DocumentedDoor(options);
}

/** A message that can be answered, with what was known when it arrived. */
interface Arrival extends Unanswered {
  /** Its marks in the log. */
  readonly marks: object;
  readonly traceId: string;
  readonly reading: Exclude<Reading, { kind: 'unanswerable' }>;
  readonly address: Address;
  readonly keySource: KeySource;
  /** Another node's reply was seen while this one was at it. */
  answeredElsewhere: boolean;
}

class DocumentedDoor implements MqttDoor {
  readonly ready: Promise<void>;
  readonly #options: MqttDoorOptions;
  readonly #world: World;
  readonly #patience: Patience;
  readonly #lanes = new Lanes();
  /** Kept by a node that does not lead. */
  readonly #kept: Backlog<Arrival>;
  /** Being answered by this node, on a shared broker. */
  readonly #underWay = new Backlog<Arrival>({ countMax: KEPT_MAX, bytesMax: KEPT_BYTES_MAX, keepMs: 0 });
  readonly #endSubscriptions: ReadonlyArray<() => void>;
  #cancelLook: (() => void) | null = null;
  #closing = false;

  constructor(options: MqttDoorOptions) {
    this.#options = options;
    const { bus, mesh, timers, settings } = options;
    this.#world = { mesh, timers, closing: () => this.#closing };
    this.#patience = {
      tryTimeoutMs: settings.requestTimeoutMs,
      giveUpMs: settings.requestTimeoutMs * PATIENCE_TIMEOUTS,
      pauseMs: settings.electionMs / LOOKS_PER_ELECTION,
    };
    this.#kept = new Backlog({
      countMax: KEPT_MAX,
      bytesMax: KEPT_BYTES_MAX,
      keepMs: settings.electionMs * KEPT_ELECTIONS,
    });
    const requests = [POINTS_REQUESTS, RESERVATION_REQUESTS];
    const replies = bus.shared ? [POINTS_REPLIES, RESERVATION_REPLIES] : [];
    // Replies first: a request heard before its reply can be heard would be taken for unanswered.
    const subscriptions = [
      ...replies.map((filter) => bus.subscribe(filter, (message) => this.#sawReply(message))),
      ...requests.map((filter) => bus.subscribe(filter, (message) => this.#arrived(message))),
    ];
    this.#endSubscriptions = subscriptions.map((subscription) => () => subscription.end());
    this.ready = Promise.all(subscriptions.map(({ granted }) => granted)).then(() => {});
    this.ready.catch(() => {});
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const end of this.#endSubscriptions) end();
    this.#cancelLook?.();
    this.#cancelLook = null;
    await this.#lanes.idle();
  }

  #arrived(message: MqttMessage): void {
    const { bus, logger, random, timers } = this.#options;
    const answers = !bus.shared || this.#leads();
    const traceId = traceIdOf(undefined, random);
    const marks = { ...marksOf(message), traceId };
    const reading = readRequest(message.topic, message.payload);
    logger.debug({ traceId, payload: textToLog(message.payload) }, 'MQTT: request');
    if (reading.kind === 'unanswerable') {
      if (answers) logger.info({ ...marks, fault: reading.fault }, 'MQTT: request refused');
      return;
    }
    const address = reading.kind === 'request' ? reading.request.address : reading.address;
    const id = reading.kind === 'request' ? reading.request.id : undefined;
    const label = bus.shared ? this.#labelOf(message) : '';
    const arrival: Arrival = {
      marks,
      traceId,
      reading,
      address,
      keySource: this.#keySourceOf(id, label),
      label,
      replyTopic: replyTopicOf(address),
      bytes: message.payload.length,
      arrivedAtMs: timers.nowMs(),
      answeredElsewhere: false,
    };
    if (answers) {
      this.#answerKept();
      this.#answer(arrival);
    } else {
      this.#keep(arrival);
    }
  }

  #labelOf({ topic, payload }: MqttMessage): string {
    return messageDigest(this.#options.mesh.status().cluster, topic, payload);
  }

  #keySourceOf(id: string | undefined, label: string): KeySource {
    if (id !== undefined) return { kind: 'client', id };
    if (label === '') return { kind: 'fresh' };
    return { kind: 'derived', digest: label, appliedIndex: this.#options.mesh.status().appliedIndex };
  }

  #leads(): boolean {
    return this.#options.mesh.status().role === 'leader';
  }

  #answer(arrival: Arrival): void {
    if (this.#options.bus.shared) this.#underWay.keep(arrival);
    if (this.#lanes.size >= REQUESTS_MAX) {
      const words = OUTCOMES.RESOURCE_EXHAUSTED.portuguese;
      void this.#reply(arrival, { body: refusalBody(arrival.address, 'indisponivel', words) });
      return;
    }
    this.#lanes.run(arrival.replyTopic, async () => {
      if (!arrival.answeredElsewhere) await this.#reply(arrival, await this.#decide(arrival));
    });
  }

  async #decide({ reading, address, keySource, traceId }: Arrival): Promise<DocumentedAnswer> {
    if (reading.kind === 'invalid') return { body: refusalBody(address, 'invalido', reading.fault) };
    const { settings, logger } = this.#options;
    const answering: Answering = {
      world: this.#world,
      patience: this.#patience,
      keySource,
      traceId,
      readTryMs: settings.readTryMs,
      windowMs: settings.legacyWindowMinutes * 60_000,
    };
    try {
      return await answerDocumented(reading.request, answering);
    } catch (error) {
      logger.error({ traceId, err: error }, 'MQTT: a request failed for a reason nobody foresaw');
      return { body: refusalBody(address, 'desconhecido', OUTCOMES.INTERNAL.portuguese) };
    }
  }

  async #reply(arrival: Arrival, { body, ageMs, requestKey }: DocumentedAnswer): Promise<void> {
    const { bus, logger } = this.#options;
    const { marks, reading, address, label, replyTopic } = arrival;
    const fields = { ...marks, reply: replyTopic };
    this.#underWay.remove(arrival);
    if (arrival.answeredElsewhere) {
      logger.info(fields, 'MQTT: request answered by another node');
      return;
    }
    const asked = reading.kind === 'request' ? reading.request.id : undefined;
    const shared = bus.shared ? { request: label, node: this.#nodeName() } : {};
    const text = replyText(address, body, { id: asked ?? requestKey, ageMs, ...shared });
    const outcome =
      body.kind === 'points'
        ? { points: body.pointIds.length }
        : { free: body.free, reserved: body.reserved };
    try {
      await bus.publish(replyTopic, text, { qos: 1, retain: false });
      logger.info({ ...fields, ...outcome, fault: body.fault }, 'MQTT: request answered');
    } catch (error) {
      logger.warn({ ...fields, ...outcome, err: error }, 'MQTT: the reply could not be published');
    }
  }

  /** Names the node that answered in replies on a shared broker. */
  #nodeName(): string {
    return `${this.#options.settings.company}/${this.#options.mesh.status().replica}`;
  }

  #sawReply({ topic, payload }: MqttMessage): void {
    const { node, request } = readReplyMarks(payload);
    if (node === this.#nodeName()) return;
    const arrival = this.#underWay.answered(topic, request) ?? this.#kept.answered(topic, request);
    if (arrival !== undefined) arrival.answeredElsewhere = true;
  }

  #keep(arrival: Arrival): void {
    this.#gaveUp(this.#kept.keep(arrival));
    this.#lookLater();
  }

  #answerKept(): void {
    this.#gaveUp(this.#kept.expire(this.#options.timers.nowMs()));
    for (const arrival of this.#kept.takeAll()) this.#answer(arrival);
  }

  #lookLater(): void {
    if (this.#cancelLook !== null || this.#closing || this.#kept.size === 0) return;
    const { timers, settings } = this.#options;
    this.#cancelLook = timers.after(settings.electionMs / LOOKS_PER_ELECTION, () => {
      this.#cancelLook = null;
      if (this.#leads()) this.#answerKept();
      else this.#gaveUp(this.#kept.expire(timers.nowMs()));
      this.#lookLater();
    });
  }

  #gaveUp(arrivals: readonly Arrival[]): void {
    if (arrivals.length === 0) return;
    this.#options.logger.warn(
      { requests: arrivals.length },
      'MQTT: no leader answered in time; dropped here',
    );
  }
}

function marksOf({ topic, payload, clientId }: MqttMessage): object {
  return { topic: topic.slice(0, LOGGED_TOPIC_MAX), bytes: payload.length, client: clientId };
}

function textToLog(payload: Uint8Array): string {
  return Buffer.from(payload.subarray(0, LOGGED_PAYLOAD_BYTES_MAX)).toString();
}
