/** The points as a list that is read page by page. */
import { PAGE_EXAMINED_MAX, PAGE_SIZE_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { samePlace } from '../place.js';
import type { PointMatch, PointPage, PointView, Query } from '../query.js';
import type { Point } from '../state.js';
import { pointView } from './point-views.js';

/**
 * The points that match, in id order, behind `after`. O(log n) besides the points that are looked at, and those that
 * match are asked whether they are free. Who registers or goes while a walk is on its way may be missed; nobody else is,
 * and nobody comes twice.
 */
export function pointPage(
  memory: Memory,
  { match, windowMs, after, limit }: Extract<Query, { kind: 'point-page' }>,
  nowMs: number,
): PointPage {
  const isMatch = matching(match);
  const size = Math.min(limit, PAGE_SIZE_MAX);
  const items: PointView[] = [];
  let examined = 0;
  let last = after;
  for (const point of memory.points.sortedAfter(after)) {
    if (items.length === size || examined === PAGE_EXAMINED_MAX) return { items, after: last };
    examined += 1;
    last = point.id;
    if (isMatch(point)) items.push(pointView(memory, point, { nowMs, windowMs }));
  }
  return { items, after: null };
}

function matching({ place, company, connector, minPowerWatts }: PointMatch): (point: Point) => boolean {
  const wanted = place === undefined ? undefined : samePlace(place);
  return (point) =>
    (company === undefined || point.company === company) &&
    (connector === undefined || point.connector === connector) &&
    (minPowerWatts === undefined || point.powerWatts >= minPowerWatts) &&
    (wanted === undefined || samePlace(point.place) === wanted);
}
