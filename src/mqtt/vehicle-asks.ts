/**
 * What a vehicle may ask, one strict schema for each `tipo`: the fields that it takes besides `v`, `id` and `tipo`, and
 * the operation or the question that they mean.
 */
import { z } from 'zod';
import { MAX_DETOUR_KM_MAX } from '../doors/substitutes.js';
import type { AfterNoShow, Operation } from '../ledger/command.js';
import {
  ACKNOWLEDGED_PER_COMMAND_MAX,
  HOLD_MS_MAX,
  HOLD_MS_MIN,
  REASON_LENGTH_MAX,
  SHIFT_MS_MAX,
  SHIFT_MS_MIN,
  STOPS_EVER_MAX,
  STOPS_MAX,
  SUBSTITUTES_MAX,
  TICKET_STOPS_MAX,
  WAIT_STOPS_MAX,
} from '../ledger/limits.js';
import { onlyWithCar, type PlanWish, planWish, TRIP_FIELDS } from './plan-wish.js';
import {
  amiss,
  ID,
  PLACE,
  STOP_NUMBER,
  seconds,
  WANTED_POINT,
  WANTED_STOP,
  WINDOW_FIELDS,
  windowOf,
} from './wanted-stops.js';

export type Ask =
  | { readonly kind: 'write'; readonly operation: Operation }
  /** Which points on the way are free for a window; `window` null: for the documented one, from now on. */
  | {
      readonly kind: 'plan';
      readonly from: string;
      readonly to: string;
      readonly window: { readonly startMs: number | 'now'; readonly durationMs: number } | null;
    }
  | PlanWish
  /** `reservationId` undefined: all that are open. */
  | { readonly kind: 'look'; readonly reservationId: string | undefined }
  /** What could take the place of a stop. */
  | {
      readonly kind: 'alternatives';
      readonly reservationId: string;
      readonly stop: number;
      readonly maxDetourKm: number | undefined;
    };

const HOLD = seconds(HOLD_MS_MIN, HOLD_MS_MAX);
const STOPS = z.array(WANTED_STOP).min(1);
const AFTER_NO_SHOW = z
  .enum(['manter', 'liberar'])
  .transform((word): AfterNoShow => (word === 'manter' ? 'keep' : 'free'));
const AFTER_NO_SHOW_OR_KEEP = AFTER_NO_SHOW.default('keep');

const ON_RESERVATION = { reserva_id: ID, se_indice: z.int().min(1).optional() };
const ON_STOP = { ...ON_RESERVATION, parada: STOP_NUMBER };

const CHANGED_STOP = z.union([
  z.strictObject({ manter: STOP_NUMBER }).transform(({ manter }) => ({ keep: manter })),
  WANTED_STOP,
]);

