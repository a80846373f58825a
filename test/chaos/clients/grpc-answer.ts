/** What gRPC answers say, as far as a caller can see it. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { decodeRpcStatus } from '../../../src/codec/rpc-status-decoder.js';
import { RESERVATION_STATE, STOP_STATE } from '../../../src/codec/state-messages.js';
import { msOf } from '../../../src/codec/time-messages.js';
import type { Duration } from '../../../src/gen/google/protobuf/duration.js';
import type { Timestamp } from '../../../src/gen/google/protobuf/timestamp.js';
import type * as proto from '../../../src/gen/malha/mesh/v1/reservation.js';
import type { BookedStop, Stop } from '../../../src/gen/malha/mesh/v1/stop.js';
import type { Operation } from '../../../src/ledger/command.js';
import type { ConflictReason, RefusalReason, Result } from '../../../src/ledger/result.js';
import type { ReservationState, StopState } from '../../../src/ledger/states.js';
import type { MeshCall } from '../../checker/mesh-history.js';
import type { Seen } from '../../checker/seen.js';
import type { Heard } from '../../torture/recorder.js';

const DETAILS_KEY = 'grpc-status-details-bin';

/** What every answer has. */
interface Marked {
  readonly index: bigint;
  readonly at: Timestamp | undefined;
  readonly age?: Duration | undefined;
}

export function heardOfAnswer(call: MeshCall, answer: Marked): Heard {
  const index = Number(answer.index);
  const atMs = msOf(answer.at!);
  if (call.kind === 'command') {
    return {
      kind: 'answer',
      reply: { kind: 'result', index, atMs, result: granted(call.operation, answer) },
    };
  }
  const stale = answer.age !== undefined;
  return {
    kind: 'answer',
    reply: { kind: 'view', index, atMs, stale, view: viewOf(call.query.kind, answer) },
  };
}

/**
 * A status with an index is a decision of the ledger. One of malha's own reasons that promises that nothing was done is
 * believed; all else, what the caller's own side says included, may have happened.
 */
export function heardOfFailure(call: MeshCall, { code, metadata, details }: ServiceError): Heard {
  const [bytes] = metadata?.get(DETAILS_KEY) ?? [];
  const told = typeof bytes === 'object' ? decodeRpcStatus(bytes) : null;
  const index = told?.metadata?.index;
  if (call.kind === 'query') return { kind: 'denied', reason: `${status[code]}` };
  if (told !== null && index !== undefined) {
    const atMs = Date.parse(told.metadata!.at!);
    const conflicts = (told.violations ?? []).map(({ type, subject }) => ({
      stop: Number(subject.slice(subject.indexOf('/') + 1)),
      reason: type as ConflictReason,
    }));
    // A status has no room for more than some.
    const named = Number(told.metadata!.conflicts ?? 0) === conflicts.length ? { conflicts } : {};
    const result = { kind: 'refused', reason: told.reason as RefusalReason, ...named } as const;
    return { kind: 'answer', reply: { kind: 'result', index: Number(index), atMs, result } };
  }
  const promises = code === status.UNAVAILABLE || code === status.RESOURCE_EXHAUSTED;
  if (promises && told !== null && told.reason !== '') return { kind: 'denied', reason: told.reason };
  if (UNKNOWN.has(code)) return { kind: 'unknown', reason: `${status[code]}` };
  throw new Error(`${call.operation.kind} is answered ${status[code]}: ${details}`);
}

const UNKNOWN: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.INTERNAL,
  status.UNKNOWN,
]);

function granted(operation: Operation, answer: Marked): Seen<Result> {
  switch (operation.kind) {
    case 'reserve': {
      const { reservationId, stops } = answer as unknown as proto.ReserveResponse;
      return { kind: 'reserved', reservationId, stops: stops.map(booked) };
    }
    case 'declare-trip': {
      const told = answer as unknown as proto.DeclareTripResponse;
      return {
        kind: 'trip-declared',
        reservationId: told.reservationId,
        ticket: Number(told.ticket),
        ticketUntilMs: msOf(told.ticketUntil!),
        stops: told.stops.map(booked),
      };
    }
    case 'join-waitlist': {
      const { waitId, endsAt } = answer as unknown as proto.JoinWaitlistResponse;
      return { kind: 'waiting', waitId, endsAtMs: msOf(endsAt!) };
    }
    case 'leave-waitlist':
      return { kind: 'removed' };
    default: {
      const { reservation } = answer as unknown as proto.ConfirmResponse;
      const { reservationId, state, holdUntil, stops } = reservation!;
      return {
        kind: 'updated',
        reservationId,
        state: reservationState(state),
        holdUntilMs: holdUntil === undefined ? 0 : msOf(holdUntil),
        stops: stops.map((each) => ({ ...booked(each), stop: each.stop, state: stopState(each.state) })),
      };
    }
  }
}

function viewOf(kind: string, answer: Marked): object {
  if (kind === 'waits') {
    const { wishes } = answer as unknown as proto.ListWishesResponse;
    return wishes.map(({ waitId, holder, turn, offeredReservationId, missedOffers, endsAt }) => ({
      id: waitId,
      holder,
      turn: Number(turn),
      offer: offeredReservationId,
      missedOffers,
      endsAtMs: msOf(endsAt!),
    }));
  }
  const { reservations } = answer as unknown as proto.ListReservationsResponse;
  return {
    items: reservations.map(({ reservationId: id, holder, state, stops, madeIndex }) => ({
      id,
      holder,
      state: reservationState(state),
      madeIndex: Number(madeIndex),
      stops: stops.map((stop: Stop) => ({ ...booked(stop), state: stopState(stop.state) })),
    })),
  };
}

function booked({ pointId, window }: BookedStop) {
  return { pointId, startMs: msOf(window!.start!), endMs: msOf(window!.end!) };
}

function reservationState(code: number): ReservationState {
  return nameOf(RESERVATION_STATE, code);
}

function stopState(code: number): StopState {
  return nameOf(STOP_STATE, code);
}

function nameOf<Name extends string>(codes: Readonly<Record<Name, number>>, code: number): Name {
  const found = Object.entries(codes).find(([, each]) => each === code);
  if (found === undefined) throw new Error(`the code ${code} is none of ${Object.keys(codes).join(', ')}`);
  return found[0] as Name;
}
