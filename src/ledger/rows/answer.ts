/** The part of a key's row that holds its answer. */
import {
  type Answer,
  type BookedStop,
  CONFLICT_REASONS,
  type Conflict,
  type NumberedStop,
  REFUSAL_REASONS,
  type Result,
} from '../result.js';
import { RESERVATION_STATES, STOP_STATES } from '../states.js';
import { fieldsOf, flagOf, integerOf, listOf, oneOf, textOf } from './checks.js';
import { listText, quoted } from './text.js';

const RESULT_KINDS = [
  'registered',
  'reserved',
  'released',
  'expired',
  'version-raised',
  'updated',
  'trip-declared',
  'point-updated',
  'removed',
  'waiting',
  'acknowledged',
  'pruned',
  'refused',
] as const;

/** The answer as JSON in canonical order. */
export function answerText({ index, atMs, result }: Answer): string {
  return `{"index":${index},"atMs":${atMs},"result":${resultText(result)}}`;
}

/** The result as JSON in canonical order. */
export function resultText(result: Result): string {
  switch (result.kind) {
    // The two that nearly all reservations get are put together by hand.
    case 'reserved':
      return `{"kind":"reserved","reservationId":${quoted(result.reservationId)},"stops":${listText(result.stops, stopText)}}`;
    case 'updated': {
      const { reservationId, state, holdUntilMs, stops } = result;
      return (
        `{"kind":"updated","reservationId":${quoted(reservationId)},"state":"${state}","holdUntilMs":${holdUntilMs}` +
        `,"stops":${listText(stops, numberedStopText)}}`
      );
    }
    default:
      return JSON.stringify(writableResult(result));
  }
}

function stopText({ pointId, startMs, endMs }: BookedStop): string {
  return `{"pointId":${quoted(pointId)},"startMs":${startMs},"endMs":${endMs}}`;
}

function numberedStopText({ stop, pointId, startMs, endMs, state }: NumberedStop): string {
  return `{"stop":${stop},"pointId":${quoted(pointId)},"startMs":${startMs},"endMs":${endMs},"state":"${state}"}`;
}

type RarerResult = Exclude<Result, { readonly kind: 'reserved' | 'updated' }>;

function writableResult(result: RarerResult): RarerResult {
  switch (result.kind) {
    case 'registered':
      return { kind: result.kind };
    case 'released':
      return { kind: result.kind, pointIds: result.pointIds };
    case 'expired':
      return { kind: result.kind, ended: result.ended };
    case 'version-raised':
      return { kind: result.kind, ledgerVersion: result.ledgerVersion };
    case 'trip-declared': {
      const { kind, reservationId, ticket, ticketUntilMs } = result;
      return { kind, reservationId, ticket, ticketUntilMs, stops: result.stops.map(writableStop) };
    }
    case 'point-updated': {
      const { kind, pointId, displaced, told, more } = result;
      return { kind, pointId, displaced, told, more };
    }
    case 'removed':
      return { kind: result.kind, id: result.id };
    case 'waiting':
      return { kind: result.kind, waitId: result.waitId, endsAtMs: result.endsAtMs };
    case 'acknowledged':
      return { kind: result.kind, closed: result.closed };
    case 'pruned':
      return { kind: result.kind, reservations: result.reservations };
    case 'refused': {
      const conflicts = result.conflicts.map(({ stop, pointId, reason }) => ({ stop, pointId, reason }));
      return { kind: result.kind, reason: result.reason, conflicts, detail: result.detail };
    }
  }
}

function writableStop({ pointId, startMs, endMs }: BookedStop): BookedStop {
  return { pointId, startMs, endMs };
}

/** Throws when the value is not an answer. */
export function readAnswer(value: unknown): Answer {
  const { index, atMs, result } = fieldsOf(value);
  return { index: integerOf(index), atMs: integerOf(atMs), result: readResult(result) };
}

function readResult(value: unknown): Result {
  const fields = fieldsOf(value);
  const kind = oneOf(fields.kind, RESULT_KINDS);
  switch (kind) {
    case 'registered':
      return { kind };
    case 'reserved': {
      const stops = listOf(fields.stops, readBookedStop);
      return { kind, reservationId: textOf(fields.reservationId), stops };
    }
    case 'released':
      return { kind, pointIds: listOf(fields.pointIds, textOf) };
    case 'expired':
      return { kind, ended: integerOf(fields.ended) };
    case 'version-raised':
      return { kind, ledgerVersion: integerOf(fields.ledgerVersion) };
    case 'updated': {
      const state = oneOf(fields.state, RESERVATION_STATES);
      const stops = listOf(fields.stops, readNumberedStop);
      const holdUntilMs = integerOf(fields.holdUntilMs);
      return { kind, reservationId: textOf(fields.reservationId), state, holdUntilMs, stops };
    }
    case 'trip-declared':
      return {
        kind,
        reservationId: textOf(fields.reservationId),
        ticket: integerOf(fields.ticket),
        ticketUntilMs: integerOf(fields.ticketUntilMs),
        stops: listOf(fields.stops, readBookedStop),
      };
    case 'point-updated':
      return {
        kind,
        pointId: textOf(fields.pointId),
        displaced: integerOf(fields.displaced),
        told: integerOf(fields.told),
        more: flagOf(fields.more),
      };
    case 'removed':
      return { kind, id: textOf(fields.id) };
    case 'waiting':
      return { kind, waitId: textOf(fields.waitId), endsAtMs: integerOf(fields.endsAtMs) };
    case 'acknowledged':
      return { kind, closed: integerOf(fields.closed) };
    case 'pruned':
      return { kind, reservations: integerOf(fields.reservations) };
    case 'refused': {
      const reason = oneOf(fields.reason, REFUSAL_REASONS);
      const conflicts = listOf(fields.conflicts, readConflict);
      return { kind, reason, conflicts, detail: textOf(fields.detail) };
    }
  }
}

function readBookedStop(value: unknown): BookedStop {
  const { pointId, startMs, endMs } = fieldsOf(value);
  return { pointId: textOf(pointId), startMs: integerOf(startMs), endMs: integerOf(endMs) };
}

function readNumberedStop(value: unknown): NumberedStop {
  const { stop, state } = fieldsOf(value);
  return { stop: integerOf(stop), ...readBookedStop(value), state: oneOf(state, STOP_STATES) };
}

function readConflict(value: unknown): Conflict {
  const { stop, pointId, reason } = fieldsOf(value);
  return { stop: integerOf(stop), pointId: textOf(pointId), reason: oneOf(reason, CONFLICT_REASONS) };
}
