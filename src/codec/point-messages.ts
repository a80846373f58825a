/** Points, routes and companies as gRPC shows them: one function for each message. */
import type * as companies from '../gen/malha/mesh/v1/company.js';
import type * as points from '../gen/malha/mesh/v1/point.js';
import type * as routes from '../gen/malha/mesh/v1/route.js';
import type { PointCalendar, PointView, RouteView } from '../ledger/query.js';
import type { Result } from '../ledger/result.js';
import type { Company, Schedule } from '../ledger/state.js';
import type { PolicyTerms } from '../ledger/terms.js';
import { POINT_STATUS } from './state-messages.js';
import { durationOf, timestampOf, timestampOrNone, windowMessage } from './time-messages.js';
import { toUint64 } from './uint64.js';

export function pointMessage({ point, companyDisplayId, free }: PointView): points.Point {
  const { id, company, place, latitudeMicrodegrees, longitudeMicrodegrees, connector, powerWatts } = point;
  return {
    pointId: id,
    company,
    companyDisplayId,
    place,
    latitudeMicrodegrees,
    longitudeMicrodegrees,
    connector,
    powerWatts,
    status: POINT_STATUS[point.status],
    statusUntil: timestampOrNone(point.statusUntilMs),
    leaving: point.leaving,
    free,
  };
}

/** Whose a booked window is, only `viewer` sees, and only at its own points. */
export function calendarMessage(calendar: PointCalendar, viewer: string): points.PointCalendar {
  const { point, booked, cutAtMs, closed, outOfService } = calendar;
  const isOwn = point.company === viewer;
  return {
    pointId: point.id,
    booked: booked.map((each) => ({
      window: windowMessage(each),
      reservationId: isOwn ? each.reservationId : '',
      stop: isOwn ? each.stop : undefined,
    })),
    closed: closed.map(windowMessage),
    outOfService: outOfService === null ? undefined : windowMessage(outOfService),
    cutAt: cutAtMs === null ? undefined : timestampOf(cutAtMs),
  };
}

export function scheduleMessage({ utcOffsetMinutes, weekly, maintenance }: Schedule): points.Schedule {
  return { utcOffsetMinutes, weekly: [...weekly], maintenance: maintenance.map(windowMessage) };
}

/** What became of the stops at a point. */
export function pointUpdate(result: Extract<Result, { readonly kind: 'point-updated' }>): points.PointUpdate {
  const { displaced, told, more } = result;
  return { displaced, told, more };
}

export function routeMessage({ route, points: shown, legMetres }: RouteView): routes.Route {
  const { id, name, company } = route;
  return { routeId: id, name, company, points: shown.map(pointMessage), legMetres: [...legMetres] };
}

export function companyMessage({ id, name, displayId }: Company): companies.Company {
  return { company: id, name, displayId };
}

export function policyMessage(policy: PolicyTerms): companies.Policy {
  return {
    minNotice: durationOf(policy.minNoticeMs),
    horizon: durationOf(policy.horizonMs),
    durationMax: durationOf(policy.durationMaxMs),
    early: durationOf(policy.earlyMs),
    late: durationOf(policy.lateMs),
    buffer: durationOf(policy.bufferMs),
    cancelBefore: durationOf(policy.cancelBeforeMs),
    reservationFeeCentavos: toUint64(policy.reservationFeeCentavos),
    lateCancelFeeCentavos: toUint64(policy.lateCancelFeeCentavos),
    noShowFeeCentavos: toUint64(policy.noShowFeeCentavos),
  };
}
