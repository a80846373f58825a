/** What PointService does, method by method. */
import type { EntryMark } from '../codec/entry-messages.js';
import { calendarMessage, pointMessage, pointUpdate, scheduleMessage } from '../codec/point-messages.js';
import { pointStatusOf } from '../codec/state-messages.js';
import type { Duration } from '../gen/google/protobuf/duration.js';
import type { Window as ProtoWindow } from '../gen/malha/mesh/v1/call.js';
import type * as proto from '../gen/malha/mesh/v1/point.js';
import type { Operation } from '../ledger/command.js';
import {
  CALENDAR_MS_MAX,
  MAINTENANCE_WINDOWS_MAX,
  STOP_DURATION_MS_MAX,
  STOP_DURATION_MS_MIN,
  WEEKLY_SPANS_MAX,
} from '../ledger/limits.js';
import type { PointMatch } from '../ledger/query.js';
import type { Result } from '../ledger/result.js';
import type { PointStatus, Window } from '../ledger/terms.js';
import { FieldFault } from './field-fault.js';
import { counted, idOf, idOrNone, nameOf, spanOf, timeOrNone, windowOf } from './fields.js';
import { type CallWorld, read, write } from './methods.js';
import { idAfter, pageSizeOf } from './pages.js';
import { notFound, type Problem } from './problem.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const POINT_METHODS = {
  listPoints: read(
    (request: proto.ListPointsRequest, world) => ({
      kind: 'point-page',
      match: matchOf(request),
      windowMs: freeForMs(request.freeFor, world),
      after: idAfter(request),
      limit: pageSizeOf(request),
    }),
    ({ items, after }, mark): proto.ListPointsResponse => ({
      ...mark,
      points: items.map(pointMessage),
      nextPageToken: after ?? '',
    }),
  ),
  getPoint: read(
    ({ pointId, freeFor }: proto.GetPointRequest, world) => ({
      kind: 'point',
      pointId: idOf(pointId, 'point_id'),
      windowMs: freeForMs(freeFor, world),
    }),
    (view, mark): proto.GetPointResponse | Problem =>
      view === null ? notFound('point') : { ...mark, point: pointMessage(view) },
  ),
  getPointCalendar: read(
    ({ pointId, window }: proto.GetPointCalendarRequest) => ({
      kind: 'calendars',
      pointIds: [idOf(pointId, 'point_id')],
      window: calendarWindow(window),
    }),
    ([calendar], mark, _, { company }): proto.GetPointCalendarResponse | Problem =>
      calendar === undefined ? notFound('point') : { ...mark, calendar: calendarMessage(calendar, company) },
  ),
  getPointSchedule: read(
    ({ pointId }: proto.GetPointScheduleRequest) => ({
      kind: 'schedule',
      pointId: idOf(pointId, 'point_id'),
    }),
    (schedule, mark): proto.GetPointScheduleResponse => ({
      ...mark,
      schedule: schedule === null ? undefined : scheduleMessage(schedule),
    }),
  ),
  registerPoint: write(['registered'], registerOperation, registered),
  deletePoint: write(['removed', 'point-updated'], deleteOperation, deleted),
  reportPointStatus: write(['point-updated'], reportOperation, updated),
  setPointSchedule: write(['point-updated'], scheduleOperation, updated),
} as const;

/** For how long a point would have to be free to count as free, in milliseconds of ledger time. */
export function freeForMs(freeFor: Duration | undefined, { legacyWindowMinutes }: CallWorld): number {
  if (freeFor === undefined) return legacyWindowMinutes * MINUTE_MS;
  const ms = spanOf(freeFor, 'free_for');
  if (ms >= STOP_DURATION_MS_MIN && ms <= STOP_DURATION_MS_MAX) return ms;
  throw new FieldFault('free_for', 'must be from a minute to 30 days');
}

/** A window that a calendar may be asked for. */
export function calendarWindow(window: ProtoWindow | undefined): Window {
  const asked = windowOf(window, 'window');
  if (asked.endMs - asked.startMs <= CALENDAR_MS_MAX) return asked;
  throw new FieldFault('window', `must be at most ${CALENDAR_MS_MAX / DAY_MS} days long`);
}

function matchOf({ place, company, connector, minPowerWatts }: proto.ListPointsRequest): PointMatch {
  return {
    ...(place === '' ? {} : { place: nameOf(place, 'place') }),
    ...(company === '' ? {} : { company: idOrNone(company, 'company') }),
    ...(connector === '' ? {} : { connector: nameOf(connector, 'connector') }),
    ...(minPowerWatts === 0 ? {} : { minPowerWatts }),
  };
}

function registerOperation(request: proto.RegisterPointRequest): Operation {
  const { latitudeMicrodegrees, longitudeMicrodegrees, powerWatts } = request;
  return {
    kind: 'register-point',
    pointId: idOf(request.pointId, 'point_id'),
    place: nameOf(request.place, 'place'),
    connector: nameOf(request.connector, 'connector'),
    ...{ latitudeMicrodegrees, longitudeMicrodegrees, powerWatts },
  };
}

function deleteOperation({ pointId, displace }: proto.DeletePointRequest): Operation {
  return { kind: 'delete-point', pointId: idOf(pointId, 'point_id'), displace };
}

function reportOperation(request: proto.ReportPointStatusRequest): Operation {
  const pointId = idOf(request.pointId, 'point_id');
  return {
    kind: 'report-status',
    pointId,
    status: statusOf(request.status),
    untilMs: timeOrNone(request.until, 'until'),
  };
}

function statusOf(code: proto.ReportPointStatusRequest['status']): PointStatus {
  const status = pointStatusOf(code);
  if (status === undefined)
    throw new FieldFault('status', code === 0 ? 'is missing' : `has no value ${code}`);
  return status;
}

function scheduleOperation({ pointId, schedule, displace }: proto.SetPointScheduleRequest): Operation {
  if (schedule === undefined) throw new FieldFault('schedule', 'is missing');
  const { utcOffsetMinutes, weekly, maintenance } = schedule;
  const windows = counted(maintenance, 0, MAINTENANCE_WINDOWS_MAX, 'schedule.maintenance');
  return {
    kind: 'set-schedule',
    pointId: idOf(pointId, 'point_id'),
    utcOffsetMinutes,
    weekly: counted(weekly, 0, WEEKLY_SPANS_MAX, 'schedule.weekly'),
    maintenance: windows.map((window, n) => windowOf(window, `schedule.maintenance[${n}]`)),
    displace,
  };
}

type ResultOf<K extends Result['kind']> = Extract<Result, { readonly kind: K }>;

function registered(_: Result, { index, at }: EntryMark): proto.RegisterPointResponse {
  return { index, at };
}

function updated(
  result: ResultOf<'point-updated'>,
  { index, at }: EntryMark,
): proto.ReportPointStatusResponse {
  return { index, at, update: pointUpdate(result) };
}

function deleted(
  result: ResultOf<'removed' | 'point-updated'>,
  { index, at }: EntryMark,
): proto.DeletePointResponse {
  return { index, at, leaving: result.kind === 'removed' ? undefined : pointUpdate(result) };
}
