/** No two bookings of one point overlap: neither as clients were told, nor in any node's ledger. */
import type { Findings } from '../findings.js';
import { heldWindow, isOpenStop } from '../model/stops.js';
import type { NodeLedger } from '../node-ledger.js';
import type { Requests } from '../requests.js';
import { type Booking, bookingsOf } from './bookings.js';
import { Freeings } from './freeings.js';

interface Window {
  readonly pointId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Among acknowledged reservations, where nothing can have freed the earlier one. */
export function noOverlapInAnswers(requests: Requests, findings: Findings): void {
  const freeings = new Freeings(requests);
  /** By point, who may still have it. */
  const current = new Map<string, { readonly booking: Booking; readonly window: Window }[]>();
  for (const booking of bookingsOf(requests)) {
    for (const window of booking.stops) {
      const { pointId } = window;
      const others = current.get(pointId) ?? [];
      const kept = others.filter((other) => {
        if (!overlap(other.window, window)) return !isOver(other.window, booking);
        if (other.booking !== booking && freeings.mayHaveFreed(other.booking, other.window, booking))
          return false;
        findings.note(
          'double-booking',
          `attempts ${other.booking.attempt.id} and ${booking.attempt.id} both got point ${pointId}, ` +
            `${text(other.window)} by entry ${other.booking.index} and ${text(window)} by entry ${booking.index}`,
        );
        return true;
      });
      current.set(pointId, [...kept, { booking, window }]);
    }
  }
}

/** Among the open stops of each ledger, with the buffers after them. */
export function noOverlapInLedgers(ledgers: readonly NodeLedger[], findings: Findings): void {
  for (const { node, reservations } of ledgers) {
    const byPoint = new Map<string, (Window & { readonly id: string })[]>();
    for (const { id, stops, end } of reservations.values()) {
      if (end !== null) continue;
      for (const stop of stops) {
        if (!isOpenStop(stop.state)) continue;
        const { pointId } = stop;
        byPoint.set(pointId, [...(byPoint.get(pointId) ?? []), { pointId, ...heldWindow(stop), id }]);
      }
    }
    for (const [pointId, windows] of byPoint) {
      const sorted = windows.sort((a, b) => a.startMs - b.startMs);
      sorted.slice(1).forEach((window, i) => {
        const before = sorted[i]!;
        if (!overlap(before, window)) return;
        findings.note(
          'double-booking',
          `${node} has ${before.id} ${text(before)} and ${window.id} ${text(window)} on point ${pointId}`,
        );
      });
    }
  }
}

/** Whether a window has passed when a later reservation is made: it can overlap no more. */
function isOver({ endMs }: Window, { atMs }: Booking): boolean {
  return atMs !== null && endMs <= atMs;
}

function overlap(a: Window, b: Window): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

function text({ startMs, endMs }: Window): string {
  return `[${startMs}, ${endMs})`;
}
