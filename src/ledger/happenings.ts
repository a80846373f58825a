/** Which events follow from a row that came, changed or went: one pure function for each table. */
import type { LedgerEvent } from './event.js';
import { noticeId } from './rows/notice-row.js';
import { POINT_ROW } from './rows/point-row.js';
import type {
  Company,
  Notice,
  Point,
  Policy,
  Reservation,
  Route,
  Schedule,
  Stop,
  Ticket,
  Wait,
} from './state.js';

type Happening<T> = (before: T | undefined, after: T | undefined) => readonly LedgerEvent[];

export const companyHappenings: Happening<Company> = (before, after) => [
  ofCompany('company', (after ?? before)!.id, (after ?? before)!.id, after),
];

export const policyHappenings: Happening<Policy> = (before, after) => [
  ofCompany('policy', (after ?? before)!.company, (after ?? before)!.company, after),
];

export const routeHappenings: Happening<Route> = (before, after) => [
  ofCompany('route', (after ?? before)!.company, (after ?? before)!.id, after),
];

/** `company`: whose point it is. */
export function scheduleHappenings(
  company: string,
  schedule: Schedule,
  after: Schedule | undefined,
): LedgerEvent {
  return ofCompany('schedule', company, schedule.pointId, after);
}

export const pointHappenings: Happening<Point> = (before, after) => {
  if (before !== undefined && after !== undefined && isOnlyChecked(before, after)) return [];
  const { id, company } = (after ?? before)!;
  const status = after?.status ?? 'deleted';
  return [{ kind: 'point', pointId: id, company, status, untilMs: after?.statusUntilMs ?? 0 }];
};

export const reservationHappenings: Happening<Reservation> = (before, after) => {
  if (after === undefined) return [{ kind: 'pruned', reservationId: before!.id }];
  const events: LedgerEvent[] = [];
  const { id, holder, state, end } = after;
  if (before?.state !== state) {
    const from = before?.state ?? '';
    const who = end?.who ?? '';
    const reason = end?.reason ?? '';
    events.push({ kind: 'reservation', reservationId: id, holder, from, to: state, who, reason });
  }
  after.stops.forEach((stop, number) => {
    const was = before?.stops[number];
    if (was !== undefined && !isNews(was, stop)) return;
    const { pointId, startMs, endMs, reason } = stop;
    const company = stop.terms?.company ?? '';
    const from = was?.state ?? '';
    const window = { pointId, company, startMs, endMs };
    events.push({
      kind: 'stop',
      reservationId: id,
      holder,
      stop: number,
      ...window,
      from,
      to: stop.state,
      reason,
    });
  });
  return events;
};

export const ticketHappenings: Happening<Ticket> = (before, after) => {
  const { holder, ticket, reservationId } = (after ?? before)!;
  return [{ kind: 'ticket', holder, ticket, reservationId, to: after === undefined ? 'ended' : 'live' }];
};

export const waitHappenings: Happening<Wait> = (before, after) => {
  const { id, holder } = (after ?? before)!;
  const reservationId = after?.offer ?? '';
  const to = after === undefined ? 'ended' : reservationId === '' ? 'waiting' : 'offered';
  return [{ kind: 'wait', waitId: id, holder, to, reservationId }];
};

export const noticeHappenings: Happening<Notice> = (before, after) => {
  const { holder, notice, reservationId } = (after ?? before)!;
  const to = after === undefined ? 'closed' : 'open';
  return [{ kind: 'notice', noticeId: noticeId((after ?? before)!), holder, notice, reservationId, to }];
};

/** Whether nothing changed but what time has still to look at. */
function isOnlyChecked(before: Point, after: Point): boolean {
  const { checkAtMs, checkFromMs, checkToMs } = after;
  return POINT_ROW.write({ ...before, checkAtMs, checkFromMs, checkToMs }) === POINT_ROW.write(after);
}

function isNews(was: Stop, stop: Stop): boolean {
  return (
    was.state !== stop.state ||
    was.pointId !== stop.pointId ||
    was.startMs !== stop.startMs ||
    was.endMs !== stop.endMs ||
    was.overstaying !== stop.overstaying
  );
}

function ofCompany(
  what: Extract<LedgerEvent, { kind: 'company' }>['what'],
  company: string,
  id: string,
  after: object | undefined,
): LedgerEvent {
  return { kind: 'company', company, what, id, to: after === undefined ? 'deleted' : 'written' };
}
