/**
 * Requests that come over MQTT, from their arrival to their reply, whatever they ask: what all doors of a broker share.
 *
 * 1. Nothing that arrives makes it throw: what cannot be read changes nothing, and is answered wherever a reply topic
 *    can be made of it.
 * 2. With a broker of its own a node answers what it hears. On a shared broker every node hears everything, and the
 *    Raft leader answers; the others keep requests for two election time-outs, strike out what they see answered,
 *    and whoever becomes leader answers the rest, in order of arrival.
 * 3. A reply is published at QoS 1, so that it cannot overtake its request on the way to another node. Around a
 *    change of leader a request may be answered twice; what it may do to the ledger then is said in deciding.ts.
 * 4. Requests whose replies share a topic are decided in order of arrival. How many are under way is bounded.
 */
import { type RandomBytes, traceIdOf } from '../doors/trace.js';
import type { Logger } from '../observe/logger.js';
import type { Mesh } from '../replica/mesh.js';
import type { MqttBus, MqttMessage } from './bus.js';
import { type Answering, type KeySource, messageDigest, type Patience, type World } from './deciding.js';
import { Lanes } from './lanes.js';
import { readReplyMarks } from './reply-marks.js';
import type { Timers } from './timers.js';
import { Backlog, type Unanswered } from './unanswered.js';

export interface DeskSettings {
  /** The company whose node this is. */
  readonly company: string;
  readonly requestTimeoutMs: number;
  /** How long a linearizable read is tried before this replica answers alone. */
  readonly readTryMs: number;
  /** The election time-out, as the replica has it. */
  readonly electionMs: number;
}

export interface DeskOptions {
  readonly bus: MqttBus;
  readonly mesh: Mesh;
  readonly settings: DeskSettings;
  readonly logger: Logger;
  readonly random: RandomBytes;
  readonly timers: Timers;
}

/** What is asked on some topics, and how it is answered. */
export interface Protocol<R> {
  /** Filters of the topics that requests and replies use. */
  readonly requests: readonly string[];
  readonly replies: readonly string[];
  /** Never throws. */
  read(topic: string, payload: Uint8Array): Reading<R>;
  /** Rejects only for what nobody foresaw. */
  answer(request: R, answering: Answering): Promise<Reply>;
  /** The reply to a request that is not carried out: too much is under way, or something unforeseen happened. */
  excuse(request: R, code: 'RESOURCE_EXHAUSTED' | 'INTERNAL'): Reply;
}

export type Reading<R> =
  /** Answerable, be it only with what is wrong with it. `id`: the sender's request key; undefined where it gave none. */
  | {
      readonly kind: 'request';
      readonly request: R;
      readonly replyTopic: string;
      readonly id: string | undefined;
    }
  /** No reply topic can be made of it; `fault` in English, for the log. */
  | { readonly kind: 'unanswerable'; readonly fault: string };

export interface Reply {
  /** The fields of its payload; on a shared broker `pedido` and `no` come after them. */
  readonly fields: object;
  /** For the log. */
  readonly outcome: object;
  /** Set where this node did not get to a decision, or knows of none. */
  readonly failed?: boolean;
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

/** A message that can be answered, with what was known when it arrived. */
interface Arrival<R> extends Unanswered {
  /** Its marks in the log. */
  readonly marks: object;
  readonly traceId: string;
  readonly request: R;
  readonly keySource: KeySource;
  /** Another node's reply was seen while this one was at it. */
  answeredElsewhere: boolean;
}

export class Desk<R> {
  /** Resolves once the broker grants every topic; rejects when it refuses one or the desk is closed before. */
  readonly ready: Promise<void>;
  readonly #options: DeskOptions;
  readonly #protocol: Protocol<R>;
  readonly #world: World;
  readonly #patience: Patience;
  readonly #lanes = new Lanes();
  /** Kept by a node that does not lead. */
  readonly #kept: Backlog<Arrival<R>>;
  /** Being answered by this node, on a shared broker. */
  readonly #underWay = new Backlog<Arrival<R>>({ countMax: KEPT_MAX, bytesMax: KEPT_BYTES_MAX, keepMs: 0 });
  readonly #endSubscriptions: ReadonlyArray<() => void>;
  #cancelLook: (() => void) | null = null;
  #closing = false;

