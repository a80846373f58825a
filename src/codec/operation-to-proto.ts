/** Operations to protobuf: what a command wants. Throws for values that the wire cannot carry. */
import {
  AfterNoShow as ProtoAfterNoShow,
  type Command as ProtoCommand,
} from '../gen/malha/ledger/v1/command.js';
import type { Operation } from '../ledger/command.js';
import { ACTING_AS, AFTER_NO_SHOW, POINT_STATUS, RELEASE_MODE } from './enum-codec.js';
import { changedStopToProto, onReservationToProto, onStopToProto, stopToProto } from './stop-codec.js';
import { wellFormed } from './text.js';
import { toUint64 } from './uint64.js';

export type ProtoOperation = NonNullable<ProtoCommand['operation']>;

export function operationToProto(operation: Operation): ProtoOperation {
  switch (operation.kind) {
    case 'register-company': {
      const { name, displayId } = operation;
      return {
        $case: 'registerCompany',
        value: { name: wellFormed(name), displayId: wellFormed(displayId) },
      };
    }
    case 'register-point': {
      const { pointId, place, latitudeMicrodegrees, longitudeMicrodegrees, connector, powerWatts } =
        operation;
      return {
        $case: 'registerPoint',
        value: {
          pointId: wellFormed(pointId),
          place: wellFormed(place),
          latitudeMicrodegrees,
          longitudeMicrodegrees,
          connector: wellFormed(connector),
          powerWatts,
        },
      };
    }
    case 'register-route': {
      const { routeId, name, pointIds, legMetres } = operation;
      return {
        $case: 'registerRoute',
        value: {
          routeId: wellFormed(routeId),
          name: wellFormed(name),
          pointIds: pointIds.map(wellFormed),
          legMetres: [...legMetres],
        },
      };
    }
    case 'reserve': {
      const { stops, holdMs, afterNoShow } = operation;
      return {
        $case: 'reserve',
        value: {
          stops: stops.map(stopToProto),
          holdMs: toUint64(holdMs),
          afterNoShow:
            afterNoShow === undefined ? ProtoAfterNoShow.UNSPECIFIED : AFTER_NO_SHOW.to(afterNoShow),
        },
      };
    }
    case 'release': {
      const { pointIds, mode } = operation;
      return {
        $case: 'release',
        value: { pointIds: pointIds.map(wellFormed), mode: RELEASE_MODE.to(mode) },
      };
    }
    case 'expire':
      return { $case: 'expire', value: {} };
    case 'raise-version':
      return { $case: 'raiseVersion', value: { ledgerVersion: operation.ledgerVersion } };
    case 'prune':
      return { $case: 'prune', value: {} };
    default:
      return laterToProto(operation);
  }
}

type FirstKind =
  | 'register-company'
  | 'register-point'
  | 'register-route'
  | 'reserve'
  | 'release'
  | 'expire'
  | 'raise-version'
  | 'prune';

/** Those of companies and holders that came with ledger version 2. */
function laterToProto(operation: Exclude<Operation, { kind: FirstKind }>): ProtoOperation {
  switch (operation.kind) {
    case 'set-policy': {
      const { policy } = operation;
      return {
        $case: 'setPolicy',
        value: {
          minNoticeMs: toUint64(policy.minNoticeMs),
          horizonMs: toUint64(policy.horizonMs),
          durationMaxMs: toUint64(policy.durationMaxMs),
          earlyMs: toUint64(policy.earlyMs),
          lateMs: toUint64(policy.lateMs),
          bufferMs: toUint64(policy.bufferMs),
          cancelBeforeMs: toUint64(policy.cancelBeforeMs),
          reservationFeeCentavos: policy.reservationFeeCentavos,
          lateCancelFeeCentavos: policy.lateCancelFeeCentavos,
          noShowFeeCentavos: policy.noShowFeeCentavos,
        },
      };
    }
    case 'set-schedule': {
      const { pointId, utcOffsetMinutes, weekly, maintenance, displace } = operation;
      return {
        $case: 'setSchedule',
        value: {
          pointId: wellFormed(pointId),
          utcOffsetMinutes,
          weekly: weekly.map(({ startMinute, endMinute }) => ({ startMinute, endMinute })),
          maintenance: maintenance.map(({ startMs, endMs }) => ({
            startMs: toUint64(startMs),
            endMs: toUint64(endMs),
          })),
          displace,
        },
      };
    }
    case 'report-status': {
      const { pointId, status, untilMs } = operation;
      return {
        $case: 'reportStatus',
        value: { pointId: wellFormed(pointId), status: POINT_STATUS.to(status), untilMs: toUint64(untilMs) },
      };
    }
    case 'delete-point': {
      const { pointId, displace } = operation;
      return { $case: 'deletePoint', value: { pointId: wellFormed(pointId), displace } };
    }
    case 'delete-route':
      return { $case: 'deleteRoute', value: { routeId: wellFormed(operation.routeId) } };
    case 'remove-company':
      return { $case: 'removeCompany', value: {} };
    case 'displace-stop':
      return {
        $case: 'displaceStop',
        value: { on: onStopToProto(operation), reason: wellFormed(operation.reason) },
      };
    case 'confirm':
      return { $case: 'confirm', value: { on: onReservationToProto(operation) } };
    case 'extend-hold':
      return {
        $case: 'extendHold',
        value: { on: onReservationToProto(operation), holdMs: toUint64(operation.holdMs) },
      };
    case 'cancel':
      return {
        $case: 'cancel',
        value: {
          on: onReservationToProto(operation),
          stops: [...operation.stops],
          actingAs: ACTING_AS.to(operation.as),
          reason: wellFormed(operation.reason),
        },
      };
    case 'change':
      return {
        $case: 'change',
        value: { on: onReservationToProto(operation), stops: operation.stops.map(changedStopToProto) },
      };
    case 'shift':
      return { $case: 'shift', value: { on: onStopToProto(operation), byMs: toUint64(operation.byMs) } };
    case 'substitute':
      return {
        $case: 'substitute',
        value: { on: onStopToProto(operation), candidates: operation.candidates.map(stopToProto) },
      };
    case 'start-stop':
      return {
        $case: 'startStop',
        value: { on: onStopToProto(operation), actingAs: ACTING_AS.to(operation.as) },
      };
    case 'finish-stop':
      return {
        $case: 'finishStop',
        value: { on: onStopToProto(operation), actingAs: ACTING_AS.to(operation.as) },
      };
    case 'declare-trip': {
      const { stops, holdMs, afterNoShow } = operation;
      return {
        $case: 'declareTrip',
        value: {
          stops: stops.map(stopToProto),
          holdMs: toUint64(holdMs),
          afterNoShow: AFTER_NO_SHOW.to(afterNoShow),
        },
      };
    }
    case 'join-waitlist': {
      const { stops, afterNoShow } = operation;
      return {
        $case: 'joinWaitlist',
        value: { stops: stops.map(stopToProto), afterNoShow: AFTER_NO_SHOW.to(afterNoShow) },
      };
    }
    case 'leave-waitlist':
      return { $case: 'leaveWaitlist', value: { waitId: wellFormed(operation.waitId) } };
    case 'acknowledge':
      return { $case: 'acknowledge', value: { noticeIds: operation.noticeIds.map(wellFormed) } };
  }
}
