/** Calendars for people: one point's, window by window, and a route's at a glance. */
import { type Paint, table } from '../terminal.js';
import { shortTime } from './moments.js';
import type { Calendar, Point } from './shapes.js';

/** Of a line of a route's calendar: an hour each, in the day that is shown unless told otherwise. */
const CELLS = 24;

/** When the point is taken, closed, and free, in the order of time. */
export function calendarLines(
  { booked, closed, outOfService, free, cutAt }: Calendar,
  paint: Paint,
): readonly string[] {
  const rows = [
    ...booked.map(({ start, end, reservationId, stop }) => ({
      ...{ start, end },
      what: paint('red', 'taken'),
      by: reservationId === null ? '' : `${reservationId}, stop ${stop}`,
    })),
    ...closed.map(({ start, end }) => ({ start, end, what: paint('yellow', 'closed'), by: '' })),
    ...(outOfService === null ? [] : [outOfService]).map(({ start, end }) => ({
      ...{ start, end },
      what: paint('yellow', 'out of service'),
      by: '',
    })),
    ...free.map(({ start, end }) => ({ start, end, what: paint('green', 'free'), by: '' })),
  ].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const lines = table(
    ['from', 'to', '', 'by'],
    rows.map(({ start, end, what, by }) => [shortTime(start), shortTime(end), what, by]),
  );
  return cutAt === null ? lines : [...lines, `there is more: ask again with --from ${shortTime(cutAt)}`];
}

/** A line a point: `.` where it is free throughout, `#` where it is not. */
export function glanceLines(
  calendars: readonly Calendar[],
  points: readonly Point[],
  paint: Paint,
): readonly string[] {
  const byId = new Map(points.map((point) => [point.id, point]));
  const rows = calendars.map((calendar) => {
    const { place = '', company = '' } = byId.get(calendar.pointId) ?? {};
    const [next] = calendar.free;
    const nextText = next === undefined ? paint('red', 'not') : shortTime(next.start);
    return [calendar.pointId, place, company, strip(calendar), nextText];
  });
  return table(['point', 'city', 'company', '# taken or closed, . free', 'free from'], rows);
}

function strip({ from, to, free }: Calendar): string {
  const fromMs = Date.parse(from);
  const cellMs = (Date.parse(to) - fromMs) / CELLS;
  const cells = Array.from({ length: CELLS }, (_, cell) => {
    const [startMs, endMs] = [fromMs + cell * cellMs, fromMs + (cell + 1) * cellMs];
    return free.some(({ start, end }) => Date.parse(start) <= startMs && Date.parse(end) >= endMs)
      ? '.'
      : '#';
  });
  return cells.join('');
}
