/**
 * Which points on routes between two places are free for a window: in the order of the routes, each once.
 *
 * For a window that begins now the ledger says it as the documented topics do; for a later one the calendars do.
 */
import { CONFLICT_WORDS } from '../doors/conflict-words.js';
import { readFreshOrStale } from '../doors/reads.js';
import { CALENDAR_POINTS_MAX, STOP_DURATION_MS_MIN } from '../ledger/limits.js';
import type { PointCalendar, PointView, RouteView } from '../ledger/query.js';
import type { Point } from '../ledger/state.js';
import type { Mesh } from '../replica/mesh.js';
import type { Mark } from './vehicle-replies.js';

export interface WayQuestion {
  readonly from: string;
  readonly to: string;
  readonly window: { readonly startMs: number | 'now'; readonly durationMs: number };
}

export type PointsOnTheWay =
  | (Mark & { readonly kind: 'found'; readonly points: readonly object[] })
  /** `fault` in Portuguese. */
  | { readonly kind: 'bad-window'; readonly fault: string };

type Queries = Pick<Mesh, 'query'>;

/** Rejects with a Failure. */
export async function pointsOnTheWay(
  mesh: Queries,
  { from, to, window }: WayQuestion,
  readTryMs: number,
): Promise<PointsOnTheWay> {
  const { startMs, durationMs } = window;
  if (startMs === 'now') {
    const query = { kind: 'points-between', from, to, windowMs: durationMs } as const;
    const read = await readFreshOrStale(mesh, query, readTryMs);
    return foundIn(
      read,
      read.reply.map(({ point }) => point),
    );
  }
  const routes = await readFreshOrStale(mesh, { kind: 'routes', windowMs: STOP_DURATION_MS_MIN }, readTryMs);
  if (startMs < routes.atMs) return { kind: 'bad-window', fault: CONFLICT_WORDS.WINDOW_PAST.portuguese };
  const pointIds = onRoutesBetween(routes.reply, from, to).slice(0, CALENDAR_POINTS_MAX);
  const asked = { startMs, endMs: startMs + durationMs };
  // This replica has applied what the routes were read from, so what it answers at once is no older.
  const options = { consistency: 'stale', timeoutMs: readTryMs } as const;
  const { reply, index, atMs } = await mesh.query({ kind: 'calendars', pointIds, window: asked }, options);
  const free = reply.filter(isFree).map(({ point }) => point);
  return foundIn({ index, atMs, ageMs: routes.ageMs, stale: routes.stale }, free);
}

function foundIn(
  { index, atMs, ageMs, stale }: { index: number; atMs: number; ageMs: number; stale: boolean },
  points: readonly Point[],
): PointsOnTheWay {
  return { kind: 'found', index, atMs, ageMs: stale ? ageMs : undefined, points: points.map(pointJson) };
}

function isFree({ point, booked, closed, outOfService, cutAtMs }: PointCalendar): boolean {
  return (
    !point.leaving && booked.length === 0 && closed.length === 0 && outOfService === null && cutAtMs === null
  );
}

function onRoutesBetween(routes: readonly RouteView[], from: string, to: string): readonly string[] {
  const ends = [placeText(from), placeText(to)];
  const passes = (points: readonly PointView[], place: string) =>
    points.some(({ point }) => placeText(point.place) === place);
  const between = routes.filter(({ points }) => ends.every((place) => passes(points, place)));
  return [...new Set(between.flatMap(({ points }) => points.map(({ point }) => point.id)))];
}

/** Places are compared as the ledger does: blanks around them and the case of A to Z do not count. */
function placeText(place: string): string {
  return place.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function pointJson(point: Point): object {
  return {
    ponto_id: point.id,
    empresa_id: point.company,
    local: point.place,
    conector: point.connector,
    potencia_kw: point.powerWatts / 1_000,
    latitude: point.latitudeMicrodegrees / 1_000_000,
    longitude: point.longitudeMicrodegrees / 1_000_000,
  };
}
