/** The method of RouteService that proposes a trip, by the planner behind all doors. */
import { readMark } from '../codec/entry-messages.js';
import { timestampOf, windowMessage } from '../codec/time-messages.js';
import { PLAN_BOUNDS, PLAN_DEFAULTS, type PlanAnswer, type PlanQuestion, planFor } from '../doors/plans.js';
import type * as proto from '../gen/malha/mesh/v1/route.js';
import { FieldFault } from './field-fault.js';
import { nameOf, spanOf, timeOf } from './fields.js';
import { type Method, optionsOf } from './methods.js';

const { batteryKwh, whPerKm, chargeKw, pct, speedKmh, marginMs } = PLAN_BOUNDS;
const THOUSAND = 1_000;

export const planTrip: Method<proto.PlanTripRequest, proto.PlanTripResponse> = async (
  { mesh },
  request,
  { timeoutMs },
) => {
  const options = optionsOf(request.consistency, timeoutMs);
  const answer = await planFor(mesh, { ...questionOf(request), options });
  const mark = readMark(answer, options.consistency === 'stale');
  if (answer.kind === 'none') return { ...mark, plan: undefined, reason: answer.reason };
  return { ...mark, plan: planMessage(answer), reason: '' };
};

/** Throws a FieldFault. */
function questionOf(request: proto.PlanTripRequest): Omit<PlanQuestion, 'options'> {
  const { depart, margin, reservePct, fullPct } = request;
  const question = {
    from: placeOf(request.from, 'from'),
    to: placeOf(request.to, 'to'),
    departMs: depart === undefined ? null : timeOf(depart, 'depart'),
    connector: placeOf(request.connector, 'connector'),
    vehicle: {
      batteryWh: within(request.batteryWh, batteryKwh, 'battery_wh', THOUSAND),
      whPerKm: within(request.whPerKm, whPerKm, 'wh_per_km'),
      chargeWattsMax: within(request.chargeWattsMax, chargeKw, 'charge_watts_max', THOUSAND),
    },
    startPct: within(request.startPct, pct, 'start_pct'),
    reservePct: within(reservePct ?? PLAN_DEFAULTS.reservePct, pct, 'reserve_pct'),
    fullPct: within(fullPct ?? PLAN_DEFAULTS.fullPct, pct, 'full_pct'),
    speedKmh: within(request.speedKmh ?? PLAN_DEFAULTS.speedKmh, speedKmh, 'speed_kmh'),
    marginMs: within(
      margin === undefined ? PLAN_DEFAULTS.marginMs : spanOf(margin, 'margin'),
      marginMs,
      'margin',
    ),
  };
  if (question.reservePct >= question.fullPct) throw new FieldFault('full_pct', 'must be above reserve_pct');
  return question;
}

function placeOf(text: string, field: string): string {
  if (text === '') throw new FieldFault(field, 'is missing');
  return nameOf(text, field);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The bounds are in `unit`s of the field's. */
function within(value: number, { min, max }: Bounds, field: string, unit = 1): number {
  // What is no number lies within no bounds.
  if (value >= min * unit && value <= max * unit) return value;
  throw new FieldFault(field, `must be from ${min * unit} to ${max * unit}`);
}

function planMessage({ plan, points }: Extract<PlanAnswer, { readonly kind: 'plan' }>): proto.TripPlan {
  return {
    ...{ from: plan.from, to: plan.to, metres: plan.metres },
    arrive: timestampOf(plan.arriveMs),
    arriveWh: Math.floor(plan.arriveWh),
    stops: plan.stops.map((stop) => {
      const { company, place, powerWatts } = points.get(stop.pointId)!;
      return {
        ...{ pointId: stop.pointId, window: windowMessage(stop), company, place, powerWatts },
        legMetres: stop.metres,
        arrive: timestampOf(stop.arriveMs),
        arriveWh: Math.floor(stop.arriveWh),
        depart: timestampOf(stop.departMs),
        departWh: Math.floor(stop.departWh),
      };
    }),
  };
}
