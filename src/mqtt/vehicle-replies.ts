/**
 * Replies on `malha/v1/veiculos/{id}/resposta`: `ok` with what was asked for, or what stands in the way, in the words
 * and codes of the one table (doors/outcomes.ts).
 */
import { CONFLICT_WORDS } from '../doors/conflict-words.js';
import { codeOf, type OutcomeCode, outcomeOf } from '../doors/outcomes.js';
import { timeText } from '../doors/times.js';
import type { Operation } from '../ledger/command.js';
import type { Answer, Conflict, NumberedStop, Result } from '../ledger/result.js';
import type { Reply } from './desk.js';
import { decidedJson } from './reservation-json.js';
import { PAYLOAD_VERSION, type VehicleAddress } from './vehicle-requests.js';

/** When and from where a reply speaks: the entry of a write, the applied index of a read. */
export interface Mark {
  readonly index: number;
  readonly atMs: number;
  /** Set when a read may be so old. */
  readonly ageMs?: number | undefined;
}

/** It was done, or here is what was asked for. */
export function done(address: VehicleAddress, { index, atMs, ageMs }: Mark, body: object): Reply {
  const mark = { indice: index, em: timeText(atMs), idade_ms: ageMs };
  return { fields: { ...head(address), ok: true, ...mark, ...body }, outcome: { done: true } };
}

export interface Trouble {
  readonly code: OutcomeCode;
  /** Instead of the table's words. */
  readonly message?: string | undefined;
  readonly conflicts?: readonly Conflict[];
  /** The entry that refused it. */
  readonly mark?: Mark;
  /** It may have been done: only the same `id` finds out. */
  readonly unknown?: boolean;
}

/** It was not done, or nobody knows yet. */
export function troubled(address: VehicleAddress, trouble: Trouble): Reply {
  const { code, message, conflicts = [], mark, unknown } = trouble;
  const { portuguese, retryAfterSeconds, httpStatus } = outcomeOf(code);
  const erro = {
    codigo: code,
    mensagem: message ?? portuguese,
    conflitos: conflicts.map(conflictJson),
  };
  const fields = {
    ...head(address),
    ok: false,
    ...(mark === undefined ? {} : { indice: mark.index, em: timeText(mark.atMs) }),
    erro,
    tente_de_novo_em_s: unknown === true ? RETRY_UNKNOWN_SECONDS : (retryAfterSeconds ?? undefined),
    resultado_desconhecido: unknown,
  };
  const failed = unknown === true || httpStatus >= 500;
  return { fields, outcome: { done: false, fault: code }, failed };
}

/** Who asks again under the same key is answered as soon as the outcome is known. */
const RETRY_UNKNOWN_SECONDS = 1;

/** What the ledger decided about an operation. A repeat of the request gives the same reply, whatever came since. */
export function decided(address: VehicleAddress, operation: Operation, answer: Answer): Reply {
  const { result, index, atMs } = answer;
  if (result.kind === 'refused') {
    const { conflicts } = result;
    const reply = troubled(address, { code: codeOf(result), conflicts, mark: { index, atMs } });
    return { ...reply, outcome: { ...reply.outcome, detail: result.detail } };
  }
  return done(address, answer, resultJson(result, operation, atMs));
}

function head({ id, type }: VehicleAddress): object {
  return { v: PAYLOAD_VERSION, id, tipo: type };
}

function conflictJson({ stop, pointId, reason }: Conflict): object {
  return { parada: stop, ponto_id: pointId, motivo: reason, mensagem: CONFLICT_WORDS[reason].portuguese };
}

function resultJson(
  result: Exclude<Result, { kind: 'refused' }>,
  operation: Operation,
  atMs: number,
): object {
  switch (result.kind) {
    case 'reserved':
    case 'trip-declared': {
      const reserva = decidedJson({
        reservationId: result.reservationId,
        ...asMade(result, operation, atMs),
      });
      if (result.kind === 'reserved') return { reserva };
      const prioridade = { bilhete: result.ticket, ate: timeText(result.ticketUntilMs) };
      return { reserva, prioridade };
    }
    case 'updated':
      return { reserva: decidedJson(result) };
    case 'waiting':
      return { espera: { id: result.waitId, ate: timeText(result.endsAtMs) } };
    case 'removed':
      return { espera: { id: result.id, encerrada: true } };
    case 'acknowledged':
      return { avisos_fechados: result.closed };
    case 'registered':
    case 'released':
    case 'expired':
    case 'version-raised':
    case 'point-updated':
    case 'pruned':
      throw new Error(`AssertionError: no vehicle asks for what is answered ${result.kind}`);
  }
}

/** How a reservation was when it was made: a hold ends with its first window at the latest. */
function asMade(
  { stops }: Extract<Result, { kind: 'reserved' | 'trip-declared' }>,
  operation: Operation,
  atMs: number,
) {
  const holdMs = 'holdMs' in operation ? operation.holdMs : 0;
  const isHold = holdMs > 0;
  return {
    state: isHold ? 'HELD' : 'CONFIRMED',
    holdUntilMs: isHold ? Math.min(atMs + holdMs, ...stops.map(({ endMs }) => endMs)) : 0,
    stops: stops.map((stop, number): NumberedStop => ({ ...stop, stop: number, state: 'PLANNED' })),
  } as const;
}
