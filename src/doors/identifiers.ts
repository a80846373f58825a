/**
 * Names that come from outside: ids of points, holders and request keys. Every function throws BadRequest for
 * what it does not accept, so that behind a door every name is bounded and printable.
 */
import { BadRequest } from './bad-request.js';

/** Whom a reservation belongs to when the caller does not say (security off). */
export const ANONYMOUS = 'anonimo';

/** Most points that one request may name. */
export const IDS_MAX = 50;

/** Longest id of a point or a company, in UTF-16 units. */
export const ID_LENGTH_MAX = 64;

/** Ids that go into MQTT topics, and holders: no wildcard, no separator, no blank. */
const TOPIC_SAFE = /^[A-Za-z0-9_.-]{1,64}$/;

/** Control characters and halves of surrogate pairs: the latter have no UTF-8, so replicas would not agree on them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

const REQUEST_KEY = /^[\x20-\x7e]{1,255}$/;

/** Whether `text` may be part of a topic and may name a vehicle. */
export function isTopicSafe(text: string): boolean {
  return TOPIC_SAFE.test(text);
}

/** The holder named by a vehicle id; ANONYMOUS when none was given. */
export function parseHolder(text: string | undefined): string {
  if (text === undefined) return ANONYMOUS;
  if (!isTopicSafe(text)) {
    throw new BadRequest(
      'identificação do veículo inválida: use de 1 a 64 letras, dígitos, "_", "." ou "-"',
      'the vehicle id must be 1 to 64 letters, digits, "_", "." or "-"',
    );
  }
  return text;
}

/**
 * The request key that a client chose, or undefined when it chose none. One pair of surrounding double quotes
 * (the structured-field form of `Idempotency-Key`) is not part of the key.
 */
export function parseRequestKey(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  const key = quoted ? text.slice(1, -1) : text;
  if (!REQUEST_KEY.test(key)) {
    throw new BadRequest(
      'chave do pedido inválida: use de 1 a 255 caracteres ASCII imprimíveis',
      'the request key must be 1 to 255 printable ASCII characters',
    );
  }
  return key;
}

/** Ids separated by commas, as in `/reserve-points/1, 2,1`: see `parseIds`; blank parts do not count. */
export function parseIdList(text: string): readonly string[] {
  return parseIds(text.split(',').filter((part) => part.trim() !== ''));
}

/** Ids in the order of their first appearance: blanks trimmed, repeats folded, 1 to `IDS_MAX` of them. */
export function parseIds(parts: readonly string[]): readonly string[] {
  const ids = new Set(parts.map(parseId));
  requireCount(ids.size);
  return [...ids];
}

/** Throws BadRequest unless `count` points, 1 to `IDS_MAX`, may be named by one request. */
export function requireCount(count: number): void {
  if (count === 0) throw new BadRequest('informe ao menos um ponto', 'name at least one point');
  if (count > IDS_MAX) {
    throw new BadRequest(`no máximo ${IDS_MAX} pontos por pedido`, `at most ${IDS_MAX} points a request`);
  }
}

/** One id of a point or a company, blanks trimmed: 1 to `ID_LENGTH_MAX` printable characters. */
export function parseId(text: string): string {
  const id = text.trim();
  if (id === '' || id.length > ID_LENGTH_MAX || UNPRINTABLE.test(id)) {
    throw new BadRequest(
      `identificador inválido: use de 1 a ${ID_LENGTH_MAX} caracteres imprimíveis`,
      `an id must be 1 to ${ID_LENGTH_MAX} printable characters`,
    );
  }
  return id;
}
