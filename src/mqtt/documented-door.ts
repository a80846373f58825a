/** The documented MQTT topics: who asks is named in the payload, and with it the topic of the reply. */
import { OUTCOMES } from '../doors/outcomes.js';
import type { Protocol, Reply } from './desk.js';
import { answerDocumented, type DocumentedAnswer } from './documented-answers.js';
import { type ReplyBody, refusalBody, replyFields } from './documented-replies.js';
import { type Reading as DocumentedReading, readRequest, replyTopicOf } from './documented-requests.js';
import {
  POINTS_REPLIES,
  POINTS_REQUESTS,
  RESERVATION_REPLIES,
  RESERVATION_REQUESTS,
} from './documented-topics.js';

type Answerable = Exclude<DocumentedReading, { kind: 'unanswerable' }>;

export interface DocumentedSettings {
  /** Window of a reservation that names no time. */
  readonly legacyWindowMinutes: number;
}

/** Answers `veiculos/solicitacao` and `empresa/{nome}/reserva`. */
export function documentedProtocol({ legacyWindowMinutes }: DocumentedSettings): Protocol<Answerable> {
  const windowMs = legacyWindowMinutes * 60_000;
  return {
    requests: [POINTS_REQUESTS, RESERVATION_REQUESTS],
    replies: [POINTS_REPLIES, RESERVATION_REPLIES],
    read(topic, payload) {
      const reading = readRequest(topic, payload);
      if (reading.kind === 'unanswerable') return reading;
      const request = reading.kind === 'request' ? reading.request : undefined;
      const replyTopic = replyTopicOf(request?.address ?? addressOf(reading));
      return { kind: 'request', request: reading, replyTopic, id: request?.id };
    },
    async answer(reading, answering) {
      if (reading.kind === 'invalid') {
        return replyTo(reading, { body: refusalBody(reading.address, 'invalido', reading.fault) });
      }
      return replyTo(reading, await answerDocumented(reading.request, { ...answering, windowMs }));
    },
    excuse(reading, code) {
      const fault = code === 'INTERNAL' ? 'desconhecido' : 'indisponivel';
      return replyTo(reading, { body: refusalBody(addressOf(reading), fault, OUTCOMES[code].portuguese) });
    },
  };
}

function addressOf(reading: Answerable) {
  return reading.kind === 'request' ? reading.request.address : reading.address;
}

function replyTo(reading: Answerable, { body, ageMs, requestKey }: DocumentedAnswer): Reply {
  const asked = reading.kind === 'request' ? reading.request.id : undefined;
  const fields = replyFields(addressOf(reading), body, { id: asked ?? requestKey, ageMs });
  return { fields, outcome: outcomeOf(body), failed: reading.kind === 'request' && hasFailed(body) };
}

/** Of a request that could be read: a question fails only where there is no answer. */
function hasFailed({ kind, fault }: ReplyBody): boolean {
  return kind === 'points' ? fault !== undefined : fault === 'indisponivel' || fault === 'desconhecido';
}

function outcomeOf(body: ReplyBody): object {
  return body.kind === 'points'
    ? { points: body.pointIds.length, fault: body.fault }
    : { free: body.free, reserved: body.reserved, fault: body.fault };
}
