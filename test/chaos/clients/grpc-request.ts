/** Operations and queries as calls of ReservationService, as docs/grpc.md has them. */
import { durationOf, timestampOf } from '../../../src/codec/time-messages.js';
import { Consistency } from '../../../src/gen/malha/mesh/v1/call.js';
import { ActingAs, type ReservationServiceService } from '../../../src/gen/malha/mesh/v1/reservation.js';
import { AfterNoShow, ReservationState } from '../../../src/gen/malha/mesh/v1/state.js';
import type * as proto from '../../../src/gen/malha/mesh/v1/stop.js';
import type { ChangedStop, WantedStop } from '../../../src/ledger/command.js';
import type { CommandCall, QueryCall } from '../../checker/mesh-history.js';

export interface GrpcRequest {
  readonly method: keyof typeof ReservationServiceService;
  readonly message: object;
}

/** The call that asks for an operation. Throws for one that no driver asks for. */
export function commandRequest({ holder, requestKey, operation }: CommandCall): GrpcRequest {
  const own = { holder, requestKey };
  switch (operation.kind) {
    case 'reserve': {
      const message = { stops: operation.stops.map(wanted), hold: span(operation.holdMs) };
      return { method: 'reserve', message: { ...own, ...message, afterNoShow: AfterNoShow.UNSPECIFIED } };
    }
    case 'declare-trip': {
      const message = { stops: operation.stops.map(wanted), hold: span(operation.holdMs) };
      return { method: 'declareTrip', message: { ...own, ...message, afterNoShow: AfterNoShow.KEEP } };
    }
    case 'join-waitlist': {
      const message = { stops: operation.stops.map(wanted), afterNoShow: AfterNoShow.KEEP };
      return { method: 'joinWaitlist', message: { ...own, ...message } };
    }
    case 'leave-waitlist':
      return { method: 'leaveWaitlist', message: { ...own, waitId: operation.waitId } };
    case 'confirm':
      return { method: 'confirm', message: { ...own, ...on(operation) } };
    case 'extend-hold':
      return { method: 'extendHold', message: { ...own, ...on(operation), hold: span(operation.holdMs) } };
    case 'cancel': {
      const { stops, reason } = operation;
      const message = { stops, actingAs: ActingAs.HOLDER, reason };
      return { method: 'cancel', message: { ...own, ...on(operation), ...message } };
    }
    case 'change':
      return { method: 'change', message: { ...own, ...on(operation), stops: operation.stops.map(changed) } };
    case 'shift': {
      const { stop, byMs } = operation;
      return { method: 'shift', message: { ...own, ...on(operation), stop, by: durationOf(byMs) } };
    }
    case 'start-stop':
    case 'finish-stop': {
      const method = operation.kind === 'start-stop' ? 'startStop' : 'finishStop';
      const message = { stop: operation.stop, actingAs: ActingAs.HOLDER };
      return { method, message: { ...own, ...on(operation), ...message } };
    }
    default:
      throw new Error(`no driver asks for ${operation.kind}`);
  }
}

/** The page of confirmed reservations, or the wishes, of a holder. */
export function queryRequest({ query }: QueryCall): GrpcRequest {
  const consistency = Consistency.LINEARIZABLE;
  switch (query.kind) {
    case 'waits':
      return { method: 'listWishes', message: { holder: query.holder, consistency } };
    case 'reservation-page': {
      const message = {
        pageSize: query.limit,
        pageToken: '',
        holder: query.match.holder,
        company: '',
        pointId: '',
      };
      const state = ReservationState.CONFIRMED;
      return { method: 'listReservations', message: { ...message, consistency, state } };
    }
    default:
      throw new Error(`nobody asks for ${query.kind} here`);
  }
}

function on({
  reservationId,
  ifIndex,
}: {
  readonly reservationId: string;
  readonly ifIndex: number;
}): object {
  return { reservationId, ifIndex: BigInt(ifIndex) };
}

function span(ms: number): object | undefined {
  return ms === 0 ? undefined : durationOf(ms);
}

function changed(stop: ChangedStop): proto.ChangedStop {
  return 'keep' in stop
    ? { stop: { $case: 'keep', value: stop.keep } }
    : { stop: { $case: 'new', value: wanted(stop) } };
}

function wanted({ pointId, site, company, startMs, durationMs }: WantedStop): proto.WantedStop {
  return {
    where: site === undefined ? { $case: 'pointId', value: pointId } : { $case: 'site', value: site },
    company,
    start: startMs === 'now' ? undefined : timestampOf(startMs),
    until: { $case: 'duration', value: durationOf(durationMs) },
  };
}
