/** `p:<point id>`: a point. In version 2 when its status has an end or it is leaving. */
import type { Point } from '../state.js';
import type { PointStatus } from '../terms.js';
import { flagOf, integerOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, ROW_VERSION_2, type RowFormat } from './format.js';

const STATUSES: readonly PointStatus[] = ['available', 'occupied', 'faulted', 'offline', 'maintenance'];

/** What version 1 cannot say of a point. */
export const FIRST_POINT_FIELDS = {
  statusUntilMs: 0,
  checkAtMs: 0,
  checkFromMs: 0,
  checkToMs: 0,
  leaving: false,
} as const;

export const POINT_ROW: RowFormat<Point> = {
  prefix: 'p:',
  id: (point) => point.id,
  write: (point) =>
    JSON.stringify({
      v: isFirst(point) ? ROW_VERSION : ROW_VERSION_2,
      id: point.id,
      company: point.company,
      place: point.place,
      latitudeMicrodegrees: point.latitudeMicrodegrees,
      longitudeMicrodegrees: point.longitudeMicrodegrees,
      connector: point.connector,
      powerWatts: point.powerWatts,
      status: point.status,
      ...(isFirst(point)
        ? {}
        : {
            statusUntilMs: point.statusUntilMs,
            checkAtMs: point.checkAtMs,
            checkFromMs: point.checkFromMs,
            checkToMs: point.checkToMs,
            leaving: point.leaving,
          }),
    }),
  read: (fields) => ({
    id: textOf(fields.id),
    company: textOf(fields.company),
    place: textOf(fields.place),
    latitudeMicrodegrees: integerOf(fields.latitudeMicrodegrees),
    longitudeMicrodegrees: integerOf(fields.longitudeMicrodegrees),
    connector: textOf(fields.connector),
    powerWatts: integerOf(fields.powerWatts),
    status: oneOf(fields.status, STATUSES),
    ...(fields.v === ROW_VERSION
      ? FIRST_POINT_FIELDS
      : {
          statusUntilMs: integerOf(fields.statusUntilMs),
          checkAtMs: integerOf(fields.checkAtMs),
          checkFromMs: integerOf(fields.checkFromMs),
          checkToMs: integerOf(fields.checkToMs),
          leaving: flagOf(fields.leaving),
        }),
  }),
};

/** Whether the first version's text says all. */
function isFirst({ statusUntilMs, checkAtMs, checkToMs, leaving }: Point): boolean {
  return statusUntilMs === 0 && checkAtMs === 0 && checkToMs === 0 && !leaving;
}
