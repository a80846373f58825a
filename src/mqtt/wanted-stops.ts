/** Stops as vehicles write them: a point, or any of a connector at a place, and a window. */
import { z } from 'zod';
import { isTopicSafe } from '../doors/identifiers.js';
import { TIME } from '../doors/times.js';
import type { WantedPoint, WantedStop } from '../ledger/command.js';
import {
  NAME_LENGTH_MAX,
  QUANTITY_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
  STOPS_EVER_MAX,
} from '../ledger/limits.js';

/** Ids of points, reservations, wishes and notices. */
export const ID = z.string().refine(isTopicSafe, 'use de 1 a 64 letras, dígitos, "_", "." ou "-"');

export const PLACE = z.string().trim().min(1).max(NAME_LENGTH_MAX);

/** A stop of a reservation, by its number. */
export const STOP_NUMBER = z
  .int()
  .min(0)
  .max(STOPS_EVER_MAX - 1);

/** Whole seconds in, milliseconds out; the bounds in milliseconds. */
export function seconds(minMs: number, maxMs: number) {
  return z
    .int()
    .min(minMs / 1_000)
    .max(maxMs / 1_000)
    .transform((value) => value * 1_000);
}

/** A window: `inicio` (a time, or `agora`: the entry's ledger time), and either `fim` or `duracao_s`. */
export const WINDOW_FIELDS = {
  inicio: z.union([z.literal('agora'), TIME]),
  fim: TIME.optional(),
  duracao_s: seconds(STOP_DURATION_MS_MIN, STOP_DURATION_MS_MAX).optional(),
};

interface WindowFields {
  readonly inicio: number | 'agora';
  readonly fim?: number | undefined;
  readonly duracao_s?: number | undefined;
}

interface AskedWindow {
  readonly startMs: number | 'now';
  readonly durationMs: number;
}

/** The window that the fields mean; what is wrong with it becomes an issue of `context`. */
export function windowOf({ inicio, fim, duracao_s }: WindowFields, context: z.RefinementCtx): AskedWindow {
  const startMs = inicio === 'agora' ? 'now' : inicio;
  if ((fim === undefined) === (duracao_s === undefined)) return amiss(context, 'informe fim ou duracao_s');
  if (duracao_s !== undefined) return { startMs, durationMs: duracao_s };
  if (startMs === 'now') return amiss(context, 'com inicio "agora" informe duracao_s');
  const durationMs = fim! - startMs;
  const fits = durationMs >= STOP_DURATION_MS_MIN && durationMs <= STOP_DURATION_MS_MAX;
  return fits ? { startMs, durationMs } : amiss(context, 'a janela dura de um minuto a 30 dias');
}

/** A stop of a given point, or of a site. */
export const WANTED_STOP = z
  .strictObject({
    ponto_id: ID.optional(),
    local: PLACE.optional(),
    conector: z.string().min(1).max(NAME_LENGTH_MAX).optional(),
    potencia_kw: z
      .number()
      .min(0)
      .max(QUANTITY_MAX / 1_000)
      .optional(),
    empresa_id: ID.optional(),
    ...WINDOW_FIELDS,
  })
  .transform((stop, context): WantedStop => {
    const { ponto_id, local, conector, potencia_kw, empresa_id: company = '' } = stop;
    const window = { company, ...windowOf(stop, context) };
    const namesSite = local !== undefined || conector !== undefined || potencia_kw !== undefined;
    if (ponto_id !== undefined && !namesSite) return { pointId: ponto_id, ...window };
    if (ponto_id !== undefined || local === undefined || conector === undefined) {
      return amiss(context, 'informe ponto_id, ou então local e conector');
    }
    const minPowerWatts = Math.round((potencia_kw ?? 0) * 1_000);
    return { pointId: '', site: { place: local, connector: conector, minPowerWatts }, ...window };
  });

/** A stop of a given point. */
export const WANTED_POINT = z
  .strictObject({ ponto_id: ID, empresa_id: ID.optional(), ...WINDOW_FIELDS })
  .transform(
    (stop, context): WantedPoint => ({
      pointId: stop.ponto_id,
      company: stop.empresa_id ?? '',
      ...windowOf(stop, context),
    }),
  );

/** Makes the parse fail with these words. */
export function amiss(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
