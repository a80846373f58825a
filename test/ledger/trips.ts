/** Logs of a mesh that runs version 2, for tests of what becomes of trips. */
import type { AfterNoShow, ChangedStop, Operation, WantedStop } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { DEFAULT_POLICY } from '../../src/ledger/policy.js';
import type { Result } from '../../src/ledger/result.js';
import { POINT_ROW } from '../../src/ledger/rows/point-row.js';
import { POLICY_ROW } from '../../src/ledger/rows/policy-row.js';
import { RESERVATION_ROW } from '../../src/ledger/rows/reservation-row.js';
import { SCHEDULE_ROW } from '../../src/ledger/rows/schedule-row.js';
import { TICKET_ROW } from '../../src/ledger/rows/ticket-row.js';
import { WAIT_ROW } from '../../src/ledger/rows/wait-row.js';
import type { Notice, Point, Policy, Reservation, Schedule, Ticket, Wait } from '../../src/ledger/state.js';
import type { PolicyTerms } from '../../src/ledger/terms.js';
import { HOUR_MS, Log, MINUTE_MS, seededLog } from './log.js';
import { digestOf, type TextRow } from './rows.js';

/** What company empresa_a asks for in tests: 10 minutes early, 20 late, 2 hours to cancel, and fees. */
export const POLICY: PolicyTerms = {
  ...DEFAULT_POLICY,
  earlyMs: 10 * MINUTE_MS,
  lateMs: 20 * MINUTE_MS,
  cancelBeforeMs: 2 * HOUR_MS,
  reservationFeeCentavos: 100,
  lateCancelFeeCentavos: 50,
  noShowFeeCentavos: 70,
};

/** Rows that others than these tests' operations write. */
interface Given {
  readonly policy?: Policy;
  readonly schedule?: Schedule;
  readonly point?: Point;
  readonly ticket?: Ticket;
  readonly wait?: Wait;
  readonly reservation?: Reservation;
}

/** The seeded mesh at version 2, where empresa_a (points 1 and 2) has `POLICY`. */
export function tripLog(policy: Partial<PolicyTerms> = {}): Log {
  const log = seededLog();
  log.apply({ kind: 'raise-version', ledgerVersion: 2 });
  return given(log, { policy: { company: 'empresa_a', ...POLICY, ...policy } });
}

/** A log that goes on with these rows written, as if an entry had. */
export function given(log: Log, { policy, schedule, point, ticket, wait, reservation }: Given): Log {
  const rows = new Map<string, string>(log.rows());
  const put = (prefix: string, id: string, row: string) => rows.set(prefix + id, row);
  if (policy !== undefined) put('y:', policy.company, POLICY_ROW.write(policy));
  if (schedule !== undefined) put('h:', schedule.pointId, SCHEDULE_ROW.write(schedule));
  if (point !== undefined) put('p:', point.id, POINT_ROW.write(point));
  if (ticket !== undefined) put('t:', ticket.holder, TICKET_ROW.write(ticket));
  if (wait !== undefined) put('w:', wait.id, WAIT_ROW.write(wait));
  if (reservation !== undefined) put('v:', reservation.id, RESERVATION_ROW.write(reservation));
  const all: TextRow[] = [...rows].map(([key, row]) => ({ key, row }));
  const next = new Log(Ledger.restore(all, { ...log.ledger.meta(), digest: digestOf(all) }));
  next.atMs = log.atMs;
  return next;
}

/** The log with a point's row changed. */
export function withPoint(log: Log, pointId: string, more: Partial<Point>): Log {
  const { point } = log.ledger.query({ kind: 'point', pointId, windowMs: 1 }, log.atMs)!;
  return given(log, { point: { ...point, ...more } });
}

/** Reserves and gives the id. Throws when the stops cannot be had. */
export function reserved(
  log: Log,
  stops: readonly WantedStop[],
  { holdMs = 0, holder = 'vehicle-1', afterNoShow = 'keep' as AfterNoShow } = {},
): string {
  const { answer } = log.apply({ kind: 'reserve', stops, holdMs, afterNoShow }, { holder });
  if (answer.result.kind !== 'reserved') throw new Error(JSON.stringify(answer.result));
  return answer.result.reservationId;
}

export function view(log: Log, reservationId: string): Reservation {
  return log.ledger.query({ kind: 'reservation', reservationId }, log.atMs)!;
}

/** The states of a reservation's stops, in order. */
export function stopStates(log: Log, reservationId: string): readonly string[] {
  return view(log, reservationId).stops.map(({ state }) => state);
}

/** Lets time act: one `expire` at the log's time. */
export function expire(log: Log): Result {
  return log.result({ kind: 'expire' });
}

/** What a holder is to be told, oldest first, as `kind reservation stop`. */
export function told(log: Log, holder = 'vehicle-1'): readonly string[] {
  return [...log.rows()]
    .filter(([key]) => key.startsWith('n:'))
    .map(([, row]) => JSON.parse(row) as Notice)
    .filter((notice) => notice.holder === holder)
    .sort((a, b) => a.index - b.index || a.number - b.number)
    .map(({ notice, reservationId, stop, waitId }) =>
      [notice, reservationId, stop < 0 ? '' : stop, waitId].filter((part) => part !== '').join(' '),
    );
}

export const confirm = (reservationId: string, ifIndex = 0): Operation => ({
  kind: 'confirm',
  reservationId,
  ifIndex,
});

export const extendHold = (reservationId: string, holdMs: number, ifIndex = 0): Operation => ({
  kind: 'extend-hold',
  reservationId,
  ifIndex,
  holdMs,
});

export const cancel = (
  reservationId: string,
  stops: readonly number[] = [],
  as: 'holder' | 'operator' = 'holder',
  reason = as === 'operator' ? 'by court order' : '',
  ifIndex = 0,
): Operation => ({ kind: 'cancel', reservationId, ifIndex, stops, as, reason });

export const change = (reservationId: string, stops: readonly ChangedStop[], ifIndex = 0): Operation => ({
  kind: 'change',
  reservationId,
  ifIndex,
  stops,
});

export const shift = (reservationId: string, stop: number, byMs: number, ifIndex = 0): Operation => ({
  kind: 'shift',
  reservationId,
  ifIndex,
  stop,
  byMs,
});

export const start = (
  reservationId: string,
  stop = 0,
  as: 'holder' | 'company' = 'holder',
  ifIndex = 0,
): Operation => ({ kind: 'start-stop', reservationId, ifIndex, stop, as });

export const finish = (
  reservationId: string,
  stop = 0,
  as: 'holder' | 'company' = 'holder',
  ifIndex = 0,
): Operation => ({ kind: 'finish-stop', reservationId, ifIndex, stop, as });
