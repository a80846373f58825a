/** What follows from stops and reservations alone: what they hold, whether they can be acted on, when time acts on them. */
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import type { StopState } from '../../../src/ledger/states.js';
import { HOLD_WARNING_MS, MINUTE_MS, OVERSTAY_MAX_MS } from './limits.js';

/** Whether a stop in this state still holds its window. */
export function isOpenStop(state: StopState): boolean {
  return state === 'PLANNED' || state === 'ACTIVE';
}

/** Open, or displaced while a substitute may still come. */
export function isUnsettled({ state, endedAtMs }: Stop): boolean {
  return isOpenStop(state) || (state === 'DISPLACED' && endedAtMs === 0);
}

/** The window that an open stop keeps from others: from when its vehicle stood there, if it came early, to its buffer's end. */
export function heldWindow({ startMs, startedAtMs, endMs, terms }: Stop): {
  readonly startMs: number;
  readonly endMs: number;
} {
  const fromMs = startedAtMs > 0 && startedAtMs < startMs ? startedAtMs : startMs;
  return { startMs: fromMs, endMs: endMs + (terms?.bufferMs ?? 0) };
}

export function overlap(
  a: { readonly startMs: number; readonly endMs: number },
  b: { readonly startMs: number; readonly endMs: number },
): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

/** Whether nobody reports its starts and ends, so that its windows alone end it. */
export function livesByWindows({ documented, stops }: Reservation): boolean {
  return documented || !stops.some(({ terms }) => terms !== null);
}

/** When time acts on an unsettled stop of a reservation that does not live by its windows. */
export function stopDueMs({ state, startMs, endMs, terms, overstaying }: Stop): number {
  if (state === 'PLANNED' && terms !== null) return Math.min(startMs + terms.lateMs, endMs);
  return overstaying ? endMs + OVERSTAY_MAX_MS : endMs;
}

/** Whether the stop can be acted on: not settled, and not left to time. */
export function isLive(reservation: Reservation, stop: Stop, nowMs: number): boolean {
  if (stop.state === 'ACTIVE') return true;
  if (!isUnsettled(stop)) return false;
  const hasGrace =
    stop.state === 'PLANNED' && reservation.state === 'CONFIRMED' && !livesByWindows(reservation);
  return nowMs < (hasGrace ? stopDueMs(stop) : stop.endMs);
}

/** Whether nothing of the reservation can be acted on any more, whether or not an entry has said so. */
export function isOver(reservation: Reservation, nowMs: number): boolean {
  if (reservation.end !== null) return true;
  if (reservation.state === 'HELD' && reservation.holdUntilMs <= nowMs) return true;
  return !reservation.stops.some((stop) => isLive(reservation, stop, nowMs));
}

/** Reservations do not change, new ones take their place: what was found once stays. */
const found = new WeakMap<Reservation, number>();

/** When time acts next on a reservation that has not ended. */
export function dueMs(reservation: Reservation): number {
  const atMs = found.get(reservation) ?? findDueMs(reservation);
  found.set(reservation, atMs);
  return atMs;
}

function findDueMs(reservation: Reservation): number {
  const { state, stops, madeAtMs, holdUntilMs, holdWarned, changedIndex } = reservation;
  if (state === 'HELD') {
    const isLong = holdUntilMs - madeAtMs >= 2 * MINUTE_MS;
    return changedIndex > 0 && isLong && !holdWarned ? holdUntilMs - HOLD_WARNING_MS : holdUntilMs;
  }
  const unsettled = stops.filter(isUnsettled);
  if (livesByWindows(reservation)) return Math.max(0, ...unsettled.map(({ endMs }) => endMs));
  return Math.min(...unsettled.map(stopDueMs));
}
