/** Which points of a region a holder could have: what a planner searches, and what a displaced stop is offered. */
import { PAGE_EXAMINED_MAX, SITE_POINTS_EXAMINED_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { couldHave, type Waiver } from '../placement.js';
import type { Box, Query } from '../query.js';
import type { Point } from '../state.js';
import { wantedFault } from '../wanted.js';

/**
 * The points that a `reserve` of the window alone would be granted to the holder, in id order. O(points) to look
 * through, and at most `PAGE_EXAMINED_MAX` are judged.
 */
export function pointsFor(
  memory: Memory,
  query: Extract<Query, { kind: 'points-for' }>,
  nowMs: number,
): readonly Point[] {
  const { holder, window, connector, minPowerWatts, box, forSubstitute = false } = query;
  const { startMs, endMs } = window;
  // What a command may not even ask for cannot be had.
  if (wantedFault([{ pointId: '', company: '', startMs, durationMs: endMs - startMs }]) !== null) return [];
  const waive: readonly Waiver[] = forSubstitute ? ['notice'] : [];
  const placing = { holder, documented: false, atMs: nowMs, waive };
  const found: Point[] = [];
  let judged = 0;
  for (const point of memory.points.sortedAfter('')) {
    if (point.connector !== connector || point.powerWatts < minPowerWatts || !isIn(box, point)) continue;
    if (judged === PAGE_EXAMINED_MAX) break;
    judged += 1;
    if (!couldHave(memory, point.id, window, placing)) continue;
    found.push(point);
    if (found.length === SITE_POINTS_EXAMINED_MAX) break;
  }
  return found;
}

function isIn({ south, north, west, east }: Box, point: Point): boolean {
  const { latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude } = point;
  if (latitude < south || latitude > north) return false;
  const isEastOfWest = longitude >= west;
  const isWestOfEast = longitude <= east;
  return west > east ? isEastOfWest || isWestOfEast : isEastOfWest && isWestOfEast;
}
