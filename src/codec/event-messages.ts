/** What happened, as gRPC shows it: one function for each kind of event. */
import type * as proto from '../gen/malha/mesh/v1/event.js';
import {
  PointStatus as ProtoPointStatus,
  ReservationState as ProtoReservationState,
  StopState as ProtoStopState,
} from '../gen/malha/mesh/v1/state.js';
import type { LedgerEvent } from '../ledger/event.js';
import { NOTICE_KIND, POINT_STATUS, RESERVATION_STATE, STOP_STATE } from './state-messages.js';
import { timestampOrNone, windowMessage } from './time-messages.js';
import { toUint64 } from './uint64.js';

type EventOf<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { readonly kind: K }>;

export function eventMessage(event: LedgerEvent): proto.Event {
  switch (event.kind) {
    case 'reservation':
      return { event: { $case: 'reservation', value: reservationEvent(event) } };
    case 'stop':
      return { event: { $case: 'stop', value: stopEvent(event) } };
    case 'point':
      return { event: { $case: 'point', value: pointEvent(event) } };
    case 'company': {
      const { company, what, id, to } = event;
      return { event: { $case: 'company', value: { company, what, id, deleted: to === 'deleted' } } };
    }
    case 'ticket': {
      const { holder, ticket, reservationId, to } = event;
      const value = { holder, ticket: toUint64(ticket), reservationId, ended: to === 'ended' };
      return { event: { $case: 'ticket', value } };
    }
    case 'wait': {
      const { waitId, holder, to, reservationId } = event;
      return { event: { $case: 'wait', value: { waitId, holder, to, reservationId } } };
    }
    case 'notice': {
      const { noticeId, holder, notice, reservationId, to } = event;
      const kind = NOTICE_KIND[notice];
      const value = { noticeId, holder, kind, reservationId, closed: to === 'closed' };
      return { event: { $case: 'notice', value } };
    }
    case 'pruned':
      return { event: { $case: 'pruned', value: { reservationId: event.reservationId } } };
  }
}

/** A stop of which no more may be told than that there is one, and what became of it. */
export function foreignStopMessage(
  stop: Pick<EventOf<'stop'>, 'reservationId' | 'stop' | 'from' | 'to'>,
): proto.Event {
  const { reservationId, stop: number } = stop;
  const value = {
    ...{ reservationId, holder: '', stop: number, pointId: '', company: '', window: undefined },
    ...{ from: stopState(stop.from), to: stopState(stop.to), reason: '' },
  };
  return { event: { $case: 'stop', value } };
}

function reservationEvent(event: EventOf<'reservation'>): proto.ReservationEvent {
  const { reservationId, holder, from, to, who, reason } = event;
  return {
    ...{ reservationId, holder, who, reason },
    from: from === '' ? ProtoReservationState.UNSPECIFIED : RESERVATION_STATE[from],
    to: RESERVATION_STATE[to],
  };
}

function stopEvent(event: EventOf<'stop'>): proto.StopEvent {
  const { reservationId, holder, stop, pointId, company, reason } = event;
  return {
    ...{ reservationId, holder, stop, pointId, company, reason },
    window: windowMessage(event),
    from: stopState(event.from),
    to: stopState(event.to),
  };
}

function pointEvent({ pointId, company, status, untilMs }: EventOf<'point'>): proto.PointEvent {
  const deleted = status === 'deleted';
  return {
    ...{ pointId, company, deleted },
    status: deleted ? ProtoPointStatus.UNSPECIFIED : POINT_STATUS[status],
    until: timestampOrNone(untilMs),
  };
}

function stopState(state: EventOf<'stop'>['from']): ProtoStopState {
  return state === '' ? ProtoStopState.UNSPECIFIED : STOP_STATE[state];
}
