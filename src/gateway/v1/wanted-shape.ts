/**
 * The stops that a request wants: a point by its id, or any point of a place that would do.
 */
import { z } from 'zod';
import type { WantedPoint, WantedStop } from '../../ledger/command.js';
import { STOP_DURATION_MS_MAX, STOP_DURATION_MS_MIN } from '../../ledger/limits.js';
import { ID, KILOWATTS, MOMENT, NAME, scaled } from './fields.js';
import { input } from './named.js';

const WINDOW = {
  start: MOMENT,
  end: MOMENT.describe('The first instant that is free again: 1 minute to 30 days after the start.'),
  company: ID.optional().describe('Whose the point is believed to be; refused where it is not.'),
};

/** Also so where a time cannot be read: that is an error of its own. */
function lastsAsItMay({ start, end }: { readonly start: number; readonly end: number }): boolean {
  const durationMs = end - start;
  return !(durationMs < STOP_DURATION_MS_MIN || durationMs > STOP_DURATION_MS_MAX);
}

const LENGTH = { path: ['end'], error: 'must be 1 minute to 30 days after start' };

const TIMES = { start: '2026-12-01T12:00:00-03:00', end: '2026-12-01T12:40:00-03:00' };

/** A stop at a point that is named. */
export const WANTED_POINT = input(
  'WantedPoint',
  { pointId: '1', ...TIMES },
  z.strictObject({ pointId: ID, ...WINDOW }).refine(lastsAsItMay, LENGTH),
);

const WANTED_SITE = input(
  'WantedSite',
  { site: 'Salvador', connector: 'ccs2', minKw: 50, ...TIMES },
  z
    .strictObject({
      site: NAME.describe('A place; which of its points, the ledger decides.'),
      connector: NAME,
      minKw: KILOWATTS,
      ...WINDOW,
    })
    .refine(lastsAsItMay, LENGTH),
);

/** Either of the two. */
export const WANTED_STOP = z.union([WANTED_POINT, WANTED_SITE]);

/** A named point as the ledger takes it. */
export function wantedPointOf(stop: z.output<typeof WANTED_POINT>): WantedPoint {
  const { pointId, start, end, company = '' } = stop;
  return { pointId, company, startMs: start, durationMs: end - start };
}

/** A wanted stop as the ledger takes it. */
export function wantedOf(stop: z.output<typeof WANTED_STOP>): WantedStop {
  if ('pointId' in stop) return wantedPointOf(stop);
  const { site: place, connector, minKw, start, end, company = '' } = stop;
  const site = { place, connector, minPowerWatts: scaled(minKw, 1_000) };
  return { pointId: '', site, company, startMs: start, durationMs: end - start };
}
