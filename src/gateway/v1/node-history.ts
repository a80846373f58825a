/**
 * `GET /v1/history`: this node over the last hours, as it sampled itself, so that a page has series without Prometheus.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import { invalidInput } from '../fault.js';
import type { Series, SeriesHistory, SeriesSpan } from '../observed.js';
import { inText, MOMENT, MOMENT_OUT } from './fields.js';
import { output } from './named.js';
import { type Route, route } from './route.js';

/** Values of one series in one answer. */
const VALUES_MAX = 2_160;
const STEP_SECONDS_MAX = 3_600;
/** What is shown where the request does not say from when on. */
const SHOWN_MS = 3_600_000;

const NODE_HISTORY = output(
  'NodeHistory',
  {
    from: '2026-12-01T12:00:00.000Z',
    to: '2026-12-01T12:00:30.000Z',
    stepSeconds: 10,
    series: [
      {
        name: 'open_reservations',
        unit: 'reservations',
        meaning: 'Reservations that have not ended.',
        values: [3, null, 4],
      },
    ],
  },
  z.object({
    from: MOMENT_OUT.describe('When the step of the first value begins.'),
    to: MOMENT_OUT.describe('When that of the last one ends.'),
    stepSeconds: z.int(),
    series: z.array(
      z.object({
        name: z.string(),
        unit: z.string(),
        meaning: z.string(),
        values: z
          .array(z.number().nullable())
          .describe('One a step, the mean of what was sampled in it; null where nothing was.'),
      }),
    ),
  }),
);

const getNodeHistory = route(
  {
    method: 'GET',
    path: '/v1/history',
    operationId: 'getNodeHistory',
    tag: 'node',
    summary: 'This node over the last hours',
    description:
      'What this node sampled of itself every ten seconds, by its own clock. It is kept for some hours, also over a restart.',
    does: 'local',
    query: z.strictObject({
      series: z
        .string()
        .min(1)
        .max(2_000)
        .optional()
        .describe('Names, split by commas; all unless it says so.'),
      from: MOMENT.optional().describe('An hour before `to` unless it says otherwise.'),
      to: MOMENT.optional().describe('Now unless it says otherwise.'),
      step: inText(z.int().min(10).max(STEP_SECONDS_MAX).multipleOf(10))
        .default(10)
        .describe('Seconds between two values.'),
    }),
    answers: {
      200: { description: 'Series in the order in which they were asked for.', schema: NODE_HISTORY },
    },
    problems: [],
  },
  async (call) => {
    const { history } = call.context.observed;
    const asked = chosen(call.query.series, history);
    const span = spanOf(call.query, history);
    return {
      from: timeText(span.fromMs),
      to: timeText(span.toMs),
      stepSeconds: call.query.step,
      series: asked.map((series) => ({ ...series, values: history.read(series.name, span) })),
    };
  },
);

function chosen(names: string | undefined, { series }: SeriesHistory): readonly Series[] {
  if (names === undefined) return series;
  return [...new Set(names.split(',').map((name) => name.trim()))].map((name) => {
    const found = series.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw invalidInput([{ parameter: 'series', detail: `there is no series ${JSON.stringify(name)}` }]);
  });
}

/** From the step that `from` lies in to the end of that before which `to` lies. */
function spanOf(
  {
    from,
    to,
    step,
  }: { readonly from?: number | undefined; readonly to?: number | undefined; readonly step: number },
  history: SeriesHistory,
): SeriesSpan {
  const stepMs = step * 1_000;
  const endMs = to ?? history.nowMs();
  const beginMs = from ?? endMs - Math.min(SHOWN_MS, endMs);
  if (beginMs >= endMs) throw invalidInput([{ parameter: 'from', detail: 'must be before `to`' }]);
  const fromMs = Math.floor(beginMs / stepMs) * stepMs;
  const toMs = Math.ceil(endMs / stepMs) * stepMs;
  if ((toMs - fromMs) / stepMs > VALUES_MAX) {
    throw invalidInput([
      { parameter: 'step', detail: `gives more than ${VALUES_MAX} values: ask for less at once` },
    ]);
  }
  return { fromMs, toMs, stepMs };
}

export const NODE_HISTORY_ROUTES: readonly Route[] = [getNodeHistory];
