/**
 * When time acts on a reservation next. It follows from the row alone, whatever version the mesh runs, so that raising
 * the version re-derives nothing.
 */
import { HOLD_WARNING_MS, OVERSTAY_MS_MAX } from './limits.js';
import type { Reservation, Stop } from './state.js';

/** Whether a stop is still to come or under way: it holds its window. */
export function isOpen(stop: Stop): boolean {
  return stop.state === 'PLANNED' || stop.state === 'ACTIVE';
}

/** Whether a stop may still change: open, or displaced while a substitute can take its place. */
export function isUnsettled(stop: Stop): boolean {
  return isOpen(stop) || (stop.state === 'DISPLACED' && stop.endedAtMs === 0);
}

/** From when on an open stop holds its point: its window's start, or earlier when the vehicle was let in before it. */
export function heldFromMs({ startMs, startedAtMs }: Stop): number {
  return startedAtMs === 0 ? startMs : Math.min(startMs, startedAtMs);
}

/** When a point is free again after the stop: its window's end and the buffer that was granted. */
export function freeAgainMs({ endMs, terms }: Stop): number {
  return endMs + (terms?.bufferMs ?? 0);
}

/**
 * Whether the reservation lives by its windows alone: nobody reports its starts and ends, so there is no no-show. Those
 * of documented doors do, and those that version 1 made.
 */
export function livesByWindows({ documented, stops }: Reservation): boolean {
  return documented || stops.every((stop) => stop.terms === null);
}

/**
 * Whether the last moment of a stop that is not under way has come: what becomes of it is time's to say, by the next
 * `expire`, and nobody acts on it before.
 */
export function isLapsed(reservation: Reservation, stop: Stop, atMs: number): boolean {
  if (stop.state === 'DISPLACED') return stop.endMs <= atMs;
  if (stop.state !== 'PLANNED') return false;
  const graceCounts = reservation.state === 'CONFIRMED' && !livesByWindows(reservation);
  return (graceCounts ? stopDeadlineMs(stop) : stop.endMs) <= atMs;
}

/** Whether a stop can still be acted on: unsettled, and not left to time. */
export function isLive(reservation: Reservation, stop: Stop, atMs: number): boolean {
  return isUnsettled(stop) && !isLapsed(reservation, stop, atMs);
}

/** Whether a reservation has ended, or is due to: then only `expire` has still to say so. */
export function isOver(reservation: Reservation, atMs: number): boolean {
  const { end, state, holdUntilMs, stops } = reservation;
  if (end !== null) return true;
  if (state === 'HELD' && holdUntilMs <= atMs) return true;
  return !stops.some((stop) => isLive(reservation, stop, atMs));
}

/** When time acts on it next; null when it has ended. */
export function deadlineMs(reservation: Reservation): number | null {
  const { state, stops, end } = reservation;
  if (end !== null) return null;
  if (state === 'HELD') return holdDeadlineMs(reservation);
  if (livesByWindows(reservation)) {
    let lastMs = 0;
    for (const stop of stops) if (isUnsettled(stop) && stop.endMs > lastMs) lastMs = stop.endMs;
    return lastMs;
  }
  let firstMs = Number.MAX_SAFE_INTEGER;
  for (const stop of stops) if (isUnsettled(stop)) firstMs = Math.min(firstMs, stopDeadlineMs(stop));
  return firstMs;
}

/** When time acts on an unsettled stop: a no-show, an overstay and its end, no substitute found. */
export function stopDeadlineMs({ state, startMs, endMs, terms, overstaying }: Stop): number {
  if (state === 'PLANNED') return terms === null ? endMs : Math.min(startMs + terms.lateMs, endMs);
  return state === 'ACTIVE' && overstaying ? endMs + OVERSTAY_MS_MAX : endMs;
}

/** A long hold has its holder told before it ends. */
function holdDeadlineMs({ holdUntilMs, madeAtMs, changedIndex, holdWarned }: Reservation): number {
  const isLong = holdUntilMs - madeAtMs >= 2 * HOLD_WARNING_MS;
  return changedIndex > 0 && isLong && !holdWarned ? holdUntilMs - HOLD_WARNING_MS : holdUntilMs;
}
