/** What a company says of its points, its rules and who stands at its points. */
import type { Operation } from '../../src/ledger/command.js';
import type { Reservation } from '../../src/ledger/state.js';
import type { Chance } from './chance.js';
import type { Want } from './clients.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_MINUTES = 7 * 24 * 60;

/** The next thing that a company with these possessions says. */
export function ownerWish(possessions: readonly Operation[], ledgerMs: number, chance: Chance): Want {
  return { operation: sayingOf(possessions, ledgerMs, chance), door: 'rest' };
}

/** The point whose visitor shall be acted on, as a company; null for nobody's. */
export function actsOnVisitors(possessions: readonly Operation[], chance: Chance): string | null {
  const own = pointsOf(possessions);
  return own.length > 0 && chance.hits(300_000) ? chance.pick(own).pointId : null;
}

/** What the company does with who stands, or is about to stand, at its point; null for nothing. */
export function visitorWish(visitor: Reservation | null, pointId: string, chance: Chance): Want | null {
  const stop = visitor?.stops.findIndex(
    (each) => each.pointId === pointId && (each.state === 'PLANNED' || each.state === 'ACTIVE'),
  );
  if (visitor === null || stop === undefined || stop < 0) return null;
  const on = { reservationId: visitor.id, ifIndex: 0, stop };
  if (chance.hits(500_000)) {
    return { operation: { kind: 'displace-stop', ...on, reason: 'cable broken' }, door: 'grpc' };
  }
  const kind = visitor.stops[stop]!.state === 'ACTIVE' ? 'finish-stop' : 'start-stop';
  return { operation: { kind, ...on, as: 'company' }, door: 'grpc' };
}

function sayingOf(possessions: readonly Operation[], ledgerMs: number, chance: Chance): Operation {
  const own = pointsOf(possessions);
  const dice = chance.below(100);
  if (own.length === 0 || dice < 10) return { kind: 'set-policy', policy: policy(chance) };
  const { pointId } = chance.pick(own);
  if (dice < 45) {
    const status = chance.pick([
      'available',
      'available',
      'faulted',
      'offline',
      'maintenance',
      'occupied',
    ] as const);
    const untilMs = status === 'available' ? 0 : ledgerMs + chance.pick([1, 4, 12]) * MINUTE_MS;
    return { kind: 'report-status', pointId, status, untilMs };
  }
  if (dice < 60) return schedule(pointId, ledgerMs, chance);
  if (dice < 70) return { kind: 'delete-point', pointId, displace: chance.hits(600_000) };
  // What was deleted comes back.
  if (dice < 85) return chance.pick(possessions);
  const routeId = routeOf(pointId);
  if (dice < 93) return { kind: 'register-route', routeId, name: 'Rota', pointIds: [pointId], legMetres: [] };
  return dice < 99 ? { kind: 'delete-route', routeId } : { kind: 'remove-company' };
}

/** All that a company says that leaves the mesh, and comes back. */
export function leaveAndReturn(possessions: readonly Operation[]): readonly Operation[] {
  const own = pointsOf(possessions);
  return [
    ...own.map(({ pointId }): Operation => ({ kind: 'delete-route', routeId: routeOf(pointId) })),
    ...own.map(({ pointId }): Operation => ({ kind: 'delete-point', pointId, displace: true })),
    { kind: 'remove-company' },
    ...possessions,
  ];
}

function routeOf(pointId: string): string {
  return `R-${pointId}`;
}

/** Rules under which something can be had a month ahead, for a minute at least. */
function policy(chance: Chance) {
  return {
    minNoticeMs: chance.pick([0, 0, 0, 4 * MINUTE_MS]),
    horizonMs: chance.pick([60, 366]) * DAY_MS,
    durationMaxMs: chance.pick([60 * MINUTE_MS, 30 * DAY_MS]),
    earlyMs: chance.pick([0, 15, 60]) * MINUTE_MS,
    lateMs: chance.pick([1, 15]) * MINUTE_MS,
    bufferMs: chance.pick([0, 1, 5]) * MINUTE_MS,
    cancelBeforeMs: chance.pick([0, 60]) * MINUTE_MS,
    reservationFeeCentavos: chance.pick([0, 250]),
    lateCancelFeeCentavos: chance.pick([0, 500]),
    noShowFeeCentavos: chance.pick([0, 900]),
  };
}

/** Always open, or closed for a while soon, once or every week. */
function schedule(pointId: string, ledgerMs: number, chance: Chance): Operation {
  const fromMs = ledgerMs + chance.pick([1, 6, 15]) * MINUTE_MS;
  const minute = Math.floor((ledgerMs / MINUTE_MS + 3 * 24 * 60) % WEEK_MINUTES);
  const closes = Math.min(minute + 10, WEEK_MINUTES - 30);
  const weekly = [
    { startMinute: 0, endMinute: closes },
    { startMinute: closes + 20, endMinute: WEEK_MINUTES },
  ];
  return {
    kind: 'set-schedule',
    pointId,
    utcOffsetMinutes: 0,
    weekly: chance.hits(400_000) ? weekly : [],
    maintenance: chance.hits(400_000) ? [{ startMs: fromMs, endMs: fromMs + 5 * MINUTE_MS }] : [],
    displace: chance.hits(600_000),
  };
}

function pointsOf(
  possessions: readonly Operation[],
): readonly Extract<Operation, { kind: 'register-point' }>[] {
  return possessions.filter((each) => each.kind === 'register-point');
}
