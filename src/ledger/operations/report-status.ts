/** What a company says of its point: it can be used, or not until then. Who is booked meanwhile is displaced, or told. */
import { isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { STATUS_MS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Point } from '../state.js';
import { FOREVER_MS } from './booked.js';
import { budgetOf } from './budget.js';
import type { Context } from './context.js';
import { findOwnPoint } from './own-point.js';
import { NO_WINDOW, putPoint } from './sweep.js';

/** The owner reports a status. What it gives free of what the last one took is offered to who waits. */
export function reportStatus(
  memory: Memory,
  operation: OperationOf<'report-status'>,
  context: Context,
): Result {
  const { atMs, ledgerVersion } = context;
  const fault = faultOf(operation, atMs);
  if (fault !== null) return refused('INVALID', fault);
  const { pointId, status, untilMs } = operation;
  const found = findOwnPoint(memory, pointId, context);
  if (found.kind === 'refused') return found;
  const before = found.point;
  const isAvailable = status === 'available';
  const after = { ...before, status, statusUntilMs: untilMs };
  // The same word for longer says nothing new to who heard it.
  const startMs = status === before.status ? before.statusUntilMs : 0;
  const window = isAvailable || startMs >= untilMs ? NO_WINDOW : { startMs, endMs: untilMs };
  const swept = putPoint(memory, after, window, context, budgetOf(ledgerVersion));
  const takenUntilMs = lastsUntilMs(before);
  const freeFromMs = isAvailable ? atMs : untilMs;
  if (freeFromMs < takenUntilMs) memory.markFreed(pointId, freeFromMs, takenUntilMs);
  return { kind: 'point-updated', pointId, ...swept };
}

/** Until when the status takes the point; 0 when it does not. */
function lastsUntilMs({ status, statusUntilMs }: Point): number {
  if (status === 'available') return 0;
  return statusUntilMs === 0 ? FOREVER_MS : statusUntilMs;
}

function faultOf({ status, untilMs }: OperationOf<'report-status'>, atMs: number): string | null {
  if (status === 'available') return untilMs === 0 ? null : 'a point is available until further notice: 0';
  return isWithin(untilMs, atMs + 1, atMs + STATUS_MS_MAX)
    ? null
    : `a status lasts until a time from now on, for at most ${STATUS_MS_MAX} ms`;
}
