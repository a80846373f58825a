/** When two places are the same, and which points a wish for a site may be given. */
import type { Site } from './command.js';
import { SITE_POINTS_EXAMINED_MAX } from './limits.js';
import { compareIds } from './order.js';
import type { Point } from './state.js';

/** Places are the same when this text is: blanks around it and the case of A to Z do not count. */
export function samePlace(place: string): string {
  return place.trim().replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
}

/** What all points of one place and connector share. */
export function siteKey({
  place,
  connector,
}: {
  readonly place: string;
  readonly connector: string;
}): string {
  // With its length the connector ends where it does, whatever characters a company puts into names.
  return `${connector.length} ${connector}${samePlace(place)}`;
}

/** Points by place and connector, weakest first: a strong one is kept for who needs it. */
export class Sites {
  readonly #points = new Map<string, Point[]>();

  add(point: Point): void {
    const key = siteKey(point);
    const points = this.#points.get(key);
    if (points === undefined) this.#points.set(key, [point]);
    else points.splice(firstNotBefore(points, point), 0, point);
  }

  /** Takes out a point that was added just so. */
  remove(point: Point): void {
    const key = siteKey(point);
    const points = this.#points.get(key)!;
    if (points.length === 1) this.#points.delete(key);
    else points.splice(firstNotBefore(points, point), 1);
  }

  /** The points that would do, weakest first and then by id: at most `SITE_POINTS_EXAMINED_MAX`. */
  candidates(site: Site): readonly Point[] {
    const points = this.#points.get(siteKey(site)) ?? [];
    const begin = firstNotBefore(points, { powerWatts: site.minPowerWatts, id: '' });
    return points.slice(begin, begin + SITE_POINTS_EXAMINED_MAX);
  }
}

type Ranked = Pick<Point, 'powerWatts' | 'id'>;

function firstNotBefore(points: readonly Ranked[], wanted: Ranked): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(points[middle]!, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: Ranked, b: Ranked): number {
  if (a.powerWatts !== b.powerWatts) return a.powerWatts - b.powerWatts;
  // Below every id, and no number: it would come after them.
  if (b.id === '') return 1;
  return compareIds(a.id, b.id);
}
