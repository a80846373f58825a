/** `p:<point id>`: a point. */
import type { Point, PointStatus } from '../state.js';
import { integerOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

const STATUSES: readonly PointStatus[] = ['available', 'occupied', 'faulted', 'offline', 'maintenance'];

export const POINT_ROW: RowFormat<Point> = {
  prefix: 'p:',
  id: (point) => point.id,
  write: (point) =>
    JSON.stringify({
      v: ROW_VERSION,
      id: point.id,
      company: point.company,
      place: point.place,
      latitudeMicrodegrees: point.latitudeMicrodegrees,
      longitudeMicrodegrees: point.longitudeMicrodegrees,
      connector: point.connector,
      powerWatts: point.powerWatts,
      status: point.status,
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
  }),
};
