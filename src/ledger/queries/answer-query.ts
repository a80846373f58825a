/**
 * Answers to questions, read from memory as it is: one line each. Lists are in id order where nothing else is said; what
 * a question may cost is bounded where it grows with what is booked.
 */
import type { Memory } from '../memory.js';
import type { Query, ReplyTo } from '../query.js';
import { calendars } from './calendars.js';
import { policyView } from './company-rules.js';
import { pointPage } from './point-page.js';
import { pointsBetween, pointView, routeView, routeViews } from './point-views.js';
import { pointsFor } from './points-for.js';
import { holderNow, openReservations, reservationPage } from './reservation-views.js';
import { totals } from './totals.js';

/** The reply to a question, speaking of ledger time `nowMs`. */
export function answerQuery<Q extends Query>(memory: Memory, query: Q, nowMs: number): ReplyTo<Q>;
export function answerQuery(memory: Memory, query: Query, nowMs: number): ReplyTo<Query> {
  switch (query.kind) {
    case 'companies':
      return memory.companies.sorted();
    case 'company':
      return memory.companies.get(query.company) ?? null;
    case 'policy':
      return policyView(memory, query.company);
    case 'schedule':
      return memory.schedules.get(query.pointId) ?? null;
    case 'points':
      return memory.points.sorted().map((point) => pointView(memory, point, fromNow(query, nowMs)));
    case 'point': {
      const point = memory.points.get(query.pointId);
      return point === undefined ? null : pointView(memory, point, fromNow(query, nowMs));
    }
    case 'point-page':
      return pointPage(memory, query, nowMs);
    case 'points-for':
      return pointsFor(memory, query, nowMs);
    case 'calendars':
      return calendars(memory, query.pointIds, query.window, nowMs);
    case 'routes':
      return routeViews(memory, fromNow(query, nowMs));
    case 'route': {
      const route = memory.routes.get(query.routeId);
      return route === undefined ? null : routeView(memory, route, fromNow(query, nowMs));
    }
    case 'points-between':
      return pointsBetween(memory, query.from, query.to, fromNow(query, nowMs));
    case 'reservation':
      return memory.reservation(query.reservationId) ?? null;
    case 'open-reservations':
      return openReservations(memory, query.holder);
    case 'reservation-page':
      return reservationPage(memory, query);
    case 'holder-now':
      return holderNow(memory, query.pointId, nowMs);
    case 'ticket':
      return memory.tickets.live(query.holder, nowMs) ?? null;
    case 'wait':
      return memory.waits.table.get(query.waitId) ?? null;
    case 'waits':
      return memory.waits.of(query.holder);
    case 'notices':
      return memory.notices.openOf(query.holder);
    case 'totals':
      return totals(memory);
  }
}

function fromNow({ windowMs }: { readonly windowMs: number }, nowMs: number) {
  return { nowMs, windowMs };
}
