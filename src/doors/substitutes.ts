/**
 * Points that could take the place of a stop's own, best first: what a driver is offered when a point fails, and what
 * the `substitute` command takes as its candidates.
 *
 * 1. A proposal, not a promise: each could be had when it was looked at, and the ledger judges again.
 * 2. Same place first, then the least extra way, then the most power; at most `SUBSTITUTES_MAX`.
 * 3. The extra way is over the unsettled stops before and after it, as the crow flies. Points at which the vehicle
 *    stops anyway are none, nor is the point that the company itself took the stop away from.
 */
import { SITE_POINTS_EXAMINED_MAX, STOP_DURATION_MS_MIN, SUBSTITUTES_MAX } from '../ledger/limits.js';
import type { Query, ReplyTo } from '../ledger/query.js';
import type { Point, Reservation, Stop } from '../ledger/state.js';
import type { PointStatus, Window } from '../ledger/terms.js';
import type { Mesh, QueryAnswer, QueryOptions } from '../replica/mesh.js';
import { BadRequest } from './bad-request.js';
import { boxAround, distanceMetres } from './distance.js';

export const MAX_DETOUR_KM_DEFAULT = 20;
export const MAX_DETOUR_KM_MAX = 200;

/** Where a window has begun already, how much later a substitute's begins: time to ask for it, and to get there. */
const HEAD_START_MS = 60_000;

const RADIUS_METRES_MIN = 100;

/** Why the ledger by itself displaces the stops of a point: its status, its hours, its end. */
const OF_POINT: ReadonlySet<string> = new Set([
  ...(['faulted', 'offline', 'maintenance', 'occupied'] satisfies PointStatus[]),
  ...['closed', 'deleted'],
]);

export interface SubstituteQuestion {
  readonly reservationId: string;
  /** Its number. */
  readonly stop: number;
  readonly holder: string;
  /** 0 to `MAX_DETOUR_KM_MAX`; a substitute is also no further than this from the point itself. */
  readonly maxDetourKm?: number | undefined;
  readonly options: QueryOptions;
}

