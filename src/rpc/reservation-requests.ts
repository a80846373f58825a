/** Requests about reservations as operations of the ledger: one function for each message. */
import type { WireInteger } from '../codec/entry-messages.js';
import { actingAsOf } from '../codec/state-messages.js';
import type * as proto from '../gen/malha/mesh/v1/reservation.js';
import { AfterNoShow } from '../gen/malha/mesh/v1/state.js';
import type { Operation } from '../ledger/command.js';
import {
  ACKNOWLEDGED_PER_COMMAND_MAX,
  STOPS_EVER_MAX,
  STOPS_MAX,
  SUBSTITUTES_MAX,
  TICKET_STOPS_MAX,
  WAIT_STOPS_MAX,
} from '../ledger/limits.js';
import { FieldFault } from './field-fault.js';
import { counted, idOf, indexOf, reasonOf, spanOf, wordOf } from './fields.js';
import { afterNoShow, changedStops, wantedPoints, wantedStops } from './stop-requests.js';

export function reserveOperation(request: proto.ReserveRequest): Operation {
  const stops = wantedStops(request.stops, STOPS_MAX);
  const holdMs = spanOf(request.hold, 'hold');
  // What is not said is left out, as through other doors: it is the same command then, also to the first version.
  return request.afterNoShow === AfterNoShow.UNSPECIFIED
    ? { kind: 'reserve', stops, holdMs }
    : { kind: 'reserve', stops, holdMs, afterNoShow: afterNoShow(request.afterNoShow) };
}

export function confirmOperation(request: proto.ConfirmRequest): Operation {
  return { kind: 'confirm', ...onReservation(request) };
}

export function extendHoldOperation(request: proto.ExtendHoldRequest): Operation {
  return { kind: 'extend-hold', ...onReservation(request), holdMs: spanOf(request.hold, 'hold') };
}

export function cancelOperation(request: proto.CancelRequest): Operation {
  const as = wordOf(actingAsOf, request.actingAs, 'holder', 'acting_as');
  if (as === 'company') throw new FieldFault('acting_as', 'must be the holder or an operator');
  const reason = reasonOf(request.reason);
  if (as === 'operator' && reason === '') throw new FieldFault('reason', 'is missing: an operator gives one');
  const stops = counted(request.stops, 0, STOPS_EVER_MAX, 'stops');
  return { kind: 'cancel', ...onReservation(request), stops, as, reason };
}

export function changeOperation(request: proto.ChangeRequest): Operation {
  // As many as it may keep, and as many as it may want.
  const stops = changedStops(request.stops, STOPS_EVER_MAX);
  return { kind: 'change', ...onReservation(request), stops };
}

export function shiftOperation(request: proto.ShiftRequest): Operation {
  return { kind: 'shift', ...onStop(request), byMs: spanOf(request.by, 'by') };
}

export function substituteOperation(request: proto.SubstituteRequest): Operation {
  const candidates = wantedStops(request.candidates, SUBSTITUTES_MAX, 'candidates');
  return { kind: 'substitute', ...onStop(request), candidates };
}

export function startStopOperation(request: proto.StartStopRequest): Operation {
  return { kind: 'start-stop', ...onStop(request), as: holderOrCompany(request.actingAs) };
}

export function finishStopOperation(request: proto.FinishStopRequest): Operation {
  return { kind: 'finish-stop', ...onStop(request), as: holderOrCompany(request.actingAs) };
}

export function displaceStopOperation(request: proto.DisplaceStopRequest): Operation {
  const reason = reasonOf(request.reason);
  if (reason === '') throw new FieldFault('reason', 'is missing');
  return { kind: 'displace-stop', ...onStop(request), reason };
}

export function declareTripOperation(request: proto.DeclareTripRequest): Operation {
  return {
    kind: 'declare-trip',
    stops: wantedPoints(request.stops, TICKET_STOPS_MAX),
    holdMs: spanOf(request.hold, 'hold'),
    afterNoShow: afterNoShow(request.afterNoShow),
  };
}

export function joinWaitlistOperation(request: proto.JoinWaitlistRequest): Operation {
  const stops = wantedStops(request.stops, WAIT_STOPS_MAX);
  const n = stops.findIndex(({ startMs }) => startMs === 'now');
  if (n >= 0) throw new FieldFault(`stops[${n}].start`, 'is missing');
  return { kind: 'join-waitlist', stops, afterNoShow: afterNoShow(request.afterNoShow) };
}

export function leaveWaitlistOperation({ waitId }: proto.LeaveWaitlistRequest): Operation {
  return { kind: 'leave-waitlist', waitId: idOf(waitId, 'wait_id') };
}

export function acknowledgeOperation(request: proto.AcknowledgeNoticesRequest): Operation {
  const noticeIds = counted(request.noticeIds, 1, ACKNOWLEDGED_PER_COMMAND_MAX, 'notice_ids');
  return { kind: 'acknowledge', noticeIds: noticeIds.map((id, n) => idOf(id, `notice_ids[${n}]`)) };
}

function onReservation(request: { readonly reservationId: string; readonly ifIndex: WireInteger }): {
  readonly reservationId: string;
  readonly ifIndex: number;
} {
  return {
    reservationId: idOf(request.reservationId, 'reservation_id'),
    ifIndex: indexOf(request.ifIndex, 'if_index'),
  };
}

function onStop(request: {
  readonly reservationId: string;
  readonly ifIndex: WireInteger;
  readonly stop: number;
}): { readonly reservationId: string; readonly ifIndex: number; readonly stop: number } {
  const { stop } = request;
  if (stop >= STOPS_EVER_MAX) throw new FieldFault('stop', `must be less than ${STOPS_EVER_MAX}`);
  return { ...onReservation(request), stop };
}

function holderOrCompany(code: proto.ActingAs): 'holder' | 'company' {
  const as = wordOf(actingAsOf, code, 'holder', 'acting_as');
  if (as === 'operator') throw new FieldFault('acting_as', 'must be the holder or the company');
  return as;
}
