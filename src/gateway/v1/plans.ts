/**
 * Plans: where to charge on the way from one place to another, and when, ready to be reserved.
 */
import { z } from 'zod';
import { PLAN_BOUNDS, PLAN_DEFAULTS, type PlanAnswer, percentOf, planFor } from '../../doors/plans.js';
import { timeText } from '../../doors/times.js';
import { markRead } from '../marks.js';
import { undecided } from '../reads.js';
import { MOMENT, MOMENT_OUT, NAME } from './fields.js';
import { input, output } from './named.js';
import { type Route, route } from './route.js';

const PERCENT = within(PLAN_BOUNDS.pct);
const MARGIN_MINUTES_MAX = PLAN_BOUNDS.marginMs.max / 60_000;

const QUESTION = input(
  'PlanWanted',
  {
    from: 'Salvador',
    to: 'Porto Seguro',
    startPct: 90,
    vehicle: { batteryKwh: 60, consumptionWhPerKm: 150, maxChargeKw: 100, connector: 'ccs2' },
  },
  z
    .strictObject({
      from: NAME.describe('A place, or the id of a point.'),
      to: NAME.describe('A place, or the id of a point.'),
      departAt: MOMENT.optional().describe('Now unless it says otherwise.'),
      vehicle: z.strictObject({
        batteryKwh: within(PLAN_BOUNDS.batteryKwh).describe('Usable energy.'),
        consumptionWhPerKm: within(PLAN_BOUNDS.whPerKm),
        maxChargeKw: within(PLAN_BOUNDS.chargeKw).describe('What it takes at most from a charger.'),
        connector: NAME,
      }),
      startPct: PERCENT.describe('Of the battery, at the departure.'),
      reservePct: PERCENT.default(PLAN_DEFAULTS.reservePct).describe(
        'Never below this, neither on the way nor at the end.',
      ),
      fullPct: PERCENT.default(PLAN_DEFAULTS.fullPct).describe('Charged up to this at most.'),
      speedKmh: within(PLAN_BOUNDS.speedKmh).default(PLAN_DEFAULTS.speedKmh),
      marginMinutes: z
        .int()
        .min(0)
        .max(MARGIN_MINUTES_MAX)
        .default(PLAN_DEFAULTS.marginMs / 60_000)
        .describe('So much longer is each window than the charging.'),
    })
    .refine(({ reservePct, fullPct }) => reservePct < fullPct, {
      path: ['fullPct'],
      error: 'must be above reservePct',
    }),
);

const STOP = z.object({
  pointId: z.string(),
  place: z.string(),
  company: z.string(),
  powerKw: z.number(),
  arriveAt: MOMENT_OUT,
  arrivePct: z.number(),
  start: MOMENT_OUT.describe('Of the window to reserve.'),
  departAt: MOMENT_OUT.describe('When it is charged; the window ends the margin later.'),
  departPct: z.number(),
  end: MOMENT_OUT,
  legKm: z.number().describe('From the stop before, or from the beginning.'),
});

const TIMES = { start: '2026-12-01T12:40:00.000Z', end: '2026-12-01T13:20:00.000Z' };

const ANSWER = output(
  'Plan',
  {
    plan: {
      from: '2',
      to: '13',
      distanceKm: 680,
      arriveAt: '2026-12-01T20:00:00.000Z',
      arrivePct: 18.5,
      stops: [
        {
          pointId: '9',
          place: 'Cruz das Almas',
          company: 'empresa_a',
          powerKw: 60,
          arriveAt: '2026-12-01T12:40:00.000Z',
          arrivePct: 21,
          ...TIMES,
          departAt: '2026-12-01T13:10:00.000Z',
          departPct: 80,
          legKm: 146,
        },
      ],
    },
    reservation: { stops: [{ pointId: '9', ...TIMES }] },
    reason: null,
  },
  z.object({
    plan: z
      .object({
        from: z.string().describe('Id of a point.'),
        to: z.string().describe('Id of a point.'),
        distanceKm: z.number(),
        arriveAt: MOMENT_OUT,
        arrivePct: z.number(),
        stops: z.array(STOP),
      })
      .nullable(),
    reservation: z
      .object({ stops: z.array(z.object({ pointId: z.string(), start: MOMENT_OUT, end: MOMENT_OUT })) })
      .nullable()
      .describe('What POST /v1/reservations takes, once a vehicleId is added; null where no stop is needed.'),
    reason: z
      .enum(['UNKNOWN_PLACE', 'NO_ROAD', 'OUT_OF_REACH', 'TOO_HARD'])
      .nullable()
      .describe('Why there is no plan.'),
  }),
);

const makePlan = route(
  {
    method: 'POST',
    path: '/v1/plans',
    operationId: 'makePlan',
    tag: 'trips',
    summary: 'Where to charge on a way, and when, by the battery and by what is free',
    description:
      'The quickest way over the registered routes, with every stop free when it was looked at, at most 48 hours ahead. ' +
      'Nothing is reserved by it. The battery is modelled plainly: full power up to 80 %, a third of it beyond.',
    does: 'read',
    body: QUESTION,
    answers: { 200: { description: 'The plan, or why there is none.', schema: ANSWER } },
    problems: [],
  },
  async (call) => {
    const { vehicle, departAt, marginMinutes, ...rest } = call.body;
    const consistency = call.consistency();
    const { requestTimeoutMs: timeoutMs } = call.context.settings;
    const asked = planFor(call.context.mesh, {
      ...rest,
      departMs: departAt ?? null,
      marginMs: marginMinutes * 60_000,
      connector: vehicle.connector,
      vehicle: {
        batteryWh: vehicle.batteryKwh * 1_000,
        whPerKm: vehicle.consumptionWhPerKm,
        chargeWattsMax: vehicle.maxChargeKw * 1_000,
      },
      options: { consistency, timeoutMs },
    });
    const answer = await undecided(asked);
    markRead(call.reply, { ...answer, stale: consistency === 'stale' });
    return answerOf(answer, vehicle.batteryKwh * 1_000);
  },
);

function answerOf(answer: PlanAnswer, batteryWh: number): z.output<typeof ANSWER> {
  if (answer.kind === 'none') return { plan: null, reservation: null, reason: answer.reason };
  const { plan, points } = answer;
  const percent = (wh: number): number => percentOf(wh, batteryWh);
  const stops = plan.stops.map((stop) => {
    const { id, place, company, powerWatts } = points.get(stop.pointId)!;
    return {
      ...{ pointId: id, place, company, powerKw: powerWatts / 1_000 },
      arriveAt: timeText(stop.arriveMs),
      arrivePct: percent(stop.arriveWh),
      start: timeText(stop.startMs),
      departAt: timeText(stop.departMs),
      departPct: percent(stop.departWh),
      end: timeText(stop.endMs),
      legKm: stop.metres / 1_000,
    };
  });
  const windows = stops.map(({ pointId, start, end }) => ({ pointId, start, end }));
  return {
    plan: {
      from: plan.from,
      to: plan.to,
      distanceKm: plan.metres / 1_000,
      arriveAt: timeText(plan.arriveMs),
      arrivePct: percent(plan.arriveWh),
      stops,
    },
    reservation: stops.length === 0 ? null : { stops: windows },
    reason: null,
  };
}

function within({ min, max }: { readonly min: number; readonly max: number }): z.ZodNumber {
  return z.number().min(min).max(max);
}

export const PLAN_ROUTES: readonly Route[] = [makePlan];