  /** Answers until it is closed. */
  constructor(protocol: Protocol<R>, options: DeskOptions) {
    this.#options = options;
    this.#protocol = protocol;
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
    // Replies first: a request heard before its reply can be heard would be taken for unanswered.
    const replies = bus.shared ? protocol.replies : [];
    const subscriptions = [
      ...replies.map((filter) => bus.subscribe(filter, (message) => this.#sawReply(message))),
      ...protocol.requests.map((filter) => bus.subscribe(filter, (message) => this.#arrived(message))),
    ];
    this.#endSubscriptions = subscriptions.map((subscription) => () => subscription.end());
    this.ready = Promise.all(subscriptions.map(({ granted }) => granted)).then(() => {});
    this.ready.catch(() => {});
  }

  /** Takes no further requests; resolves once those under way are answered. */
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
    const marks = { ...marksOf(message), trace: traceId };
    const reading = this.#protocol.read(message.topic, message.payload);
    logger.debug({ trace: traceId, payload: textToLog(message.payload) }, 'MQTT: request');
    if (reading.kind === 'unanswerable') {
      if (answers) logger.info({ ...marks, fault: reading.fault }, 'MQTT: request refused');
      return;
    }
    const { request, replyTopic, id } = reading;
    const label = bus.shared ? this.#labelOf(message) : '';
    const arrival: Arrival<R> = {
      marks,
      traceId,
      request,
      keySource: this.#keySourceOf(id, label),
      label,
      replyTopic,
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

  #answer(arrival: Arrival<R>): void {
    if (this.#options.bus.shared) this.#underWay.keep(arrival);
    if (this.#lanes.size >= REQUESTS_MAX) {
      void this.#reply(arrival, this.#protocol.excuse(arrival.request, 'RESOURCE_EXHAUSTED'));
      return;
    }
    this.#lanes.run(arrival.replyTopic, async () => {
      if (!arrival.answeredElsewhere) await this.#reply(arrival, await this.#decide(arrival));
    });
  }

  async #decide({ request, keySource, traceId }: Arrival<R>): Promise<Reply> {
    const { settings, logger } = this.#options;
    const answering: Answering = {
      world: this.#world,
      patience: this.#patience,
      keySource,
      traceId,
      readTryMs: settings.readTryMs,
    };
    try {
      return await this.#protocol.answer(request, answering);
    } catch (error) {
      logger.error({ trace: traceId, err: error }, 'MQTT: a request failed for a reason nobody foresaw');
      return this.#protocol.excuse(request, 'INTERNAL');
    }
  }

  async #reply(arrival: Arrival<R>, { fields, outcome, failed }: Reply): Promise<void> {
    const { bus, logger } = this.#options;
    const { marks, label, replyTopic } = arrival;
    this.#underWay.remove(arrival);
    if (arrival.answeredElsewhere) {
      logger.info({ ...marks, reply: replyTopic }, 'MQTT: request answered by another node');
      return;
    }
    const shared = bus.shared ? { pedido: label, no: this.#nodeName() } : {};
    const told = { ...marks, reply: replyTopic, ...outcome };
    try {
      await bus.publish(replyTopic, JSON.stringify({ ...fields, ...shared }), { qos: 1, retain: false });
      // What it did to the ledger, and the message of the reply, have lines of their own.
      if (failed) logger.warn(told, 'MQTT: request failed');
      else logger.debug(told, 'MQTT: request answered');
    } catch (error) {
      logger.warn({ ...told, err: error }, 'MQTT: the reply could not be published');
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

  #keep(arrival: Arrival<R>): void {
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

  #gaveUp(arrivals: readonly Arrival<R>[]): void {
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
