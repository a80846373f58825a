/** Operations from protobuf. Total: a complete operation, or an Error; nothing is defaulted. */
import { AfterNoShow as ProtoAfterNoShow } from '../gen/malha/ledger/v1/command.js';
import type { Operation, OperationOf } from '../ledger/command.js';
import { ACTING_AS, AFTER_NO_SHOW, POINT_STATUS, RELEASE_MODE } from './enum-codec.js';
import type { ProtoOperation } from './operation-to-proto.js';
import {
  changedStopFromProto,
  onReservationFromProto,
  onStopFromProto,
  pointStopFromProto,
  stopFromProto,
} from './stop-codec.js';
import { fromUint64 } from './uint64.js';

export function operationFromProto(operation: ProtoOperation | undefined): Operation {
  switch (operation?.$case) {
    case undefined:
      throw new Error('a command whose operation this version does not know');
    case 'registerCompany':
      return { kind: 'register-company', ...operation.value };
    case 'registerPoint':
      return { kind: 'register-point', ...operation.value };
    case 'registerRoute':
      return { kind: 'register-route', ...operation.value };
    case 'reserve': {
      const { stops, holdMs, afterNoShow } = operation.value;
      const reserve = { stops: stops.map(stopFromProto), holdMs: fromUint64(holdMs) };
      return afterNoShow === ProtoAfterNoShow.UNSPECIFIED
        ? { kind: 'reserve', ...reserve }
        : { kind: 'reserve', ...reserve, afterNoShow: AFTER_NO_SHOW.from(afterNoShow) };
    }
    case 'release': {
      const { pointIds, mode } = operation.value;
      return { kind: 'release', pointIds, mode: RELEASE_MODE.from(mode) };
    }
    case 'expire':
      return { kind: 'expire' };
    case 'raiseVersion':
      return { kind: 'raise-version', ledgerVersion: operation.value.ledgerVersion };
    case 'setPolicy': {
      const { reservationFeeCentavos, lateCancelFeeCentavos, noShowFeeCentavos } = operation.value;
      return {
        kind: 'set-policy',
        policy: {
          minNoticeMs: fromUint64(operation.value.minNoticeMs),
          horizonMs: fromUint64(operation.value.horizonMs),
          durationMaxMs: fromUint64(operation.value.durationMaxMs),
          earlyMs: fromUint64(operation.value.earlyMs),
          lateMs: fromUint64(operation.value.lateMs),
          bufferMs: fromUint64(operation.value.bufferMs),
          cancelBeforeMs: fromUint64(operation.value.cancelBeforeMs),
          reservationFeeCentavos,
          lateCancelFeeCentavos,
          noShowFeeCentavos,
        },
      };
    }
    case 'setSchedule': {
      const { maintenance, ...rest } = operation.value;
      const windows = maintenance.map(({ startMs, endMs }) => ({
        startMs: fromUint64(startMs),
        endMs: fromUint64(endMs),
      }));
      return { kind: 'set-schedule', ...rest, maintenance: windows };
    }
    case 'reportStatus': {
      const { pointId, status, untilMs } = operation.value;
      return {
        kind: 'report-status',
        pointId,
        status: POINT_STATUS.from(status),
        untilMs: fromUint64(untilMs),
      };
    }
    case 'deletePoint':
      return { kind: 'delete-point', ...operation.value };
    case 'deleteRoute':
      return { kind: 'delete-route', ...operation.value };
    case 'removeCompany':
      return { kind: 'remove-company' };
    case 'displaceStop':
      return {
        kind: 'displace-stop',
        ...onStopFromProto(operation.value.on),
        reason: operation.value.reason,
      };
    case 'confirm':
      return { kind: 'confirm', ...onReservationFromProto(operation.value.on) };
    case 'extendHold': {
      const { on, holdMs } = operation.value;
      return { kind: 'extend-hold', ...onReservationFromProto(on), holdMs: fromUint64(holdMs) };
    }
    case 'cancel': {
      const { on, stops, actingAs, reason } = operation.value;
      const as = ACTING_AS.from(actingAs);
      if (as === 'company') throw new Error('a company cancels nothing, it displaces');
      return { kind: 'cancel', ...onReservationFromProto(on), stops, as, reason };
    }
    case 'change': {
      const { on, stops } = operation.value;
      return { kind: 'change', ...onReservationFromProto(on), stops: stops.map(changedStopFromProto) };
    }
    case 'shift':
      return {
        kind: 'shift',
        ...onStopFromProto(operation.value.on),
        byMs: fromUint64(operation.value.byMs),
      };
    case 'substitute': {
      const { on, candidates } = operation.value;
      return { kind: 'substitute', ...onStopFromProto(on), candidates: candidates.map(stopFromProto) };
    }
    case 'startStop':
      return {
        kind: 'start-stop',
        ...onStopFromProto(operation.value.on),
        as: reporterFromProto(operation.value.actingAs),
      };
    case 'finishStop':
      return {
        kind: 'finish-stop',
        ...onStopFromProto(operation.value.on),
        as: reporterFromProto(operation.value.actingAs),
      };
    case 'declareTrip': {
      const { stops, holdMs, afterNoShow } = operation.value;
      return {
        kind: 'declare-trip',
        stops: stops.map(pointStopFromProto),
        holdMs: fromUint64(holdMs),
        afterNoShow: AFTER_NO_SHOW.from(afterNoShow),
      };
    }
    case 'joinWaitlist': {
      const { stops, afterNoShow } = operation.value;
      return {
        kind: 'join-waitlist',
        stops: stops.map(stopFromProto),
        afterNoShow: AFTER_NO_SHOW.from(afterNoShow),
      };
    }
    case 'leaveWaitlist':
      return { kind: 'leave-waitlist', waitId: operation.value.waitId };
    case 'acknowledge':
      return { kind: 'acknowledge', noticeIds: operation.value.noticeIds };
    case 'prune':
      return { kind: 'prune' };
  }
}

/** Who reports starts and ends. */
function reporterFromProto(actingAs: Parameters<typeof ACTING_AS.from>[0]): OperationOf<'start-stop'>['as'] {
  const as = ACTING_AS.from(actingAs);
  if (as === 'operator') throw new Error('an operator reports no start and no end');
  return as;
}
