/**
 * What a point's status, its schedule or its leaving does to the stops that are booked there.
 *
 * 1. It follows from the point and its schedule as they are now: each stop that begins in the window that is to be
 *    checked is looked at once, in order, and is displaced, or its holder is told, or neither.
 * 2. An entry looks at and deals with a bounded number. Where it stopped is in the point's row, which is then due at once.
 */
import { DISPLACED_PER_ENTRY_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { isOpenDuring } from '../opening.js';
import { isAvailable } from '../placement.js';
import type { Point, Reservation, Schedule, Stop } from '../state.js';
import type { Window } from '../terms.js';
import { type BookedStop, isConcerned, stopOf } from './booked.js';
import { type Budget, spendStops } from './budget.js';
import type { Context } from './context.js';
import { displaceStops, tellOccupied } from './displacing.js';

export interface Swept {
  readonly displaced: number;
  readonly told: number;
  /** Whether others follow. */
  readonly more: boolean;
}

interface Plan {
  /** Why, by number of the stop, for each reservation. */
  readonly displaced: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly told: readonly BookedStop[];
  /** The window that is left; null when all was looked at. */
  readonly left: Window | null;
}

type Fate = { readonly kind: 'displaced'; readonly reason: string } | { readonly kind: 'told' };

/** No booking begins in it. */
export const NO_WINDOW: Window = { startMs: 0, endMs: 0 };

/**
 * Writes the point, and deals with the stops that begin in `window` or were left from earlier, as far as the budget
 * reaches. A leaving point that nothing is booked at is gone then.
 */
export function putPoint(
  memory: Memory,
  point: Point,
  window: Window,
  context: Context,
  budget: Budget,
): Swept {
  const { displaced, told, left } = planOf(memory, point, withLeft(point, window), context.atMs, budget);
  const checks = { checkFromMs: left?.startMs ?? 0, checkToMs: left?.endMs ?? 0 };
  memory.points.put(withCheckAt({ ...point, ...checks }, context.atMs));
  let count = 0;
  for (const [id, reasons] of displaced) {
    displaceStops(memory, memory.reservation(id)!, reasons, context, 'company');
    count += reasons.size;
  }
  for (const { reservation, number } of told) tellOccupied(memory, reservation, number, context);
  return { displaced: count, told: told.length, more: left !== null };
}

/** The point with when time looks at it next: at once while something is left, else when its status is over. */
export function withCheckAt(point: Point, atMs: number): Point {
  const overMs = point.status === 'available' ? 0 : point.statusUntilMs;
  return { ...point, checkAtMs: point.checkToMs > 0 ? atMs : overMs };
}

/** The window, and what was left from earlier, as one. */
function withLeft({ checkFromMs, checkToMs }: Point, window: Window): Window {
  if (checkToMs === 0) return window;
  if (window.endMs === 0) return { startMs: checkFromMs, endMs: checkToMs };
  return { startMs: Math.min(checkFromMs, window.startMs), endMs: Math.max(checkToMs, window.endMs) };
}

function planOf(memory: Memory, point: Point, toCheck: Window, atMs: number, budget: Budget): Plan {
  const displaced = new Map<string, Map<number, string>>();
  const told: BookedStop[] = [];
  let dealt = 0;
  const fromMs = Math.max(toCheck.startMs, atMs);
  for (const booking of memory.calendar.overlapping(point.id, fromMs, toCheck.endMs)) {
    const { startMs } = booking;
    // What began before the window was looked at before.
    if (startMs < toCheck.startMs) continue;
    if (budget.bookings === 0) return { displaced, told, left: { startMs, endMs: toCheck.endMs } };
    budget.bookings -= 1;
    if (isLeftAlone(memory, point, booking, atMs)) continue;
    const booked = stopOf(memory, point.id, booking);
    if (!isConcerned(booked, atMs)) continue;
    const { reservation, number, stop } = booked;
    const fate = fateOf(memory, point, stop, atMs);
    if (fate === null) continue;
    const known = displaced.get(reservation.id);
    const work = workOf(reservation, fate, known !== undefined);
    if (dealt === DISPLACED_PER_ENTRY_MAX || !spendStops(budget, work)) {
      return { displaced, told, left: { startMs, endMs: toCheck.endMs } };
    }
    dealt += 1;
    if (fate.kind === 'told') told.push(booked);
    else if (known === undefined) displaced.set(reservation.id, new Map([[number, fate.reason]]));
    else known.set(number, fate.reason);
  }
  return { displaced, told, left: null };
}

/** Whether nothing befalls the stop of this booking, whatever it is: told at a glance, for most are. */
function isLeftAlone(memory: Memory, point: Point, { startMs, endMs }: Window, atMs: number): boolean {
  const { status, statusUntilMs, leaving } = point;
  const isAhead = statusUntilMs > 0 && startMs >= statusUntilMs;
  if (leaving || !(status === 'available' || isAhead)) return false;
  return fits(memory.schedules.get(point.id), { startMs, endMs }, atMs);
}

/** A reservation is written once, with all of its stops. */
function workOf({ stops }: Reservation, { kind }: Fate, isWritten: boolean): number {
  if (kind === 'told') return 1;
  return isWritten ? 0 : stops.length;
}

/** What becomes of a stop at the point; null for nothing. Where it leaves, a car that stands there may charge on. */
function fateOf(memory: Memory, point: Point, stop: Stop, atMs: number): Fate | null {
  if (point.leaving && stop.state === 'PLANNED') return { kind: 'displaced', reason: 'deleted' };
  const hasPoint = isAvailable(point, stop, atMs);
  if (!hasPoint && point.status !== 'occupied') return { kind: 'displaced', reason: point.status };
  if (!fits(memory.schedules.get(point.id), stop, atMs)) return { kind: 'displaced', reason: 'closed' };
  return hasPoint ? null : { kind: 'told' };
}

/** Whether the point is open in all that is to come of the window. */
export function fits(schedule: Schedule | undefined, { startMs, endMs }: Window, atMs: number): boolean {
  return isOpenDuring(schedule, Math.max(startMs, atMs), endMs);
}
