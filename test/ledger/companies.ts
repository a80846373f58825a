/** What companies say, for tests, and what becomes of their points. */
import type { OperationOf, WantedStop } from '../../src/ledger/command.js';
import type { Point } from '../../src/ledger/state.js';
import type { PointStatus } from '../../src/ledger/terms.js';
import { HOUR_MS, type Log, MINUTE_MS, START_MS, stop } from './log.js';
import { reserved } from './trips.js';

export const report = (
  pointId: string,
  status: PointStatus,
  untilMs = status === 'available' ? 0 : START_MS + 2 * HOUR_MS,
): OperationOf<'report-status'> => ({ kind: 'report-status', pointId, status, untilMs });

export const schedule = (
  pointId: string,
  more: Partial<OperationOf<'set-schedule'>> = {},
): OperationOf<'set-schedule'> => ({
  kind: 'set-schedule',
  pointId,
  utcOffsetMinutes: 0,
  weekly: [],
  maintenance: [],
  displace: false,
  ...more,
});

export const deletePoint = (pointId: string, displace = false): OperationOf<'delete-point'> => ({
  kind: 'delete-point',
  pointId,
  displace,
});

export const deleteRoute = (routeId: string): OperationOf<'delete-route'> => ({
  kind: 'delete-route',
  routeId,
});

export const displaceStop = (
  reservationId: string,
  number = 0,
  reason = 'the cable is too short',
  ifIndex = 0,
): OperationOf<'displace-stop'> => ({ kind: 'displace-stop', reservationId, ifIndex, stop: number, reason });

export const substitute = (
  reservationId: string,
  candidates: readonly WantedStop[],
  number = 0,
  ifIndex = 0,
): OperationOf<'substitute'> => ({ kind: 'substitute', reservationId, ifIndex, stop: number, candidates });

/** The point's row as it is; undefined when it is gone. */
export function pointOf(log: Log, pointId: string): Point | undefined {
  return log.ledger.query({ kind: 'point', pointId, windowMs: 1 }, log.atMs)?.point;
}

/** So many one-minute stops at a point, one after the other from `fromMs` on, 50 a reservation, of documented doors. */
export function crowd(log: Log, pointId: string, count: number, fromMs = START_MS): readonly string[] {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 50) {
    const stops = Array.from({ length: Math.min(50, count - n) }, (_, k) =>
      stop(pointId, { startMs: fromMs + (n + k) * MINUTE_MS, durationMs: MINUTE_MS }),
    );
    ids.push(reserved(log, stops, { holder: `crowd-${n}` }));
  }
  return ids;
}