/** Every `tipo` that is known. */
export const ASKS: ReadonlyMap<string, z.ZodType<Ask>> = new Map<string, z.ZodType<Ask>>([
  [
    'planejar',
    z
      .strictObject({
        local: PLACE,
        destino: PLACE,
        bateria: z.number().min(0).max(100).optional(),
        ...WINDOW_FIELDS,
        inicio: WINDOW_FIELDS.inicio.optional(),
        ...TRIP_FIELDS,
      })
      .transform((fields, context): Ask => {
        if (fields.carro !== undefined) return planWish(fields, fields.carro, context);
        onlyWithCar(fields, context);
        const { local, destino, inicio, fim, duracao_s } = fields;
        const asked = inicio !== undefined || fim !== undefined || duracao_s !== undefined;
        const window = asked ? windowOf({ inicio: inicio ?? 'agora', fim, duracao_s }, context) : null;
        return { kind: 'plan', from: local, to: destino, window };
      }),
  ],
  [
    'consultar',
    z
      .strictObject({ reserva_id: ID.optional() })
      .transform(({ reserva_id }): Ask => ({ kind: 'look', reservationId: reserva_id })),
  ],
  [
    'alternativas',
    z
      .strictObject({
        reserva_id: ID,
        parada: STOP_NUMBER,
        desvio_km: z.number().min(0).max(MAX_DETOUR_KM_MAX).optional(),
      })
      .transform(
        ({ reserva_id, parada, desvio_km }): Ask => ({
          kind: 'alternatives',
          reservationId: reserva_id,
          stop: parada,
          maxDetourKm: desvio_km,
        }),
      ),
  ],
  [
    'reservar',
    z
      .strictObject({
        paradas: STOPS.max(STOPS_MAX),
        prazo_s: HOLD.optional(),
        apos_falta: AFTER_NO_SHOW.optional(),
      })
      // What is not said is left out, as through other doors: it is the same command then.
      .transform(({ paradas, prazo_s = 0, apos_falta }) =>
        write({
          ...{ kind: 'reserve', stops: paradas, holdMs: prazo_s },
          ...(apos_falta && { afterNoShow: apos_falta }),
        }),
      ),
  ],
  [
    'viagem',
    z
      .strictObject({
        paradas: z.array(WANTED_POINT).min(1).max(TICKET_STOPS_MAX),
        prazo_s: HOLD.optional(),
        apos_falta: AFTER_NO_SHOW_OR_KEEP,
      })
      .transform(({ paradas, prazo_s = 0, apos_falta }) =>
        write({ kind: 'declare-trip', stops: paradas, holdMs: prazo_s, afterNoShow: apos_falta }),
      ),
  ],
  [
    'confirmar',
    z.strictObject(ON_RESERVATION).transform((fields) => write({ kind: 'confirm', ...reservation(fields) })),
  ],
  [
    'estender',
    z
      .strictObject({ ...ON_RESERVATION, prazo_s: HOLD })
      .transform((fields) => write({ kind: 'extend-hold', holdMs: fields.prazo_s, ...reservation(fields) })),
  ],
  [
    'cancelar',
    z
      .strictObject({
        ...ON_RESERVATION,
        paradas: z.array(STOP_NUMBER).min(1).max(STOPS_EVER_MAX).optional(),
        motivo: z.string().max(REASON_LENGTH_MAX).optional(),
      })
      .transform(({ paradas = [], motivo = '', ...fields }) =>
        write({ kind: 'cancel', stops: paradas, as: 'holder', reason: motivo, ...reservation(fields) }),
      ),
  ],
  [
    'replanejar',
    z
      .strictObject({ ...ON_RESERVATION, paradas: z.array(CHANGED_STOP).min(1).max(STOPS_MAX) })
      .transform((fields) => write({ kind: 'change', stops: fields.paradas, ...reservation(fields) })),
  ],
  [
    'adiar',
    z
      .strictObject({ ...ON_STOP, atraso_s: seconds(SHIFT_MS_MIN, SHIFT_MS_MAX) })
      .transform((fields) => write({ kind: 'shift', byMs: fields.atraso_s, ...stop(fields) })),
  ],
  [
    'substituir',
    z
      .strictObject({ ...ON_STOP, candidatos: STOPS.max(SUBSTITUTES_MAX) })
      .transform((fields) => write({ kind: 'substitute', candidates: fields.candidatos, ...stop(fields) })),
  ],
  [
    'inicio',
    z
      .strictObject(ON_STOP)
      .transform((fields) => write({ kind: 'start-stop', as: 'holder', ...stop(fields) })),
  ],
  [
    'fim',
    z
      .strictObject(ON_STOP)
      .transform((fields) => write({ kind: 'finish-stop', as: 'holder', ...stop(fields) })),
  ],
  [
    'esperar',
    z
      .strictObject({ paradas: STOPS.max(WAIT_STOPS_MAX), apos_falta: AFTER_NO_SHOW_OR_KEEP })
      .transform(({ paradas, apos_falta }, context) => {
        if (paradas.some(({ startMs }) => startMs === 'now')) amiss(context, 'a espera não começa "agora"');
        return write({ kind: 'join-waitlist', stops: paradas, afterNoShow: apos_falta });
      }),
  ],
  [
    'desistir',
    z
      .strictObject({ espera_id: ID })
      .transform(({ espera_id }) => write({ kind: 'leave-waitlist', waitId: espera_id })),
  ],
  [
    'confirmar_aviso',
    z
      .strictObject({ avisos: z.array(ID).min(1).max(ACKNOWLEDGED_PER_COMMAND_MAX) })
      .transform(({ avisos }) => write({ kind: 'acknowledge', noticeIds: avisos })),
  ],
]);

function write(operation: Operation): Ask {
  return { kind: 'write', operation };
}

interface OnReservation {
  readonly reserva_id: string;
  readonly se_indice?: number | undefined;
}

function reservation({ reserva_id, se_indice = 0 }: OnReservation) {
  return { reservationId: reserva_id, ifIndex: se_indice };
}

function stop({ parada, ...fields }: OnReservation & { readonly parada: number }) {
  return { stop: parada, ...reservation(fields) };
}
