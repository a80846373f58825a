/** When a point can be had, by its calendar. */
import type { Window } from '../ledger/terms.js';

/**
 * The first start at or after `fromMs` from which on none of `busy`, in order of their starts, overlaps so long a window;
 * null when that would be after `latestMs`.
 */
export function firstFreeStart(
  busy: readonly Window[],
  {
    fromMs,
    durationMs,
    latestMs,
  }: { readonly fromMs: number; readonly durationMs: number; readonly latestMs: number },
): number | null {
  let startMs = fromMs;
  for (const window of busy) {
    if (window.endMs <= startMs) continue;
    if (window.startMs >= startMs + durationMs) break;
    startMs = window.endMs;
  }
  return startMs <= latestMs ? startMs : null;
}
