/** What a company says of its points and of itself. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { RefusalReason, Result } from '../../../src/ledger/result.js';
import type { Point } from '../../../src/ledger/state.js';
import type { PolicyTerms } from '../../../src/ledger/terms.js';
import type { Context } from './context.js';
import { ifFound } from './found.js';
import { markFreed, removePoint } from './happens.js';
import {
  DAY_MS,
  FEE_MAX_CENTAVOS,
  FOREVER_MS,
  HORIZON_MAX_MS,
  isBetween,
  isReference,
  isStopLength,
  LAST_MOMENT_MS,
  MINUTE_MS,
  NAMED_BOOKINGS_MAX,
  STATUS_MAX_MS,
  WEEK_MINUTES,
} from './limits.js';
import { isOpenAllThrough } from './opening.js';
import { allStops, isConcerned, putPoint } from './points.js';
import { refused } from './refused.js';
import type { LedgerState, OpenStop } from './state.js';

const ALL_TIME = { startMs: 0, endMs: FOREVER_MS };

export function setPolicy(
  ledger: LedgerState,
  { policy }: OperationOf<'set-policy'>,
  { command: { originCompany: company } }: Context,
): Result {
  if (!isPolicy(policy)) return refused('INVALID');
  if (!ledger.companies.has(company)) return refused('UNKNOWN_COMPANY');
  ledger.policies.set(company, { company, ...policy });
  return { kind: 'registered' };
}

export function setSchedule(
  ledger: LedgerState,
  operation: OperationOf<'set-schedule'>,
  context: Context,
): Result {
  const { pointId, utcOffsetMinutes, weekly, maintenance, displace } = operation;
  const isSound =
    isBetween(utcOffsetMinutes, -12 * 60, 14 * 60) &&
    weekly.length <= 28 &&
    areInOrder(
      weekly.flatMap(({ startMinute, endMinute }) => [startMinute, endMinute]),
      WEEK_MINUTES,
    ) &&
    maintenance.length <= 64 &&
    areInOrder(
      maintenance.flatMap(({ startMs, endMs }) => [startMs, endMs]),
      LAST_MOMENT_MS,
    );
  if (!isSound) return refused('INVALID');
  return ifFound(ownPoint(ledger, pointId, context), (point) => {
    const { nowMs } = ledger;
    const schedule = { pointId, utcOffsetMinutes, weekly, maintenance };
    const misfits = ledger.openAt(pointId).filter((open) => {
      const { startMs, endMs } = open.stop;
      const toCome = { startMs: Math.max(startMs, nowMs), endMs };
      return isConcerned(open, nowMs) && !isOpenAllThrough(schedule, toCome);
    });
    if (misfits.length > 0 && !displace) return hasBookings(misfits, 'POINT_CLOSED');
    ledger.schedules.set(pointId, schedule);
    const walked = putPoint(ledger, point, displace ? ALL_TIME : null, allStops());
    markFreed(ledger, pointId, nowMs, FOREVER_MS);
    return { kind: 'point-updated', pointId, ...walked };
  });
}

export function reportStatus(
  ledger: LedgerState,
  { pointId, status, untilMs }: OperationOf<'report-status'>,
  context: Context,
): Result {
  const { nowMs } = ledger;
  const isAvailable = status === 'available';
  const isSound = isAvailable ? untilMs === 0 : isBetween(untilMs, nowMs + 1, nowMs + STATUS_MAX_MS);
  if (!isSound) return refused('INVALID');
  return ifFound(ownPoint(ledger, pointId, context), (before) => {
    // Who begins while the same word held already has heard it.
    const fromMs = before.status === status ? before.statusUntilMs : 0;
    const window = isAvailable || fromMs >= untilMs ? null : { startMs: fromMs, endMs: untilMs };
    const walked = putPoint(ledger, { ...before, status, statusUntilMs: untilMs }, window, allStops());
    // What the last status took and this one does not.
    const tookUntilMs = before.status === 'available' ? 0 : before.statusUntilMs || FOREVER_MS;
    const freeFromMs = isAvailable ? nowMs : untilMs;
    if (freeFromMs < tookUntilMs) markFreed(ledger, pointId, freeFromMs, tookUntilMs);
    return { kind: 'point-updated', pointId, ...walked };
  });
}

export function deletePoint(
  ledger: LedgerState,
  { pointId, displace }: OperationOf<'delete-point'>,
  context: Context,
): Result {
  return ifFound(ownPoint(ledger, pointId, context), (point) => {
    const booked = ledger.openAt(pointId);
    if (booked.length > 0 && !displace) return hasBookings(booked, 'POINT_TAKEN');
    if (booked.length === 0) removePoint(ledger, pointId);
    else {
      const walked = putPoint(ledger, { ...point, leaving: true }, ALL_TIME, allStops());
      if (ledger.points.has(pointId)) return { kind: 'point-updated', pointId, ...walked };
    }
    return { kind: 'removed', id: pointId };
  });
}

export function deleteRoute(
  ledger: LedgerState,
  { routeId }: OperationOf<'delete-route'>,
  { command: { originCompany: company } }: Context,
): Result {
  if (!isReference(routeId)) return refused('INVALID');
  if (!ledger.companies.has(company)) return refused('UNKNOWN_COMPANY');
  const route = ledger.routes.get(routeId);
  if (route === undefined) return refused('UNKNOWN_ROUTE');
  if (route.company !== company) return refused('NOT_OWNER');
  ledger.routes.delete(routeId);
  return { kind: 'removed', id: routeId };
}

export function removeCompany(ledger: LedgerState, { command: { originCompany: id } }: Context): Result {
  if (!ledger.companies.has(id)) return refused('UNKNOWN_COMPANY');
  const own = [...ledger.points.values(), ...ledger.routes.values()];
  if (own.some(({ company }) => company === id)) return refused('COMPANY_NOT_EMPTY');
  ledger.policies.delete(id);
  ledger.companies.delete(id);
  return { kind: 'removed', id };
}

function ownPoint(
  ledger: LedgerState,
  pointId: string,
  { command: { originCompany } }: Context,
): Point | RefusalReason {
  if (!isReference(pointId)) return 'INVALID';
  if (!ledger.companies.has(originCompany)) return 'UNKNOWN_COMPANY';
  const point = ledger.points.get(pointId);
  if (point === undefined) return 'UNKNOWN_POINT';
  return point.company === originCompany ? point : 'NOT_OWNER';
}

/** Names the first of the stops that are in the way, by their numbers. */
function hasBookings(booked: readonly OpenStop[], reason: 'POINT_CLOSED' | 'POINT_TAKEN'): Result {
  const named = booked.slice(0, NAMED_BOOKINGS_MAX);
  return refused(
    'HAS_BOOKINGS',
    named.map(({ number, stop }) => ({ stop: number, pointId: stop.pointId, reason })),
  );
}

function isPolicy(policy: PolicyTerms): boolean {
  const { minNoticeMs, horizonMs, durationMaxMs, earlyMs, lateMs, bufferMs, cancelBeforeMs } = policy;
  const { reservationFeeCentavos, lateCancelFeeCentavos, noShowFeeCentavos } = policy;
  return (
    [minNoticeMs, horizonMs, cancelBeforeMs].every((ms) => isBetween(ms, 0, HORIZON_MAX_MS)) &&
    minNoticeMs <= horizonMs &&
    isStopLength(durationMaxMs) &&
    [earlyMs, bufferMs].every((ms) => isBetween(ms, 0, DAY_MS)) &&
    isBetween(lateMs, MINUTE_MS, DAY_MS) &&
    [reservationFeeCentavos, lateCancelFeeCentavos, noShowFeeCentavos].every((fee) =>
      isBetween(fee, 0, FEE_MAX_CENTAVOS),
    )
  );
}

/** Whether these are begin and end, begin and end …: no span is empty, and each begins where the last ended or later. */
function areInOrder(edges: readonly number[], max: number): boolean {
  return edges.every((edge, i) => {
    const last = edges[i - 1] ?? 0;
    return isBetween(edge, i % 2 === 0 ? last : last + 1, max);
  });
}
