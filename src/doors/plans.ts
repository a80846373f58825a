/**
 * A bookable plan between two places, by the routes, calendars and policies as they are in the ledger.
 *
 * A proposal, not a promise: each stop was free when it was looked at, and the ledger judges again when it is reserved.
 */
import { CALENDAR_POINTS_MAX, PAGE_SIZE_MAX } from '../ledger/limits.js';
import type { PointCalendar, PointPage, Query, ReplyTo, RouteView } from '../ledger/query.js';
import type { Point } from '../ledger/state.js';
import type { PolicyTerms, Window } from '../ledger/terms.js';
import type { VehicleModel } from '../planner/energy.js';
import { type Charger, type NoPlan, type Plan, planInPieces } from '../planner/plan-trip.js';
import { Roads } from '../planner/roads.js';
import type { Mesh, QueryAnswer, QueryOptions } from '../replica/mesh.js';
import { Workshop } from './workshop.js';

/** How far ahead calendars are looked at, in ledger time from the departure on. */
export const PLAN_HORIZON_MS = 48 * 3_600_000;
/** What "is it free now" means in answers of which only the points count here. */
const ANY_WINDOW_MS = 60_000;

/** What a caller who does not say means; the shares in percent of the battery. */
export const PLAN_DEFAULTS = { reservePct: 10, fullPct: 90, speedKmh: 80, marginMs: 10 * 60_000 } as const;

/** What every door takes, the bounds included. */
export const PLAN_BOUNDS = {
  batteryKwh: { min: 1, max: 2_000 },
  whPerKm: { min: 10, max: 10_000 },
  chargeKw: { min: 1, max: 5_000 },
  pct: { min: 0, max: 100 },
  speedKmh: { min: 10, max: 200 },
  marginMs: { min: 0, max: 240 * 60_000 },
} as const;

export interface PlanQuestion {
  /** A place, or the id of a point. */
  readonly from: string;
  readonly to: string;
  /** Null: now, in ledger time. */
  readonly departMs: number | null;
  readonly vehicle: VehicleModel;
  readonly connector: string;
  /** Of the battery: at the beginning, never below on the road, and charged up to at most. */
  readonly startPct: number;
  readonly reservePct: number;
  readonly fullPct: number;
  readonly speedKmh: number;
  readonly marginMs: number;
  readonly options: QueryOptions;
}

interface Mark {
  /** What `QueryAnswer` says of the read that the answer rests on. */
  readonly index: number;
  readonly atMs: number;
  readonly ageMs: number;
}

export type PlanAnswer = Mark &
  (
    | { readonly kind: 'plan'; readonly plan: Plan; readonly points: ReadonlyMap<string, Point> }
    | { readonly kind: 'none'; readonly reason: NoPlan | 'UNKNOWN_PLACE' }
  );

/** One for all doors of a node: they share its mesh. */
const WORKSHOPS = new WeakMap<object, Workshop>();

function workshopOf(mesh: object): Workshop {
  const workshop = WORKSHOPS.get(mesh) ?? new Workshop();
  WORKSHOPS.set(mesh, workshop);
  return workshop;
}

type Read = <Q extends Query>(query: Q) => Promise<QueryAnswer<ReplyTo<Q>>>;

/** Rejects with a Failure. */
export async function planFor(mesh: Pick<Mesh, 'query'>, question: PlanQuestion): Promise<PlanAnswer> {
  const first = await mesh.query({ kind: 'routes', windowMs: ANY_WINDOW_MS }, question.options);
  const mark: Mark = { index: first.index, atMs: first.atMs, ageMs: first.ageMs };
  // This replica has applied what the first answer saw, so what it answers at once is no older.
  const read: Read = (query) => mesh.query(query, { ...question.options, consistency: 'stale' });
  const from = await pointsAt(read, question.from);
  const to = await pointsAt(read, question.to);
  if (from.length === 0 || to.length === 0) return { kind: 'none', reason: 'UNKNOWN_PLACE', ...mark };

  const points = pointsOn(first.reply);
  const roads = new Roads(
    first.reply.map(({ points: on, legMetres }) => ({
      pointIds: on.map(({ point }) => point.id),
      legMetres,
    })),
  );
  const departMs = question.departMs ?? first.atMs;
  const horizonMs = departMs + PLAN_HORIZON_MS;
  const near = nearestToWay(roads, from, to, [...points.values()].filter(fits(question)));
  const chargers = await chargersOf(read, near, { startMs: departMs, endMs: horizonMs }, first.atMs);
  const { batteryWh } = question.vehicle;
  const share = (pct: number): number => (batteryWh * pct) / 100;
  const journey = {
    ...{ from, to, departMs, horizonMs, vehicle: question.vehicle, marginMs: question.marginMs },
    startWh: share(question.startPct),
    reserveWh: share(question.reservePct),
    fullWh: share(question.fullPct),
    metresPerSecond: question.speedKmh / 3.6,
  };
  const outcome = await workshopOf(mesh).inPieces(() => planInPieces(roads, chargers, journey));
  return outcome.kind === 'plan' ? { ...outcome, points, ...mark } : { ...outcome, ...mark };
}