export interface Substitute {
  readonly pointId: string;
  readonly company: string;
  readonly place: string;
  readonly connector: string;
  readonly powerKw: number;
  /** To the metre; 0 where the way is no longer. */
  readonly detourKm: number;
  /** The stop's window; of one that has begun, what is left of it. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Why there is nothing to look for, with the codes of the command's own refusals. */
export type SubstituteRefusal =
  /** There is none, or it is another holder's. */
  | 'UNKNOWN_RESERVATION'
  | 'UNKNOWN_STOP'
  | 'ALREADY_ENDED'
  /** Neither PLANNED nor DISPLACED, or its window is over. */
  | 'WRONG_STOP_STATE';

interface Mark {
  /** What `QueryAnswer` says of the read that the answer rests on. */
  readonly index: number;
  readonly ageMs: number;
}

export type Substitutes =
  | ({
      readonly kind: 'found';
      readonly candidates: readonly Substitute[];
      /** What the stop has, or had; of a window that has begun, what is left. */
      readonly own: Window & { readonly pointId: string; readonly withdrawn: boolean };
    } & Mark)
  | ({ readonly kind: 'refused'; readonly reason: SubstituteRefusal } & Mark);

/** Throws BadRequest for a detour out of range; rejects with a Failure. */
export async function findSubstitutes(
  mesh: Pick<Mesh, 'query'>,
  { reservationId, stop: number, holder, maxDetourKm = MAX_DETOUR_KM_DEFAULT, options }: SubstituteQuestion,
): Promise<Substitutes> {
  requireDetour(maxDetourKm);
  const first = await mesh.query({ kind: 'reservation', reservationId }, options);
  const looked = lookAt(first.reply, number, holder, first.atMs);
  if (typeof looked === 'string') return { kind: 'refused', reason: looked, ...markOf(first) };
  const { reservation, stop, window } = looked;
  const own = { pointId: stop.pointId, withdrawn: isWithdrawn(stop), ...window };

  // This replica has applied what the first answer saw, so what it answers at once is no older.
  const read: Read = (query) => mesh.query(query, { ...options, consistency: 'stale' });
  const others = unsettledBeside(reservation, stop, first.atMs);
  const way = await wayOver(read, stop, others);
  // The point itself is gone: nothing says any more what would do in its place.
  if (way === null) return { kind: 'found', candidates: [], own, ...markOf(first) };
  const radiusMetres = maxDetourKm * 1_000;
  const free = await freeAround(read, way.point, { holder, window, radiusMetres });
  const elsewhere = free.reply.filter(
    ({ id }) => !others.some(({ pointId }) => pointId === id) && !(own.withdrawn && id === own.pointId),
  );
  const candidates = best(elsewhere, way, radiusMetres).map((each) => substituteOf(each, window));
  return { kind: 'found', candidates, own, index: free.index, ageMs: first.ageMs };
}

function requireDetour(km: number): void {
  if (km >= 0 && km <= MAX_DETOUR_KM_MAX) return;
  throw new BadRequest(
    `o desvio deve ser de 0 a ${MAX_DETOUR_KM_MAX} km`,
    `the detour must be from 0 to ${MAX_DETOUR_KM_MAX} km`,
  );
}

interface Looked {
  readonly reservation: Reservation;
  readonly stop: Stop;
  /** For which something else is wanted. */
  readonly window: Window;
}

function lookAt(
  reservation: Reservation | null,
  number: number,
  holder: string,
  nowMs: number,
): Looked | SubstituteRefusal {
  // Ids can be guessed: another holder's reservation does not exist.
  if (reservation === null || reservation.holder !== holder) return 'UNKNOWN_RESERVATION';
  const stop = reservation.stops[number];
  if (stop === undefined) return 'UNKNOWN_STOP';
  if (reservation.end !== null) return 'ALREADY_ENDED';
  if (stop.state !== 'PLANNED' && stop.state !== 'DISPLACED') return 'WRONG_STOP_STATE';
  const startMs = stop.startMs > nowMs ? stop.startMs : nowMs + HEAD_START_MS;
  const window = { startMs, endMs: stop.endMs };
  const isLongEnough = window.endMs - window.startMs >= STOP_DURATION_MS_MIN;
  return isLongEnough ? { reservation, stop, window } : 'WRONG_STOP_STATE';
}

/** Whether it lost its point by its company's word about this stop alone, and not by what became of the point. */
function isWithdrawn({ state, reason }: Stop): boolean {
  return state === 'DISPLACED' && !OF_POINT.has(reason);
}

/** The reservation's other stops that are still to come or under way, by the time of their windows. */
function unsettledBeside({ stops }: Reservation, stop: Stop, nowMs: number): readonly Stop[] {
  return stops
    .filter((other) => other !== stop && isUnsettled(other, nowMs))
    .sort((a, b) => a.startMs - b.startMs);
}

function isUnsettled({ state, endMs }: Stop, nowMs: number): boolean {
  return state === 'PLANNED' || state === 'ACTIVE' || (state === 'DISPLACED' && endMs > nowMs);
}

/** Where the vehicle comes from and where it goes on to. */
function neighboursOf(
  { startMs }: Stop,
  others: readonly Stop[],
): readonly [Stop | undefined, Stop | undefined] {
  const before = others.findLast((other) => other.startMs <= startMs);
  const after = others.find((other) => other.startMs > startMs);
  return [before, after];
}

type Read = <Q extends Query>(query: Q) => Promise<QueryAnswer<ReplyTo<Q>>>;

/** The stop's point, and those that the vehicle comes from and goes on to: the point itself where there is none. */
interface Way {
  readonly point: Point;
  readonly before: Point;
  readonly after: Point;
}

/** Null when the stop's point is not registered any more. */
async function wayOver(read: Read, stop: Stop, others: readonly Stop[]): Promise<Way | null> {
  const [before, after] = neighboursOf(stop, others);
  const pointOf = async (of: Stop | undefined): Promise<Point | undefined> => {
    if (of === undefined) return undefined;
    const { reply } = await read({ kind: 'point', pointId: of.pointId, windowMs: STOP_DURATION_MS_MIN });
    return reply?.point;
  };
  const [point, pointBefore, pointAfter] = await Promise.all([stop, before, after].map(pointOf));
  return point === undefined ? null : { point, before: pointBefore ?? point, after: pointAfter ?? point };
}

/** Points as good as this one that the holder could have for the window; the nearest where there are many. */
async function freeAround(
  read: Read,
  point: Point,
  wanted: { readonly holder: string; readonly window: Window; readonly radiusMetres: number },
): Promise<QueryAnswer<readonly Point[]>> {
  const { holder, window } = wanted;
  const { connector, powerWatts: minPowerWatts } = point;
  for (let { radiusMetres } = wanted; ; radiusMetres /= 2) {
    const box = boxAround(point, radiusMetres);
    const as = { holder, window, connector, minPowerWatts, box, forSubstitute: true };
    const free = await read({ kind: 'points-for', ...as });
    // A full answer may have left out the nearest: look closer until it is not.
    if (free.reply.length < SITE_POINTS_EXAMINED_MAX || radiusMetres <= RADIUS_METRES_MIN) return free;
  }
}

interface Ranked {
  readonly point: Point;
  readonly isSamePlace: boolean;
  readonly detourMetres: number;
}

function best(points: readonly Point[], way: Way, maxDetourMetres: number): readonly Ranked[] {
  return points
    .map((point) => ({
      point,
      isSamePlace: placeText(point) === placeText(way.point),
      detourMetres: detourMetres(way, point),
    }))
    .filter(
      ({ point, detourMetres: extra }) =>
        extra <= maxDetourMetres && distanceMetres(way.point, point) <= maxDetourMetres,
    )
    .sort(order)
    .slice(0, SUBSTITUTES_MAX);
}

/** Better ones first; the order of the list they came in, that of ids, where nothing else tells them apart. */
function order(a: Ranked, b: Ranked): number {
  if (a.isSamePlace !== b.isSamePlace) return a.isSamePlace ? -1 : 1;
  return a.detourMetres - b.detourMetres || b.point.powerWatts - a.point.powerWatts;
}

/** The extra way over another point, in whole metres: 0 where it is none. */
function detourMetres({ point, before, after }: Way, other: Point): number {
  const over = (via: Point): number => distanceMetres(before, via) + distanceMetres(via, after);
  return Math.max(0, Math.round(over(other) - over(point)));
}

/** Places are compared as the ledger does: blanks around them and the case of A to Z do not count. */
function placeText({ place }: Point): string {
  return place.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function substituteOf({ point, detourMetres: extra }: Ranked, { startMs, endMs }: Window): Substitute {
  const { id, company, place, connector, powerWatts } = point;
  const window = { startMs, endMs };
  return {
    pointId: id,
    company,
    place,
    connector,
    powerKw: powerWatts / 1_000,
    detourKm: extra / 1_000,
    ...window,
  };
}

function markOf({ index, ageMs }: Mark): Mark {
  return { index, ageMs };
}
