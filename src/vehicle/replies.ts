/**
 * What nodes say on malha's own topics, as far as a vehicle needs it. Fields that it does not know are left alone; what does
 * not have the shape is nothing.
 */
import * as z from 'zod';

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const Stop = z
  .object({
    parada: z.int(),
    ponto_id: z.string(),
    inicio: Time,
    fim: Time,
    estado: z.string(),
  })
  .transform((stop) => ({
    number: stop.parada,
    pointId: stop.ponto_id,
    startMs: stop.inicio,
    endMs: stop.fim,
    state: stop.estado,
  }));

const Reservation = z
  .object({ id: z.string(), estado: z.string(), indice: z.int().optional(), paradas: z.array(Stop) })
  .transform(({ id, estado, indice, paradas }) => ({ id, state: estado, index: indice, stops: paradas }));

/** A reservation as a reply or a notice shows it. */
export type SeenReservation = Readonly<z.output<typeof Reservation>>;
export type SeenStop = Readonly<z.output<typeof Stop>>;

const Done = z.object({
  ok: z.literal(true),
  id: z.string(),
  indice: z.int(),
  em: Time,
  reserva: Reservation.optional(),
  pontos: z.array(z.object({ ponto_id: z.string() })).optional(),
});

const Troubled = z.object({
  ok: z.literal(false),
  id: z.string(),
  erro: z.object({
    codigo: z.string(),
    mensagem: z.string(),
    conflitos: z.array(z.object({ parada: z.int(), ponto_id: z.string(), motivo: z.string() })).default([]),
  }),
  tente_de_novo_em_s: z.number().optional(),
  resultado_desconhecido: z.boolean().optional(),
});

const NoticeText = z.object({
  id: z.string(),
  tipo: z.string(),
  ponto_id: z.string().optional(),
  reserva: Reservation.optional(),
});

export type Reply =
  | {
      readonly kind: 'done';
      readonly id: string;
      readonly index: number;
      readonly atMs: number;
      readonly reservation: SeenReservation | undefined;
      /** Points on the way that are free. */
      readonly pointIds: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly id: string;
      readonly code: string;
      readonly words: string;
      readonly conflicts: readonly { readonly pointId: string; readonly reason: string }[];
    }
  /** Nobody can decide now, or nobody knows yet: the same id again. */
  | { readonly kind: 'undecided'; readonly id: string };

export interface Notice {
  readonly id: string;
  readonly type: string;
  readonly pointId: string | undefined;
  readonly reservation: SeenReservation | undefined;
}

/** Null for what is no reply. */
export function readReply(json: unknown): Reply | null {
  const done = Done.safeParse(json);
  if (done.success) {
    const { id, indice, em, reserva, pontos = [] } = done.data;
    const pointIds = pontos.map(({ ponto_id }) => ponto_id);
    return {
      kind: 'done',
      id,
      index: indice,
      atMs: em,
      reservation: reserva,
      pointIds,
    };
  }
  const troubled = Troubled.safeParse(json);
  if (!troubled.success) return null;
  const { id, erro, tente_de_novo_em_s, resultado_desconhecido } = troubled.data;
  const isUndecided = tente_de_novo_em_s !== undefined || resultado_desconhecido === true;
  // A mesh raises its version a moment after its first leader; the refusal is kept under no key.
  if (isUndecided || erro.codigo === 'VERSION_NOT_RAISED') return { kind: 'undecided', id };
  const conflicts = erro.conflitos.map(({ ponto_id, motivo }) => ({ pointId: ponto_id, reason: motivo }));
  return { kind: 'refused', id, code: erro.codigo, words: erro.mensagem, conflicts };
}

/** Null for what is no notice. */
export function readNotice(json: unknown): Notice | null {
  const parsed = NoticeText.safeParse(json);
  if (!parsed.success) return null;
  const { id, tipo, ponto_id, reserva } = parsed.data;
  return { id, type: tipo, pointId: ponto_id, reservation: reserva };
}
