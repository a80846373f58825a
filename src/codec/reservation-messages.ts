/** Reservations, and what else belongs to a holder, as gRPC shows them: one function for each message. */
import type * as proto from '../gen/malha/mesh/v1/reservation.js';
import type * as stops from '../gen/malha/mesh/v1/stop.js';
import type { WantedStop } from '../ledger/command.js';
import type { BookedStop, NumberedStop, Result } from '../ledger/result.js';
import { noticeId } from '../ledger/rows/notice-row.js';
import type { Notice, Reservation, Stop, StopTerms, Ticket, Wait } from '../ledger/state.js';
import { AFTER_NO_SHOW, NOTICE_KIND, RESERVATION_STATE, STOP_STATE } from './state-messages.js';
import { durationOf, timestampOf, timestampOrNone, windowMessage } from './time-messages.js';
import { toUint64 } from './uint64.js';

export function reservationMessage(reservation: Reservation): proto.Reservation {
  const { id, holder, state, end, waitId, documented } = reservation;
  return {
    reservationId: id,
    holder,
    state: RESERVATION_STATE[state],
    stops: reservation.stops.map(stopMessage),
    madeAt: timestampOf(reservation.madeAtMs),
    madeIndex: toUint64(reservation.madeIndex),
    holdUntil: state === 'HELD' ? timestampOf(reservation.holdUntilMs) : undefined,
    end: end === null ? undefined : { who: end.who, reason: end.reason, at: timestampOf(end.atMs) },
    changedIndex: toUint64(reservation.changedIndex),
    afterNoShow: AFTER_NO_SHOW[reservation.afterNoShow],
    waitId,
    documented,
  };
}

/** A reservation as a write left it. */
export function changedReservation(
  result: Extract<Result, { readonly kind: 'updated' }>,
): proto.ChangedReservation {
  return {
    reservationId: result.reservationId,
    state: RESERVATION_STATE[result.state],
    holdUntil: timestampOrNone(result.holdUntilMs),
    stops: result.stops.map(numberedStopMessage),
  };
}

/** A stop that was had, or that a ticket protects. */
export function bookedStopMessage(stop: BookedStop): stops.BookedStop {
  return { pointId: stop.pointId, window: windowMessage(stop) };
}

export function ticketMessage(ticket: Ticket): proto.Ticket {
  return {
    holder: ticket.holder,
    ticket: toUint64(ticket.ticket),
    reservationId: ticket.reservationId,
    until: timestampOf(ticket.untilMs),
    stops: ticket.stops.map(bookedStopMessage),
  };
}

export function wishMessage(wait: Wait): proto.Wish {
  return {
    waitId: wait.id,
    holder: wait.holder,
    turn: toUint64(wait.turn),
    stops: wait.stops.map(wantedStopMessage),
    afterNoShow: AFTER_NO_SHOW[wait.afterNoShow],
    offeredReservationId: wait.offer,
    missedOffers: wait.missedOffers,
    endsAt: timestampOf(wait.endsAtMs),
  };
}

export function noticeMessage(notice: Notice): proto.Notice {
  const { holder, reservationId, stop, waitId, reason } = notice;
  return {
    noticeId: noticeId(notice),
    holder,
    kind: NOTICE_KIND[notice.notice],
    reservationId,
    stop: stop < 0 ? undefined : stop,
    waitId,
    reason,
    at: timestampOf(notice.atMs),
  };
}

function numberedStopMessage(stop: NumberedStop): stops.NumberedStop {
  return {
    stop: stop.stop,
    pointId: stop.pointId,
    window: windowMessage(stop),
    state: STOP_STATE[stop.state],
  };
}

function stopMessage(stop: Stop, number: number): stops.Stop {
  return {
    stop: number,
    pointId: stop.pointId,
    window: windowMessage(stop),
    state: STOP_STATE[stop.state],
    terms: stop.terms === null ? undefined : termsMessage(stop.terms),
    startedAt: timestampOrNone(stop.startedAtMs),
    endedAt: timestampOrNone(stop.endedAtMs),
    overstaying: stop.overstaying,
    reason: stop.reason,
    owedCentavos: toUint64(stop.owedCentavos),
  };
}

function termsMessage(terms: StopTerms): stops.StopTerms {
  return {
    company: terms.company,
    early: durationOf(terms.earlyMs),
    late: durationOf(terms.lateMs),
    buffer: durationOf(terms.bufferMs),
    cancelBefore: durationOf(terms.cancelBeforeMs),
    reservationFeeCentavos: toUint64(terms.reservationFeeCentavos),
    lateCancelFeeCentavos: toUint64(terms.lateCancelFeeCentavos),
    noShowFeeCentavos: toUint64(terms.noShowFeeCentavos),
  };
}

function wantedStopMessage(stop: WantedStop): stops.WantedStop {
  const { pointId, site, company, startMs, durationMs } = stop;
  return {
    where: site === undefined ? { $case: 'pointId', value: pointId } : { $case: 'site', value: site },
    company,
    start: startMs === 'now' ? undefined : timestampOf(startMs),
    until:
      startMs === 'now'
        ? { $case: 'duration', value: durationOf(durationMs) }
        : { $case: 'end', value: timestampOf(startMs + durationMs) },
  };
}
