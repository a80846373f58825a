/**
 * What is taken and what is free: of one point, and of a route at a glance.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import { CALENDAR_MS_MAX } from '../../ledger/limits.js';
import type { PointCalendar } from '../../ledger/query.js';
import type { Window } from '../../ledger/terms.js';
import { windowMsOf } from '../context.js';
import { invalidInput, notFound } from '../fault.js';
import { ID, MOMENT, MOMENT_OR_NULL, MOMENT_OUT, POINT_ID, WINDOW } from './fields.js';
import { output } from './named.js';
import { type Route, route } from './route.js';

const DAY_MS = 24 * 60 * 60_000;
const DAYS_MAX = Math.floor(CALENDAR_MS_MAX / DAY_MS);

const SPAN = {
  from: MOMENT.optional().describe('Ledger time of now unless it says otherwise.'),
  to: MOMENT.optional().describe(`24 hours later unless it says otherwise; at most ${DAYS_MAX} days.`),
};

const DAY = { start: '2026-12-01T11:00:00.000Z', end: '2026-12-02T11:00:00.000Z' };
const FREE = [
  { start: DAY.start, end: '2026-12-01T12:00:00.000Z' },
  { start: '2026-12-01T13:00:00.000Z', end: DAY.end },
];
const CALENDAR_EXAMPLE = {
  pointId: '1',
  from: DAY.start,
  to: DAY.end,
  booked: [
    { start: '2026-12-01T12:00:00.000Z', end: '2026-12-01T13:00:00.000Z', reservationId: 'r81', stop: 0 },
  ],
  closed: [],
  outOfService: null,
  free: FREE,
  cutAt: null,
};

const CALENDAR = output(
  'PointCalendar',
  CALENDAR_EXAMPLE,
  z.object({
    pointId: z.string(),
    from: MOMENT_OUT,
    to: MOMENT_OUT,
    booked: z
      .array(WINDOW.extend({ reservationId: z.string().nullable(), stop: z.int().nullable() }))
      .describe(
        'With the buffers after them; they may reach beyond the time asked about. Whose they are is named at points of ' +
          'the company of this node alone, and null elsewhere.',
      ),
    closed: z.array(WINDOW).describe('Outside opening hours, or being maintained.'),
    outOfService: WINDOW.nullable().describe('While its status keeps it from being had.'),
    free: z.array(WINDOW).describe('What is left of the time asked about.'),
    cutAt: MOMENT_OR_NULL.describe(
      'Of a point with very many bookings: what begins from then on is left out; ask again from there.',
    ),
  }),
);

const ROUTE_CALENDAR = output(
  'RouteCalendar',
  { routeId: '1', from: DAY.start, to: DAY.end, points: [CALENDAR_EXAMPLE] },
  z.object({
    routeId: z.string(),
    from: MOMENT_OUT,
    to: MOMENT_OUT,
    points: z.array(CALENDAR).describe('Those that are registered, in the order of the route.'),
  }),
);

const pointCalendar = route(
  {
    method: 'GET',
    path: '/v1/points/{id}/calendar',
    operationId: 'getPointCalendar',
    tag: 'points',
    summary: 'When a point is taken and when it is free',
    does: 'read',
    params: z.strictObject({ id: POINT_ID }),
    query: z.strictObject(SPAN),
    answers: { 200: { description: 'The calendar.', schema: CALENDAR } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const window = spanOf(call.query, call.context.mesh.status().ledgerTimeMs);
    const [calendar] = await call.read({ kind: 'calendars', pointIds: [call.params.id], window });
    if (calendar === undefined) throw notFound('point');
    return calendarOf(calendar, window, call.context.settings.company);
  },
);

const routeCalendar = route(
  {
    method: 'GET',
    path: '/v1/routes/{id}/calendar',
    operationId: 'getRouteCalendar',
    tag: 'routes',
    summary: 'When the points of a route are taken and when they are free',
    does: 'read',
    params: z.strictObject({ id: ID }),
    query: z.strictObject(SPAN),
    answers: { 200: { description: 'The calendars of its points.', schema: ROUTE_CALENDAR } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const { mesh, settings } = call.context;
    const window = spanOf(call.query, mesh.status().ledgerTimeMs);
    const routeId = call.params.id;
    const found = await call.read({ kind: 'route', routeId, windowMs: windowMsOf(settings) });
    if (found === null) throw notFound('route');
    const calendars = await call.read({ kind: 'calendars', pointIds: found.route.pointIds, window });
    return {
      routeId,
      from: timeText(window.startMs),
      to: timeText(window.endMs),
      points: calendars.map((calendar) => calendarOf(calendar, window, settings.company)),
    };
  },
);

/** The window asked about. Throws a Fault for one that is empty or too long. */
function spanOf(asked: { from?: number | undefined; to?: number | undefined }, nowMs: number): Window {
  const startMs = asked.from ?? nowMs;
  const endMs = asked.to ?? startMs + DAY_MS;
  if (endMs > startMs && endMs - startMs <= DAYS_MAX * DAY_MS) return { startMs, endMs };
  throw invalidInput([{ parameter: 'to', detail: `must be after from, by at most ${DAYS_MAX} days` }]);
}

function calendarOf(calendar: PointCalendar, asked: Window, viewer: string): z.output<typeof CALENDAR> {
  const { point, booked, cutAtMs, closed, outOfService } = calendar;
  const isOwn = point.company === viewer;
  // Nobody looked further than that.
  const endMs = Math.min(asked.endMs, cutAtMs ?? asked.endMs);
  const taken = [...booked, ...closed, ...(outOfService === null ? [] : [outOfService])];
  return {
    pointId: point.id,
    from: timeText(asked.startMs),
    to: timeText(asked.endMs),
    booked: booked.map(({ reservationId, stop, ...window }) => ({
      ...windowOf(window),
      reservationId: isOwn ? reservationId : null,
      stop: isOwn ? stop : null,
    })),
    closed: closed.map(windowOf),
    outOfService: outOfService === null ? null : windowOf(outOfService),
    free: gapsBetween(taken, { startMs: asked.startMs, endMs }).map(windowOf),
    cutAt: cutAtMs === null ? null : timeText(cutAtMs),
  };
}

/** What none of the windows covers, in order. */
function gapsBetween(taken: readonly Window[], { startMs, endMs }: Window): readonly Window[] {
  const gaps: Window[] = [];
  let fromMs = startMs;
  for (const window of [...taken].sort((a, b) => a.startMs - b.startMs)) {
    const untilMs = Math.min(window.startMs, endMs);
    if (untilMs > fromMs) gaps.push({ startMs: fromMs, endMs: untilMs });
    fromMs = Math.max(fromMs, window.endMs);
  }
  if (fromMs < endMs) gaps.push({ startMs: fromMs, endMs });
  return gaps;
}

function windowOf({ startMs, endMs }: Window): z.output<typeof WINDOW> {
  return { start: timeText(startMs), end: timeText(endMs) };
}

export const CALENDAR_ROUTES: readonly Route[] = [pointCalendar, routeCalendar];
