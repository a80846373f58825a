/** What replies over MQTT say, as far as a vehicle can see it. */
import type { Operation } from '../../../src/ledger/command.js';
import type { ConflictReason, RefusalReason, Result } from '../../../src/ledger/result.js';
import type { ReservationState, StopState } from '../../../src/ledger/states.js';
import { RESERVATION_WORDS, STOP_WORDS } from '../../../src/mqtt/state-words.js';
import type { MeshCall } from '../../checker/mesh-history.js';
import type { Seen } from '../../checker/seen.js';
import type { Heard } from '../../torture/recorder.js';

interface StopText {
  readonly parada: number;
  readonly ponto_id: string;
  readonly inicio: string;
  readonly fim: string;
  readonly estado: string;
}

interface ReservationText {
  readonly id: string;
  readonly estado: string;
  readonly confirmar_ate?: string;
  readonly paradas: readonly StopText[];
}

/** A reply on `…/resposta`. */
export interface VehicleReply {
  readonly id: string | null;
  readonly ok: boolean;
  readonly indice?: number;
  readonly em?: string;
  readonly idade_ms?: number;
  readonly mais?: boolean;
  readonly reserva?: ReservationText;
  readonly reservas?: readonly ReservationText[];
  readonly espera?: { readonly id: string; readonly ate?: string };
  readonly prioridade?: { readonly bilhete: number; readonly ate: string };
  readonly resultado_desconhecido?: boolean;
  readonly tente_de_novo_em_s?: number;
  readonly erro?: {
    readonly codigo: string;
    readonly mensagem: string;
    readonly conflitos: readonly {
      readonly parada: number;
      readonly ponto_id: string;
      readonly motivo: string;
    }[];
  };
}

/** Throws for a reply that no sound request gets. */
export function heardOfReply(call: MeshCall, reply: VehicleReply): Heard {
  const { ok, indice: index, em, erro } = reply;
  const atMs = em === undefined ? null : Date.parse(em);
  if (call.kind === 'query') {
    if (!ok || reply.mais === true) return { kind: 'denied', reason: erro?.codigo ?? 'more than fits' };
    const stale = reply.idade_ms !== undefined;
    const view = (reply.reservas ?? []).map(reservation);
    return { kind: 'answer', reply: { kind: 'view', index: index!, atMs, stale, view } };
  }
  if (index !== undefined) {
    const result = ok ? granted(call.operation, reply) : refused(reply);
    return { kind: 'answer', reply: { kind: 'result', index, atMs, result } };
  }
  if (reply.resultado_desconhecido === true) return { kind: 'unknown', reason: erro!.codigo };
  if (reply.tente_de_novo_em_s !== undefined) return { kind: 'denied', reason: erro!.codigo };
  throw new Error(`${call.operation.kind} is answered ${JSON.stringify(reply)}`);
}

function granted(operation: Operation, { reserva, espera, prioridade }: VehicleReply): Seen<Result> {
  if (operation.kind === 'join-waitlist') {
    return { kind: 'waiting', waitId: espera!.id, endsAtMs: Date.parse(espera!.ate!) };
  }
  if (operation.kind === 'leave-waitlist') return { kind: 'removed', id: espera!.id };
  const { id: reservationId, paradas, confirmar_ate } = reserva!;
  if (operation.kind === 'reserve') return { kind: 'reserved', reservationId, stops: paradas.map(booked) };
  if (operation.kind === 'declare-trip') {
    const { bilhete: ticket, ate } = prioridade!;
    const stops = paradas.map(booked);
    return { kind: 'trip-declared', reservationId, ticket, ticketUntilMs: Date.parse(ate), stops };
  }
  return {
    kind: 'updated',
    reservationId,
    state: wordFor<ReservationState>(RESERVATION_WORDS, reserva!.estado),
    holdUntilMs: confirmar_ate === undefined ? 0 : Date.parse(confirmar_ate),
    stops: paradas.map((each) => ({ ...numbered(each), stop: each.parada })),
  };
}

function refused({ erro }: VehicleReply): Seen<Result> {
  const { codigo, conflitos } = erro!;
  const conflicts = conflitos.map(({ parada: stop, ponto_id: pointId, motivo }) => ({
    ...{ stop, pointId, reason: motivo as ConflictReason },
  }));
  return { kind: 'refused', reason: codigo as RefusalReason, conflicts };
}

function reservation({ id, estado, paradas }: ReservationText): object {
  return { id, state: wordFor(RESERVATION_WORDS, estado), stops: paradas.map(numbered) };
}

function numbered(stop: StopText) {
  return { ...booked(stop), state: wordFor<StopState>(STOP_WORDS, stop.estado) };
}

function booked({ ponto_id: pointId, inicio, fim }: StopText) {
  return { pointId, startMs: Date.parse(inicio), endMs: Date.parse(fim) };
}

function wordFor<Name extends string>(words: Readonly<Record<Name, string>>, told: string): Name {
  const found = Object.entries(words).find(([, word]) => word === told);
  if (found === undefined) throw new Error(`${told} is none of ${Object.values(words).join(', ')}`);
  return found[0] as Name;
}
