/**
 * Everything of v1 that is no success: RFC 9457 problem details, with a row of the table of outcomes behind each.
 */
import { z } from 'zod';
import { CONFLICT_WORDS } from '../../doors/conflict-words.js';
import type { OutcomeCode } from '../../doors/outcomes.js';
import { output } from './named.js';
import type { RouteShape } from './route.js';

const REASONS = Object.keys(CONFLICT_WORDS) as (keyof typeof CONFLICT_WORDS)[];

export const PROBLEM = output(
  'Problem',
  {
    type: 'urn:malha:problem:stops-unavailable',
    title: 'Stops unavailable',
    status: 409,
    detail: 'At least one stop could not be had, so none was reserved.',
    conflicts: [
      {
        stop: 1,
        pointId: '9',
        reason: 'POINT_TAKEN',
        detail: CONFLICT_WORDS.POINT_TAKEN.english,
      },
    ],
  },
  z.object({
    type: z.string().describe('urn:malha:problem: and a word that is stable for ever.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is particular to this occurrence, for people.'),
    errors: z
      .array(
        z.union([
          z.object({ pointer: z.string(), detail: z.string() }),
          z.object({ parameter: z.string(), detail: z.string() }),
        ]),
      )
      .optional()
      .describe(
        'What is wrong with the input: where in the body (RFC 6901), or in which parameter or header.',
      ),
    conflicts: z
      .array(
        z.object({
          stop: z.int().describe('Its position in the request, or its number in the reservation.'),
          pointId: z.string().nullable().describe('Null where a site was asked for.'),
          reason: z.enum(REASONS),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Every stop that stands in the way.'),
  }),
);

const ANYWHERE = ['BAD_REQUEST', 'INTERNAL'] as const;
const OF_MOMENT = ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'] as const;

const OF_WRITES = [
  'INVALID',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'KEY_REUSED',
  'TOO_MANY_KEYS',
  'VERSION_NOT_RAISED',
  'TOO_LATE',
  'DEADLINE_EXCEEDED',
] as const;

/** All that a route may be answered with instead of a success. The documented routes have a dialect of their own. */
export function problemsOf({ tag, does, problems }: RouteShape): readonly OutcomeCode[] {
  if (tag === 'documented') return [];
  switch (does) {
    case 'local':
      return [...problems, ...ANYWHERE];
    case 'read':
      return [...problems, ...ANYWHERE, ...OF_MOMENT];
    case 'write':
      return [...problems, ...ANYWHERE, ...OF_WRITES, ...OF_MOMENT];
  }
}
