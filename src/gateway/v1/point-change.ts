/** What came of a change to a point that others may have booked. */
import { z } from 'zod';
import type { Result } from '../../ledger/result.js';
import { output } from './named.js';

export const POINT_CHANGE = output(
  'PointChange',
  { pointId: '1', removed: false, displaced: 2, told: 0, more: false },
  z.object({
    pointId: z.string(),
    removed: z.boolean().describe('Whether the point is gone.'),
    displaced: z
      .int()
      .nullable()
      .describe(
        'Stops that were displaced at once; null where the point is gone: its stops say so themselves.',
      ),
    told: z.int().describe('Holders who were told at once that the point may not be had.'),
    more: z.boolean().describe('Whether further stops follow, in entries of their own.'),
  }),
);

/** The result as v1 shows it. */
export function pointChangeOf(
  result: Extract<Result, { kind: 'removed' | 'point-updated' }>,
): z.output<typeof POINT_CHANGE> {
  if (result.kind === 'removed') {
    return { pointId: result.id, removed: true, displaced: null, told: 0, more: false };
  }
  const { pointId, displaced, told, more } = result;
  return { pointId, removed: false, displaced, told, more };
}
