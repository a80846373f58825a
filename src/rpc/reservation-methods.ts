/** What ReservationService does, method by method. The names are those of the service, and of a pipeline's requests. */
import type { EntryMark } from '../codec/entry-messages.js';
import {
  bookedStopMessage,
  changedReservation,
  noticeMessage,
  reservationMessage,
  ticketMessage,
  wishMessage,
} from '../codec/reservation-messages.js';
import { reservationStateOf } from '../codec/state-messages.js';
import { timestampOf } from '../codec/time-messages.js';
import { toUint64 } from '../codec/uint64.js';
import type { Viewer } from '../doors/event-view.js';
import { reservationFor } from '../doors/reservation-view.js';
import type * as proto from '../gen/malha/mesh/v1/reservation.js';
import type { ReservationMatch } from '../ledger/query.js';
import type { BookedStop, Result } from '../ledger/result.js';
import type { Reservation } from '../ledger/state.js';
import { FieldFault } from './field-fault.js';
import { holderOf, idOf, idOrNone } from './fields.js';
import { listHistory, listSubstitutes } from './history-methods.js';
import { type CallWorld, read, write } from './methods.js';
import { numberAfter, pageSizeOf } from './pages.js';
import { notFound, type Problem } from './problem.js';
import * as requests from './reservation-requests.js';

export const RESERVATION_METHODS = {
  reserve: write(['reserved'], requests.reserveOperation, reserved),
  confirm: write(['updated'], requests.confirmOperation, updated),
  extendHold: write(['updated'], requests.extendHoldOperation, updated),
  cancel: write(['updated'], requests.cancelOperation, updated),
  change: write(['updated'], requests.changeOperation, updated),
  shift: write(['updated'], requests.shiftOperation, updated),
  substitute: write(['updated'], requests.substituteOperation, updated),
  startStop: write(['updated'], requests.startStopOperation, updated),
  finishStop: write(['updated'], requests.finishStopOperation, updated),
  displaceStop: write(['updated'], requests.displaceStopOperation, updated),

  getReservation: read(
    ({ reservationId }: proto.GetReservationRequest) => ({
      kind: 'reservation',
      reservationId: idOf(reservationId, 'reservation_id'),
    }),
    (found, mark, { holder }, world): proto.GetReservationResponse | Problem =>
      found === null
        ? notFound('reservation')
        : { ...mark, reservation: seenBy(viewerOf(holder, world))(found) },
  ),
  listReservations: read(
    (request: proto.ListReservationsRequest) => ({
      kind: 'reservation-page',
      match: matchOf(request),
      after: numberAfter(request),
      limit: pageSizeOf(request),
    }),
    ({ items, after }, mark, { holder }, world): proto.ListReservationsResponse => ({
      ...mark,
      reservations: items.map(seenBy(viewerOf(holder, world))),
      nextPageToken: after === null ? '' : String(after),
    }),
  ),
  listHistory,
  listSubstitutes,

  declareTrip: write(['trip-declared'], requests.declareTripOperation, tripDeclared),
  getTicket: read(
    ({ holder }: proto.GetTicketRequest) => ({ kind: 'ticket', holder: holderOf(holder) }),
    (ticket, mark): proto.GetTicketResponse => ({
      ...mark,
      ticket: ticket === null ? undefined : ticketMessage(ticket),
    }),
  ),
  joinWaitlist: write(['waiting'], requests.joinWaitlistOperation, waiting),
  leaveWaitlist: write(['removed'], requests.leaveWaitlistOperation, entryOnly),
  listWishes: read(
    ({ holder }: proto.ListWishesRequest) => ({ kind: 'waits', holder: holderOf(holder) }),
    (waits, mark): proto.ListWishesResponse => ({ ...mark, wishes: waits.map(wishMessage) }),
  ),
  listNotices: read(
    ({ holder }: proto.ListNoticesRequest) => ({ kind: 'notices', holder: holderOf(holder) }),
    (notices, mark): proto.ListNoticesResponse => ({ ...mark, notices: notices.map(noticeMessage) }),
  ),
  acknowledgeNotices: write(['acknowledged'], requests.acknowledgeOperation, acknowledged),
} as const;

type ResultOf<K extends Result['kind']> = Extract<Result, { readonly kind: K }>;

function reserved(result: ResultOf<'reserved'>, { index, at }: EntryMark): proto.ReserveResponse {
  const { reservationId } = result;
  return { index, at, reservationId, stops: result.stops.map(bookedStopMessage) };
}

/** All that change a reservation answer with what it is then. */
function updated(result: ResultOf<'updated'>, { index, at }: EntryMark): proto.ConfirmResponse {
  return { index, at, reservation: changedReservation(result) };
}

function tripDeclared(
  result: ResultOf<'trip-declared'>,
  { index, at }: EntryMark,
): proto.DeclareTripResponse {
  const { reservationId, ticket, ticketUntilMs, stops } = result;
  return {
    ...{ index, at, reservationId },
    stops: stops.map((stop: BookedStop) => bookedStopMessage(stop)),
    ticket: toUint64(ticket),
    ticketUntil: timestampOf(ticketUntilMs),
  };
}

function waiting(result: ResultOf<'waiting'>, { index, at }: EntryMark): proto.JoinWaitlistResponse {
  return { index, at, waitId: result.waitId, endsAt: timestampOf(result.endsAtMs) };
}

function acknowledged(
  { closed }: ResultOf<'acknowledged'>,
  { index, at }: EntryMark,
): proto.AcknowledgeNoticesResponse {
  return { index, at, closed };
}

function entryOnly(_: Result, { index, at }: EntryMark): proto.LeaveWaitlistResponse {
  return { index, at };
}

/** Whoever names no holder reads as the company of this node. Throws a FieldFault. */
function viewerOf(holder: string, { company }: CallWorld): Viewer {
  return { company, holder: holder === '' ? '' : holderOf(holder) };
}

function seenBy(viewer: Viewer): (reservation: Reservation) => proto.Reservation {
  return (reservation) => {
    const seen = reservationFor(reservation, viewer);
    const stops = seen.stops.map((stop) => ({ ...stop, owedCentavos: stop.owedCentavos ?? 0 }));
    return reservationMessage({ ...seen, stops });
  };
}

function matchOf({ holder, company, pointId, state }: proto.ListReservationsRequest): ReservationMatch {
  const word = reservationStateOf(state);
  if (state !== 0 && word === undefined) throw new FieldFault('state', `has no value ${state}`);
  return {
    ...(holder === '' ? {} : { holder: holderOf(holder) }),
    ...(company === '' ? {} : { company: idOrNone(company, 'company') }),
    ...(pointId === '' ? {} : { pointId: idOrNone(pointId, 'point_id') }),
    ...(word === undefined ? {} : { state: word }),
  };
}
