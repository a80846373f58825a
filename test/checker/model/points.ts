/** What a point's status, its hours or its leaving does to the stops that are booked there: one walk, in order. */
import type { Point, Stop } from '../../../src/ledger/state.js';
import type { Window } from '../../../src/ledger/terms.js';
import { displaceStops, markFreed, tell } from './happens.js';
import {
  DISPLACED_PER_ENTRY_MAX,
  STATUS_STEP_MS,
  STOPS_PER_EXPIRE_MAX,
  SWEPT_PER_ENTRY_MAX,
} from './limits.js';
import { isOpenAllThrough } from './opening.js';
import { leavesPoint } from './placing.js';
import type { LedgerState, OpenStop } from './state.js';
import { heldWindow, isLive, isOver } from './stops.js';

/** How many stops an entry may still write, and how many bookings of points look at. */
export interface StopsLeft {
  stops: number;
  bookings: number;
}

export function allStops(): StopsLeft {
  return { stops: STOPS_PER_EXPIRE_MAX, bookings: SWEPT_PER_ENTRY_MAX };
}

export interface Walked {
  readonly displaced: number;
  readonly told: number;
  readonly more: boolean;
}

/** Writes the point, and looks at the stops that begin in `window` (null: none) or were left from earlier. */
export function putPoint(ledger: LedgerState, point: Point, window: Window | null, left: StopsLeft): Walked {
  const { nowMs } = ledger;
  const toLook = together(
    window,
    point.checkToMs > 0 ? { startMs: point.checkFromMs, endMs: point.checkToMs } : null,
  );
  const displaced = new Map<string, Map<number, string>>();
  const told: OpenStop[] = [];
  let dealt = 0;
  let rest: Window | null = null;
  for (const open of toLook === null ? [] : ledger.openAt(point.id)) {
    const held = heldWindow(open.stop);
    const isIn = toLook!.startMs <= held.startMs && held.startMs < toLook!.endMs;
    if (!isIn || held.endMs <= nowMs) continue;
    if (left.bookings === 0) {
      rest = { startMs: held.startMs, endMs: toLook!.endMs };
      break;
    }
    left.bookings -= 1;
    if (!isConcerned(open, nowMs)) continue;
    const fate = fateAt(ledger, point, open.stop);
    if (fate === null) continue;
    const { id, stops } = open.reservation;
    const known = displaced.get(id);
    const work = fate === 'told' ? 1 : known === undefined ? stops.length : 0;
    if (dealt === DISPLACED_PER_ENTRY_MAX || work > left.stops) {
      rest = { startMs: held.startMs, endMs: toLook!.endMs };
      break;
    }
    left.stops -= work;
    dealt += 1;
    if (fate === 'told') told.push(open);
    else displaced.set(id, (known ?? new Map()).set(open.number, fate.displaced));
  }
  const checks = { checkFromMs: rest?.startMs ?? 0, checkToMs: rest?.endMs ?? 0 };
  ledger.points.set(point.id, withCheck({ ...point, ...checks }, nowMs));
  for (const [id, reasons] of displaced)
    displaceStops(ledger, ledger.reservations.get(id)!, reasons, 'company');
  for (const { reservation, number } of told) tell(ledger, reservation, 'point-occupied', { stop: number });
  return { displaced: dealt - told.length, told: told.length, more: rest !== null };
}

/** Whether the stop has anything to come, and is not left to time. */
export function isConcerned({ reservation, stop }: OpenStop, nowMs: number): boolean {
  return stop.endMs > nowMs && isLive(reservation, stop, nowMs) && !isOver(reservation, nowMs);
}

/** Whether the point is open in all that is to come of the stop. */
export function isOpenFor(ledger: LedgerState, pointId: string, { startMs, endMs }: Stop): boolean {
  return isOpenAllThrough(ledger.schedules.get(pointId), { startMs: Math.max(startMs, ledger.nowMs), endMs });
}

/** A vehicle is still there when its window is over: for a while the point is occupied. */
export function occupy(ledger: LedgerState, pointId: string, left: StopsLeft): void {
  const point = ledger.points.get(pointId)!;
  const untilMs = ledger.nowMs + STATUS_STEP_MS;
  if (point.status === 'occupied' ? point.statusUntilMs >= untilMs : point.status !== 'available') return;
  const startMs = point.status === 'occupied' ? point.statusUntilMs : 0;
  const occupied: Point = { ...point, status: 'occupied', statusUntilMs: untilMs };
  putPoint(ledger, occupied, { startMs, endMs: untilMs }, left);
}

/** That vehicle has left. */
export function vacate(ledger: LedgerState, pointId: string): void {
  const point = ledger.points.get(pointId);
  if (point?.status !== 'occupied') return;
  ledger.points.set(pointId, withCheck({ ...point, status: 'available', statusUntilMs: 0 }, ledger.nowMs));
  markFreed(ledger, pointId, ledger.nowMs, point.statusUntilMs);
}

/** Time looks at the point: at what is left, or because its status is over. False when the entry may do no more. */
export function pointDue(ledger: LedgerState, pointId: string, left: StopsLeft): boolean {
  // A reservation may have so many stops.
  if (left.stops < 100 || left.bookings === 0) return false;
  const point = ledger.points.get(pointId)!;
  const lasts = point.status === 'available' || point.statusUntilMs > ledger.nowMs;
  const untilMs = ledger.nowMs + STATUS_STEP_MS;
  if (lasts) putPoint(ledger, point, null, left);
  else {
    const window = { startMs: point.statusUntilMs, endMs: untilMs };
    putPoint(ledger, { ...point, statusUntilMs: untilMs }, window, left);
  }
  return true;
}

/** What stands in a vehicle's way at the point: its status, or another vehicle; '' when nothing does. */
export function inTheWay(ledger: LedgerState, pointId: string): string {
  const { status } = ledger.points.get(pointId)!;
  if (status !== 'available') return status;
  return ledger.openAt(pointId).some(({ stop }) => stop.state === 'ACTIVE') ? 'occupied' : '';
}

function fateAt(
  ledger: LedgerState,
  point: Point,
  stop: Stop,
): { readonly displaced: string } | 'told' | null {
  if (point.leaving && stop.state === 'PLANNED') return { displaced: 'deleted' };
  const isLeft = leavesPoint(point, stop, ledger.nowMs);
  if (!isLeft && point.status !== 'occupied') return { displaced: point.status };
  if (!isOpenFor(ledger, point.id, stop)) return { displaced: 'closed' };
  return isLeft ? null : 'told';
}

/** When time looks at it next. */
function withCheck(point: Point, nowMs: number): Point {
  const overMs = point.status === 'available' ? 0 : point.statusUntilMs;
  return { ...point, checkAtMs: point.checkToMs > 0 ? nowMs : overMs };
}

function together(a: Window | null, b: Window | null): Window | null {
  if (a === null || b === null) return a ?? b;
  return { startMs: Math.min(a.startMs, b.startMs), endMs: Math.max(a.endMs, b.endMs) };
}
