/**
 * A vehicle's line to the mesh over MQTT 3.1.1: the documented question, malha's own requests, notices, telemetry.
 *
 * 1. A question, or a request, is sent again until it is answered; a request each time under its own id, so that what it asks
 *    happens once. A broker that leaves two in a row unanswered is left for the next.
 * 2. What the answers say is checked before it is believed. Telemetry is dropped while no broker is there.
 */
import { setMaxListeners } from 'node:events';
import * as z from 'zod';
import { backOffRealMs, sleepRealMs } from './back-off.js';
import { openSessions, type Session, type SessionOptions } from './mqtt-sessions.js';
import { type Notice, type Reply, readNotice, readReply } from './replies.js';

/** A broker that took this many questions without an answer is left for the next. */
const UNANSWERED_MAX = 2;

export interface MqttLinkOptions extends SessionOptions {
  readonly askTimeoutRealMs: number;
  /** Called for every notice, which may come more than once. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
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

/** What became of a request; `broker` is where it was answered. */
export type Outcome = Extract<Reply, { kind: 'done' | 'refused' }> & { readonly broker: string };

export interface MqttLink {
  /** Ids of the points that the mesh offers. Asks until answered; rejects when `signal` aborts. */
  ask(question: Question, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Sends a request (`pedido`) under `id` until it is decided. Rejects when `signal` aborts, or the link is closed: then
   * its outcome is unknown.
   */
  request(id: string, type: string, fields: object, signal: AbortSignal): Promise<Outcome>;
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

type Answer = z.infer<typeof Answer>;

export function openMqttLink(options: MqttLinkOptions): MqttLink {
  const { vehicleId, clock, random } = options;
  const topic = `malha/v1/veiculos/${vehicleId}`;
  const answerTopic = `veiculos/resposta/${vehicleId}`;
  const [replyTopic, noticeTopic] = [`${topic}/resposta`, `${topic}/avisos`];
  /** Called with every answer to a question; what nobody waits for is dropped. */
  let onAnswer: ((answer: Answer) => void) | null = null;
  /** Called with the reply to each request that is under way. */
  const onReply = new Map<string, (reply: Reply) => void>();
  let questions = 0;
  const sessions = openSessions(options, [answerTopic, replyTopic, noticeTopic], heard);
  setMaxListeners(0, sessions.closing);

  function heard(on: string, text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    if (on === answerTopic) {
      const parsed = Answer.safeParse(json);
      if (parsed.success) onAnswer?.(parsed.data);
    } else if (on === replyTopic) {
      const reply = readReply(json);
      if (reply !== null) onReply.get(reply.id)?.(reply);
    } else {
      const notice = readNotice(json);
      if (notice !== null) options.onNotice?.(notice);
    }
  }

  /** Runs `start` and waits for its `done`, at most the time-out of a question. Rejects when `signal` aborts. */
  async function within<T>(
    signal: AbortSignal,
    start: (done: (value: T) => void) => () => void,
  ): Promise<T | null> {
    const finished = new AbortController();
    let stop = (): void => {};
    try {
      const result = new Promise<T>((resolve) => {
        stop = start(resolve);
      });
      const over = AbortSignal.any([signal, finished.signal]);
      const tooLong = sleepRealMs(clock, options.askTimeoutRealMs, over).then(() => null);
      return await Promise.race([result, tooLong]);
    } finally {
      finished.abort();
      stop();
    }
  }

  /** The running session, or null when none came in time. */
  async function connected(signal: AbortSignal): Promise<Session | null> {
    if (sessions.current() !== null) return sessions.current();
    await within(signal, (done) => sessions.onChange(() => done(undefined)));
    return sessions.current();
  }

  /** Lets `send` try in one session after the other, until it makes something of an answer. */
  async function untilAnswered<T>(
    signal: AbortSignal,
    send: (session: Session) => Promise<T | 'later' | null>,
  ): Promise<T> {
    for (let attempt = 1, unanswered = 0; ; attempt += 1) {
      signal.throwIfAborted();
      const session = await connected(signal);
      if (session !== null) {
        const answer = await send(session);
        if (answer !== null && answer !== 'later') return answer;
        // Who says that it cannot decide now answers; who says nothing does not.
        unanswered = answer === null ? unanswered + 1 : 0;
        if (unanswered === UNANSWERED_MAX) {
          unanswered = 0;
          session.end('no answer to a question');
        }
      }
      await sleepRealMs(clock, backOffRealMs(attempt, options.backOffRealMs, random), signal);
    }
  }

  return {
    ask: (question, signal) =>
      untilAnswered<readonly string[]>(signal, async (session) => {
        questions += 1;
        const id = `${vehicleId}:${session.number}:${questions}`;
        const payload = JSON.stringify({
          veiculo_id: vehicleId,
          bateria: question.batteryPct,
          local: question.place,
          destino: question.destination,
          id,
        });
        const answer = await within<Answer | 'lost'>(signal, (done) => {
          void session.over.then(() => done('lost'));
          onAnswer = (candidate) => {
            // A late answer to an earlier question may speak of another road.
            if (candidate.id === undefined || candidate.id === id) done(candidate);
          };
          session.client.publish('veiculos/solicitacao', payload, { qos: 1 }, () => undefined);
          return () => {
            onAnswer = null;
          };
        });
        if (answer === 'lost') return 'later';
        return answer === null || answer.erro !== undefined ? null : answer.pontos_disponiveis.map(String);
      }),
    request(id, type, fields, signal) {
      const payload = JSON.stringify({ v: 1, id, tipo: type, ...fields });
      const until = AbortSignal.any([signal, sessions.closing]);
      return untilAnswered<Outcome>(until, async (session) => {
        const reply = await within<Reply | 'lost'>(until, (done) => {
          void session.over.then(() => done('lost'));
          onReply.set(id, done);
          session.client.publish(`${topic}/pedido`, payload, { qos: 1 }, () => undefined);
          return () => onReply.delete(id);
        });
        if (reply === null) return null;
        return reply === 'lost' || reply.kind === 'undecided'
          ? 'later'
          : { ...reply, broker: session.broker };
      });
    },
    report({ position, socPct, speedKmh, trip }) {
      const session = sessions.current();
      if (session?.client.connected !== true) return;
      const telemetry = { v: 1, session: session.number, position, socPct, speedKmh, trip };
      session.client.publish(`${topic}/telemetria`, JSON.stringify(telemetry), { qos: 0 });
    },
    close: () => sessions.close(),
  };
}