/** A share of the battery in percent, rounded down to a tenth. */
export function percentOf(wh: number, batteryWh: number): number {
  return Math.floor((wh / batteryWh) * 1_000) / 10;
}

/** The points of a place, or the one that has this id. */
async function pointsAt(read: Read, named: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: PointPage = (
      await read({
        kind: 'point-page',
        match: { place: named },
        windowMs: ANY_WINDOW_MS,
        after,
        limit: PAGE_SIZE_MAX,
      })
    ).reply;
    ids.push(...page.items.map(({ point }) => point.id));
    after = page.after;
  }
  if (ids.length > 0) return ids;
  const { reply } = await read({ kind: 'point', pointId: named, windowMs: ANY_WINDOW_MS });
  return reply === null ? [] : [named];
}

function pointsOn(routes: readonly RouteView[]): ReadonlyMap<string, Point> {
  return new Map(routes.flatMap(({ points }) => points.map(({ point }) => [point.id, point] as const)));
}

function fits({ connector }: PlanQuestion): (point: Point) => boolean {
  return (point) => point.connector === connector && point.powerWatts > 0 && !point.leaving;
}

/** As many as one question about calendars takes, those nearest to the way. */
function nearestToWay(
  roads: Roads,
  from: readonly string[],
  to: readonly string[],
  points: readonly Point[],
): readonly Point[] {
  // Roads lead both ways, and equally far: two looks, however many points there are.
  const reaches = [roads.fromNearest(from), roads.fromNearest(to)] as const;
  const metresOver = ({ id }: Point): number =>
    reaches.reduce((sum, reach) => sum + (reach.get(id) ?? Number.POSITIVE_INFINITY), 0);
  return points
    .map((point) => ({ point, metres: metresOver(point) }))
    .filter(({ metres }) => Number.isFinite(metres))
    .sort((a, b) => a.metres - b.metres)
    .slice(0, CALENDAR_POINTS_MAX)
    .map(({ point }) => point);
}

async function chargersOf(
  read: Read,
  points: readonly Point[],
  window: Window,
  nowMs: number,
): Promise<readonly Charger[]> {
  const { reply: calendars } = await read({
    kind: 'calendars',
    pointIds: points.map(({ id }) => id),
    window,
  });
  const policies = new Map<string, PolicyTerms>();
  for (const company of new Set(points.map((point) => point.company))) {
    const { reply } = await read({ kind: 'policy', company });
    // One that has left meanwhile has no point any more.
    if (reply !== null) policies.set(company, reply.policy);
  }
  return calendars.flatMap((calendar) => {
    const policy = policies.get(calendar.point.company);
    if (policy === undefined || window.startMs > nowMs + policy.horizonMs) return [];
    return [
      {
        pointId: calendar.point.id,
        powerWatts: calendar.point.powerWatts,
        busy: busyOf(calendar, window),
        bufferMs: policy.bufferMs,
        earliestMs: nowMs + policy.minNoticeMs,
        durationMaxMs: policy.durationMaxMs,
      },
    ];
  });
}

/** When the point cannot be had, in order of the starts; these windows may overlap. */
function busyOf(
  { booked, cutAtMs, closed, outOfService }: PointCalendar,
  { endMs }: Window,
): readonly Window[] {
  // What is not told of is taken for booked.
  const untold = cutAtMs === null ? [] : [{ startMs: cutAtMs, endMs }];
  const windows = [...booked, ...untold, ...closed, ...(outOfService === null ? [] : [outOfService])];
  return windows.sort((a, b) => a.startMs - b.startMs);
}
