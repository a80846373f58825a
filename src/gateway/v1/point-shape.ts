/** Points as v1 shows them: English keys, degrees and kilowatts. */
import { z } from 'zod';
import type { PointView } from '../../ledger/query.js';
import type { PointStatus } from '../../ledger/terms.js';
import { listOf, MOMENT_OR_NULL, momentOrNull } from './fields.js';
import { output } from './named.js';

export const POINT_STATUSES = [
  'available',
  'occupied',
  'faulted',
  'offline',
  'maintenance',
] as const satisfies readonly PointStatus[];

const EXAMPLE = {
  id: '1',
  place: 'Feira de Santana',
  company: 'empresa_a',
  latitude: -12.2664,
  longitude: -38.9663,
  connector: 'ccs2',
  powerKw: 120,
  status: 'available',
  statusUntil: null,
  free: true,
} as const;

export const POINT = output(
  'Point',
  EXAMPLE,
  z.object({
    id: z.string(),
    place: z.string(),
    company: z.string().describe('Id of the company that owns it.'),
    latitude: z.number(),
    longitude: z.number(),
    connector: z.string(),
    powerKw: z.number(),
    status: z.enum(POINT_STATUSES),
    statusUntil: MOMENT_OR_NULL.describe('Until when the status is expected to last; null while available.'),
    free: z.boolean().describe('Whether a documented reservation from now on would succeed.'),
  }),
);

export const POINT_LIST = output('PointList', { items: [EXAMPLE], nextPageToken: null }, listOf(POINT));

/** `free` says whether the point could be reserved from now on for the documented window. */
export function pointOf({ point, free }: PointView): z.output<typeof POINT> {
  return {
    id: point.id,
    place: point.place,
    company: point.company,
    latitude: point.latitudeMicrodegrees / 1e6,
    longitude: point.longitudeMicrodegrees / 1e6,
    connector: point.connector,
    powerKw: point.powerWatts / 1000,
    status: point.status,
    statusUntil: momentOrNull(point.statusUntilMs),
    free,
  };
}
