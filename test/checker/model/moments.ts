/** When a view may change though no entry comes: time alone opens, closes, frees and takes. */
import type { Query } from '../../../src/ledger/query.js';
import { openSpans } from './opening.js';
import type { LedgerState } from './state.js';
import { heldWindow, isOpenStop } from './stops.js';

/**
 * The moments in (`afterMs`, `untilMs`] at which the reply to a query may change: where something that it depends on
 * begins or ends, or comes within reach of the window asked about. Others may be among them.
 */
export function changesBetween(
  ledger: LedgerState,
  query: Query,
  afterMs: number,
  untilMs: number,
): readonly number[] {
  const windowMs = 'windowMs' in query ? query.windowMs : 1;
  const moments = new Set<number>();
  for (const edgeMs of edges(ledger, { startMs: afterMs, endMs: untilMs + windowMs })) {
    for (const reachMs of [0, ...bufferReaches(ledger, windowMs)]) {
      const atMs = edgeMs - reachMs;
      if (afterMs < atMs && atMs <= untilMs) moments.add(atMs);
    }
  }
  return [...moments].sort((a, b) => a - b);
}

/** How far before an edge a window may come to touch it: with the buffer that a stop would be given. */
function bufferReaches(ledger: LedgerState, windowMs: number): readonly number[] {
  const buffers = [...ledger.policies.values()].map(({ bufferMs }) => bufferMs);
  // A window touches what it overlaps from one millisecond on; of an open span it may use all.
  return [...new Set([0, ...buffers])].flatMap((bufferMs) => [windowMs + bufferMs - 1, windowMs - 1]);
}

function* edges(
  ledger: LedgerState,
  within: { readonly startMs: number; readonly endMs: number },
): Iterable<number> {
  for (const { stops } of ledger.open()) {
    for (const stop of stops) {
      if (!isOpenStop(stop.state)) continue;
      const { startMs, endMs } = heldWindow(stop);
      yield* [startMs, stop.endMs, endMs];
    }
  }
  for (const { statusUntilMs } of ledger.points.values()) yield statusUntilMs;
  for (const { untilMs, stops } of ledger.tickets.values()) {
    yield untilMs;
    for (const { startMs, endMs } of stops) yield* [startMs, endMs];
  }
  for (const { startMs, endMs } of ledger.freed.values()) yield* [startMs, endMs];
  for (const schedule of ledger.schedules.values()) {
    for (const { startMs, endMs } of schedule.maintenance) yield* [startMs, endMs];
    for (const { startMs, endMs } of openSpans(schedule, within)) yield* [startMs, endMs];
  }
}
