/** All stops or none: each stop that cannot be had is named, with the first reason that keeps it. */
import type { WantedStop } from '../../../src/ledger/command.js';
import type { BookedStop, Conflict, ConflictReason, Result } from '../../../src/ledger/result.js';
import type { Context, OperationOf } from './context.js';
import { isHoldLength, isMoment, isReference, isStopLength, STOPS_MAX } from './limits.js';
import { refused } from './refused.js';
import type { LedgerState } from './state.js';
import { isOpenStop } from './stops.js';

export function reserve(
  ledger: LedgerState,
  { stops, holdMs }: OperationOf<'reserve'>,
  { index, command: { holder, door } }: Context,
): Result {
  const { nowMs } = ledger;
  if (stops.length < 1 || stops.length > STOPS_MAX || !isHoldLength(holdMs)) return refused('INVALID');
  if (!stops.every(isSound)) return refused('INVALID');

  const windows = stops.map(({ pointId, startMs, durationMs }): BookedStop => {
    const from = startMs === 'now' ? nowMs : startMs;
    return { pointId, startMs: from, endMs: from + durationMs };
  });
  const conflicts = stops.flatMap((stop, at): readonly Conflict[] => {
    const reason = obstacle(ledger, stop, windows, at);
    return reason === null ? [] : [{ stop: at, pointId: stop.pointId, reason }];
  });
  if (conflicts.length > 0) return refused('STOPS_UNAVAILABLE', conflicts);

  const id = `r${index}`;
  ledger.put({
    id,
    holder,
    state: holdMs > 0 ? 'HELD' : 'CONFIRMED',
    documented: door === 'legacy-rest' || door === 'legacy-mqtt',
    stops: windows.map((window) => ({ ...window, state: 'PLANNED' })),
    madeAtMs: nowMs,
    madeIndex: index,
    holdUntilMs: holdMs > 0 ? nowMs + holdMs : 0,
    end: null,
  });
  return { kind: 'reserved', reservationId: id, stops: windows };
}

function obstacle(
  ledger: LedgerState,
  { pointId, company }: WantedStop,
  windows: readonly BookedStop[],
  at: number,
): ConflictReason | null {
  const point = ledger.points.get(pointId);
  if (point === undefined) return 'UNKNOWN_POINT';
  const owner = ledger.companies.get(point.company);
  if (company !== '' && company !== owner?.id && company !== owner?.displayId) return 'WRONG_COMPANY';
  if (point.status !== 'available') return 'POINT_NOT_AVAILABLE';
  const window = windows[at]!;
  if (window.startMs < ledger.nowMs) return 'WINDOW_PAST';
  if (windows.some((other, i) => i !== at && overlaps(window, other))) return 'STOP_REPEATED';
  const taken = ledger
    .openOn(pointId)
    .flatMap(({ stops }) => stops.filter(({ state }) => isOpenStop(state)))
    .some((stop) => overlaps(window, stop));
  return taken ? 'POINT_TAKEN' : null;
}

function isSound({ pointId, company, startMs, durationMs }: WantedStop): boolean {
  if (!isReference(pointId) || !isReference(company)) return false;
  return isStopLength(durationMs) && (startMs === 'now' || isMoment(startMs));
}

function overlaps(a: BookedStop, b: BookedStop): boolean {
  return a.pointId === b.pointId && a.startMs < b.endMs && b.startMs < a.endMs;
}
