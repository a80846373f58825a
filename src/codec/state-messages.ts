/** The closed sets that callers see, to and from protobuf. From: undefined for what is not in the set. */
import { ActingAs as ProtoActingAs } from '../gen/malha/mesh/v1/reservation.js';
import {
  AfterNoShow as ProtoAfterNoShow,
  NoticeKind as ProtoNoticeKind,
  PointStatus as ProtoPointStatus,
  ReservationState as ProtoReservationState,
  StopState as ProtoStopState,
} from '../gen/malha/mesh/v1/state.js';
import type { AfterNoShow } from '../ledger/command.js';
import type { NoticeKind } from '../ledger/state.js';
import type { ReservationState, StopState } from '../ledger/states.js';
import type { PointStatus } from '../ledger/terms.js';

export type ActingAs = 'holder' | 'company' | 'operator';

export const RESERVATION_STATE: Readonly<Record<ReservationState, ProtoReservationState>> = {
  HELD: ProtoReservationState.HELD,
  CONFIRMED: ProtoReservationState.CONFIRMED,
  FULFILLED: ProtoReservationState.FULFILLED,
  EXPIRED: ProtoReservationState.EXPIRED,
  CANCELED: ProtoReservationState.CANCELED,
};

export const STOP_STATE: Readonly<Record<StopState, ProtoStopState>> = {
  PLANNED: ProtoStopState.PLANNED,
  ACTIVE: ProtoStopState.ACTIVE,
  FULFILLED: ProtoStopState.FULFILLED,
  NO_SHOW: ProtoStopState.NO_SHOW,
  DISPLACED: ProtoStopState.DISPLACED,
  RELEASED: ProtoStopState.RELEASED,
  EXPIRED: ProtoStopState.EXPIRED,
};

export const POINT_STATUS: Readonly<Record<PointStatus, ProtoPointStatus>> = {
  available: ProtoPointStatus.AVAILABLE,
  occupied: ProtoPointStatus.OCCUPIED,
  faulted: ProtoPointStatus.FAULTED,
  offline: ProtoPointStatus.OFFLINE,
  maintenance: ProtoPointStatus.MAINTENANCE,
};

export const NOTICE_KIND: Readonly<Record<NoticeKind, ProtoNoticeKind>> = {
  'stop-displaced': ProtoNoticeKind.STOP_DISPLACED,
  'point-occupied': ProtoNoticeKind.POINT_OCCUPIED,
  'stop-no-show': ProtoNoticeKind.STOP_NO_SHOW,
  'stop-released': ProtoNoticeKind.STOP_RELEASED,
  'hold-expires-soon': ProtoNoticeKind.HOLD_EXPIRES_SOON,
  'hold-expired': ProtoNoticeKind.HOLD_EXPIRED,
  'wait-offered': ProtoNoticeKind.WAIT_OFFERED,
  'wait-ended': ProtoNoticeKind.WAIT_ENDED,
  'reservation-canceled': ProtoNoticeKind.RESERVATION_CANCELED,
};

export const AFTER_NO_SHOW: Readonly<Record<AfterNoShow, ProtoAfterNoShow>> = {
  keep: ProtoAfterNoShow.KEEP,
  free: ProtoAfterNoShow.FREE,
};

const ACTING_AS: Readonly<Record<ActingAs, ProtoActingAs>> = {
  holder: ProtoActingAs.HOLDER,
  company: ProtoActingAs.COMPANY,
  operator: ProtoActingAs.OPERATOR,
};

export const reservationStateOf = wordsOf(RESERVATION_STATE);
export const pointStatusOf = wordsOf(POINT_STATUS);
export const afterNoShowOf = wordsOf(AFTER_NO_SHOW);
export const actingAsOf = wordsOf(ACTING_AS);

function wordsOf<T extends string, P extends number>(
  codes: Readonly<Record<T, P>>,
): (code: P) => T | undefined {
  const words = new Map(Object.entries<P>(codes).map(([word, code]) => [code, word as T]));
  return (code) => words.get(code);
}
