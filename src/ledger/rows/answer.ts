/** The part of a key's row that holds its answer. */
import type { Answer, BookedStop, Conflict, ConflictReason, RefusalReason, Result } from '../result.js';
import { fieldsOf, integerOf, listOf, oneOf, textOf } from './checks.js';

const RESULT_KINDS = ['registered', 'reserved', 'released', 'expired', 'version-raised', 'refused'] as const;
const REFUSAL_REASONS: readonly RefusalReason[] = [
  'STOPS_UNAVAILABLE',
  'NOTHING_RELEASED',
  'KEY_REUSED',
  'TOO_MANY_KEYS',
  'TOO_LATE',
  'NOT_OWNER',
  'UNKNOWN_COMPANY',
  'VERSION_NOT_RAISED',
  'INVALID',
];
const CONFLICT_REASONS: readonly ConflictReason[] = [
  'UNKNOWN_POINT',
  'POINT_TAKEN',
  'POINT_NOT_AVAILABLE',
  'WRONG_COMPANY',
  'WINDOW_PAST',
  'STOP_REPEATED',
  'NOT_HELD',
];

/** The answer with its fields in canonical order, for `JSON.stringify`. */
export function writableAnswer({ index, atMs, result }: Answer): Answer {
  return { index, atMs, result: writableResult(result) };
}

function writableResult(result: Result): Result {
  switch (result.kind) {
    case 'registered':
      return { kind: result.kind };
    case 'reserved': {
      const stops = result.stops.map(({ pointId, startMs, endMs }) => ({ pointId, startMs, endMs }));
      return { kind: result.kind, reservationId: result.reservationId, stops };
    }
    case 'released':
      return { kind: result.kind, pointIds: result.pointIds };
    case 'expired':
      return { kind: result.kind, ended: result.ended };
    case 'version-raised':
      return { kind: result.kind, ledgerVersion: result.ledgerVersion };
    case 'refused': {
      const conflicts = result.conflicts.map(({ stop, pointId, reason }) => ({ stop, pointId, reason }));
      return { kind: result.kind, reason: result.reason, conflicts, detail: result.detail };
    }
  }
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

function readConflict(value: unknown): Conflict {
  const { stop, pointId, reason } = fieldsOf(value);
  return { stop: integerOf(stop), pointId: textOf(pointId), reason: oneOf(reason, CONFLICT_REASONS) };
}
