/**
 * Payloads of the documented topics, read with suspicion: bounded, strict UTF-8 and JSON, own fields of one plain
 * object only. What is wrong with a request is told to its sender wherever a reply topic can be made of it.
 */
import { BadRequest } from '../doors/bad-request.js';
import { isTopicSafe, parseRequestKey } from '../doors/identifiers.js';
import {
  companyInTopic,
  POINTS_REQUESTS,
  pointsReplyTopic,
  reservationReplyTopic,
} from './documented-topics.js';
import { readObject } from './payload.js';

/** Largest payload that is read. */
export const REQUEST_BYTES_MAX = 8 * 1024;

/** Longest topic that is read; none of the documented ones comes near it. */
const TOPIC_LENGTH_MAX = 200;

const PLACE_LENGTH_MAX = 200;

/** As the documented payloads name what is to be done with a point. */
export type Action = 'reservar' | 'liberar' | 'verificar';

const ACTIONS: readonly string[] = ['reservar', 'liberar', 'verificar'] satisfies readonly Action[];

/** Whom a reply goes to; its fields are safe in topics. */
export type Address =
  | { readonly kind: 'points'; readonly vehicle: string }
  | {
      readonly kind: 'reservation';
      readonly origin: string;
      readonly pointId: string;
      readonly company: string;
    };

interface Asked {
  /** The sender's own id of the request, which becomes the request key; undefined where it gave none. */
  readonly id: string | undefined;
}

export type DocumentedRequest =
  | (Asked & {
      readonly address: Extract<Address, { kind: 'points' }>;
      readonly from: string;
      readonly to: string;
    })
  | (Asked & {
      readonly address: Extract<Address, { kind: 'reservation' }>;
      readonly action: Action;
      /** The company named in the topic; the payload's one is in the address. Either may be id or display id. */
      readonly companyInTopic: string;
    });

export type Reading =
  | { readonly kind: 'request'; readonly request: DocumentedRequest }
  /** Answerable, but not carried out; `fault` in Portuguese. */
  | { readonly kind: 'invalid'; readonly address: Address; readonly fault: string }
  /** No reply topic can be made of it; `fault` in English, for the log. */
  | { readonly kind: 'unanswerable'; readonly fault: string };

/** Where the reply to `address` is published. */
export function replyTopicOf(address: Address): string {
  return address.kind === 'points'
    ? pointsReplyTopic(address.vehicle)
    : reservationReplyTopic(address.origin, address.pointId);
}

/** Reads a message of one of the two request topics. Never throws. */
export function readRequest(topic: string, payload: Uint8Array): Reading {
  if (topic.length > TOPIC_LENGTH_MAX) return { kind: 'unanswerable', fault: 'the topic is too long' };
  const fields = readFields(payload);
  if (typeof fields === 'string') return { kind: 'unanswerable', fault: fields };
  return topic === POINTS_REQUESTS ? readPointsRequest(fields) : readReservationRequest(topic, fields);
}

type Fields = (name: string) => unknown;

/** The payload's own fields, or what is wrong with the payload. */
function readFields(payload: Uint8Array): Fields | string {
  const value = readObject(payload, REQUEST_BYTES_MAX);
  if (typeof value === 'string') return value;
  const own = new Map<string, unknown>(Object.entries(value));
  return (name) => own.get(name);
}

function readPointsRequest(fields: Fields): Reading {
  const vehicle = topicSafe(fields('veiculo_id'));
  if (vehicle === null)
    return { kind: 'unanswerable', fault: 'veiculo_id is missing or not safe in a topic' };
  const address: Address = { kind: 'points', vehicle };
  const invalid = (fault: string): Reading => ({ kind: 'invalid', address, fault });

  const id = readId(fields('id'));
  if (id === null) return invalid('id: use de 1 a 255 caracteres ASCII imprimíveis');
  if (!isPercentage(fields('bateria'))) return invalid('bateria: informe um número de 0 a 100');
  const from = readPlace(fields('local'));
  if (from === null) return invalid('local: informe uma cidade');
  const to = readPlace(fields('destino'));
  if (to === null) return invalid('destino: informe uma cidade');
  return { kind: 'request', request: { address, id, from, to } };
}

function readReservationRequest(topic: string, fields: Fields): Reading {
  const origin = topicSafe(fields('origem'));
  const pointId = topicSafe(fields('ponto_id'));
  if (origin === null) return { kind: 'unanswerable', fault: 'origem is missing or not safe in a topic' };
  if (pointId === null) return { kind: 'unanswerable', fault: 'ponto_id is missing or not safe in a topic' };
  const company = topicSafe(fields('empresa_id'));
  const address: Address = { kind: 'reservation', origin, pointId, company: company ?? '' };
  const invalid = (fault: string): Reading => ({ kind: 'invalid', address, fault });

  const id = readId(fields('id'));
  if (id === null) return invalid('id: use de 1 a 255 caracteres ASCII imprimíveis');
  if (company === null) return invalid('empresa_id: informe a empresa dona do ponto');
  const named = topicSafe(companyInTopic(topic));
  if (named === null) return invalid('o tópico não nomeia uma empresa');
  const action = fields('acao');
  if (!isAction(action)) return invalid(`acao: use ${ACTIONS.join(', ')}`);
  return { kind: 'request', request: { address, id, action, companyInTopic: named } };
}

/** Ids are text; numbers are taken as well, as clients in typed languages send them. */
function topicSafe(value: unknown): string | null {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && isTopicSafe(text) ? text : null;
}

/** The sender's id of the request; undefined when there is none, null when it cannot be a request key. */
function readId(value: unknown): string | undefined | null {
  if (value === undefined || value === null) return undefined;
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') return null;
  try {
    return parseRequestKey(text);
  } catch (error) {
    if (error instanceof BadRequest) return null;
    throw error;
  }
}

function readPlace(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > PLACE_LENGTH_MAX) return null;
  const place = value.trim();
  return place === '' ? null : place;
}

function isPercentage(value: unknown): boolean {
  const digits = typeof value === 'string' && /^\d{1,3}(?:\.\d{1,20})?$/.test(value.trim());
  const number = digits ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= 100;
}

function isAction(value: unknown): value is Action {
  return typeof value === 'string' && ACTIONS.includes(value);
}
