/**
 * Whether a point can be used, as its company says: its status now, and when it is open.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import {
  MAINTENANCE_WINDOWS_MAX,
  UTC_OFFSET_MINUTES_MAX,
  UTC_OFFSET_MINUTES_MIN,
  WEEK_MINUTES,
  WEEKLY_SPANS_MAX,
} from '../../ledger/limits.js';
import type { Schedule } from '../../ledger/state.js';
import { windowMsOf } from '../context.js';
import { notFound } from '../fault.js';
import { MOMENT, POINT_ID, WINDOW } from './fields.js';
import { input, output } from './named.js';
import { POINT_CHANGE, pointChangeOf } from './point-change.js';
import { POINT_STATUSES } from './point-shape.js';
import { type Route, route } from './route.js';

const BY_ID = z.strictObject({ id: POINT_ID });

const STATUS_REPORT = input(
  'StatusReport',
  { status: 'maintenance', until: '2026-12-01T18:00:00-03:00' },
  z.strictObject({
    status: z.enum(POINT_STATUSES),
    until: MOMENT.optional().describe('Required, and within 90 days, unless the status is available.'),
  }),
);

const MINUTE = z.int().min(0).max(WEEK_MINUTES);

const WEEKLY = z
  .array(z.strictObject({ startMinute: MINUTE, endMinute: MINUTE }))
  .max(WEEKLY_SPANS_MAX)
  .describe(
    'Opening hours in minutes of the local week, which begins on Monday at 00:00. Empty: always open.',
  );

const UTC_OFFSET = z
  .int()
  .min(UTC_OFFSET_MINUTES_MIN)
  .max(UTC_OFFSET_MINUTES_MAX)
  .describe('Local time is UTC plus this.');

const HOURS = {
  utcOffsetMinutes: -180,
  weekly: [{ startMinute: 480, endMinute: 1_320 }],
};

const SCHEDULE_WANTED = input(
  'ScheduleFacts',
  { ...HOURS, maintenance: [{ start: '2026-12-01T08:00:00-03:00', end: '2026-12-01T12:00:00-03:00' }] },
  z.strictObject({
    utcOffsetMinutes: UTC_OFFSET,
    weekly: WEEKLY,
    maintenance: z
      .array(z.strictObject({ start: MOMENT, end: MOMENT }))
      .max(MAINTENANCE_WINDOWS_MAX)
      .default([])
      .describe('In order, apart from each other.'),
    displace: z
      .boolean()
      .default(false)
      .describe('Whether stops that would stand in a closed time are displaced; else it is refused.'),
  }),
);

const SCHEDULE = output(
  'Schedule',
  {
    pointId: '1',
    ...HOURS,
    maintenance: [{ start: '2026-12-01T11:00:00.000Z', end: '2026-12-01T15:00:00.000Z' }],
  },
  z.object({
    pointId: z.string(),
    utcOffsetMinutes: UTC_OFFSET,
    weekly: WEEKLY,
    maintenance: z.array(WINDOW),
  }),
);

const reportStatus = route(
  {
    method: 'POST',
    path: '/v1/points/{id}/status',
    operationId: 'reportPointStatus',
    tag: 'points',
    summary: 'Says whether a point of the company of this node can be used',
    description: 'Stops that cannot be had until then are displaced, or their holders are told.',
    does: 'write',
    params: BY_ID,
    body: STATUS_REPORT,
    answers: { 200: { description: 'What it did to the stops there.', schema: POINT_CHANGE } },
    problems: ['UNKNOWN_POINT', 'NOT_OWNER', 'UNKNOWN_COMPANY'],
  },
  async (call) => {
    const { status, until: untilMs = 0 } = call.body;
    const operation = { kind: 'report-status', pointId: call.params.id, status, untilMs } as const;
    return pointChangeOf((await call.write(operation, ['point-updated'])).result);
  },
);

const getSchedule = route(
  {
    method: 'GET',
    path: '/v1/points/{id}/schedule',
    operationId: 'getPointSchedule',
    tag: 'points',
    summary: 'When a point is open',
    does: 'read',
    params: BY_ID,
    answers: { 200: { description: 'Its hours and planned maintenance.', schema: SCHEDULE } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const pointId = call.params.id;
    const schedule = await call.read({ kind: 'schedule', pointId });
    if (schedule !== null) return scheduleOf(schedule);
    const windowMs = windowMsOf(call.context.settings);
    if ((await call.read({ kind: 'point', pointId, windowMs })) === null) throw notFound('point');
    return scheduleOf({ pointId, utcOffsetMinutes: 0, weekly: [], maintenance: [] });
  },
);

const putSchedule = route(
  {
    method: 'PUT',
    path: '/v1/points/{id}/schedule',
    operationId: 'putPointSchedule',
    tag: 'points',
    summary: 'Says when a point of the company of this node is open',
    does: 'write',
    params: BY_ID,
    body: SCHEDULE_WANTED,
    answers: { 200: { description: 'What it did to the stops there.', schema: POINT_CHANGE } },
    problems: ['UNKNOWN_POINT', 'NOT_OWNER', 'UNKNOWN_COMPANY', 'HAS_BOOKINGS'],
  },
  async (call) => {
    const { utcOffsetMinutes, weekly, maintenance, displace } = call.body;
    const windows = maintenance.map(({ start, end }) => ({ startMs: start, endMs: end }));
    const { result } = await call.write(
      {
        kind: 'set-schedule',
        pointId: call.params.id,
        utcOffsetMinutes,
        weekly,
        maintenance: windows,
        displace,
      },
      ['point-updated'],
    );
    return pointChangeOf(result);
  },
);

function scheduleOf({ pointId, utcOffsetMinutes, weekly, maintenance }: Schedule): z.output<typeof SCHEDULE> {
  return {
    pointId,
    utcOffsetMinutes,
    weekly: weekly.map(({ startMinute, endMinute }) => ({ startMinute, endMinute })),
    maintenance: maintenance.map(({ startMs, endMs }) => ({
      start: timeText(startMs),
      end: timeText(endMs),
    })),
  };
}

export const POINT_STATUS_ROUTES: readonly Route[] = [reportStatus, getSchedule, putSchedule];
