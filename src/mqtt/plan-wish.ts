/**
 * `planejar` with a `carro`: not only which points are free, but where to charge and when, by the battery.
 */
import { z } from 'zod';
import { PLAN_BOUNDS, PLAN_DEFAULTS, type PlanQuestion } from '../doors/plans.js';
import { NAME_LENGTH_MAX } from '../ledger/limits.js';
import { amiss, seconds } from './wanted-stops.js';

/** What is asked of the planner; how fresh it must be is for the door to say. */
export interface PlanWish {
  readonly kind: 'trip-plan';
  readonly question: Omit<PlanQuestion, 'options'>;
}

const { batteryKwh, whPerKm, chargeKw, pct, speedKmh, marginMs } = PLAN_BOUNDS;

const CAR = z.strictObject({
  bateria_kwh: within(batteryKwh),
  consumo_wh_km: within(whPerKm),
  carga_max_kw: within(chargeKw),
  conector: z.string().min(1).max(NAME_LENGTH_MAX),
});

/** What `planejar` takes besides places, battery and window. */
export const TRIP_FIELDS = {
  carro: CAR.optional(),
  reserva_pct: within(pct).optional(),
  cheia_pct: within(pct).optional(),
  velocidade_kmh: within(speedKmh).optional(),
  margem_s: seconds(marginMs.min, marginMs.max).optional(),
};

interface WishFields {
  readonly local: string;
  readonly destino: string;
  readonly bateria?: number | undefined;
  readonly inicio?: number | 'agora' | undefined;
  readonly fim?: number | undefined;
  readonly duracao_s?: number | undefined;
  readonly reserva_pct?: number | undefined;
  readonly cheia_pct?: number | undefined;
  readonly velocidade_kmh?: number | undefined;
  readonly margem_s?: number | undefined;
}

/** The wish that the fields mean; what is wrong with them becomes an issue of `context`. */
export function planWish(fields: WishFields, car: z.output<typeof CAR>, context: z.RefinementCtx): PlanWish {
  const { bateria, inicio = 'agora', fim, duracao_s } = fields;
  const { reserva_pct: reservePct = PLAN_DEFAULTS.reservePct, cheia_pct: fullPct = PLAN_DEFAULTS.fullPct } =
    fields;
  if (bateria === undefined) return amiss(context, 'com carro informe bateria');
  if (fim !== undefined || duracao_s !== undefined) return amiss(context, 'com carro informe só inicio');
  if (reservePct >= fullPct) return amiss(context, 'reserva_pct deve ser menor que cheia_pct');
  return {
    kind: 'trip-plan',
    question: {
      ...{ from: fields.local, to: fields.destino, startPct: bateria, reservePct, fullPct },
      departMs: inicio === 'agora' ? null : inicio,
      connector: car.conector,
      vehicle: {
        batteryWh: car.bateria_kwh * 1_000,
        whPerKm: car.consumo_wh_km,
        chargeWattsMax: car.carga_max_kw * 1_000,
      },
      speedKmh: fields.velocidade_kmh ?? PLAN_DEFAULTS.speedKmh,
      marginMs: fields.margem_s ?? PLAN_DEFAULTS.marginMs,
    },
  };
}

/** Without a car there is no battery to plan by: what speaks of it is a slip. */
export function onlyWithCar(
  { reserva_pct, cheia_pct, velocidade_kmh, margem_s }: WishFields,
  context: z.RefinementCtx,
): void {
  const named = [reserva_pct, cheia_pct, velocidade_kmh, margem_s];
  if (named.some((value) => value !== undefined)) amiss(context, 'informe também carro');
}

function within({ min, max }: { readonly min: number; readonly max: number }): z.ZodNumber {
  return z.number().min(min).max(max);
}
