/** Reservations as clients were told of them: no log and no model is needed to know these. */
import type { BookedStop } from '../../../src/ledger/result.js';
import type { AnsweredCommand } from '../mesh-history.js';
import type { Requests } from '../requests.js';

export interface Booking {
  readonly attempt: AnsweredCommand;
  readonly index: number;
  readonly holder: string;
  /** Of a hold the ledger time from which on it may have ended, 0 where nobody told; null when it is none. */
  readonly holdUntilMs: number | null;
  /** Ledger time of its entry; null where the door did not tell. */
  readonly atMs: number | null;
  /** Its windows, as far as the answer or the request told them. */
  readonly stops: readonly BookedStop[];
}

/** Every reservation that was acknowledged, once for each entry, in order of index. */
export function bookingsOf(requests: Requests): readonly Booking[] {
  const byIndex = new Map<number, Booking>();
  for (const { answers } of requests.all) {
    for (const attempt of answers) {
      const { index, atMs, result } = attempt.outcome.reply;
      const { holder, operation } = attempt.call;
      if (operation.kind !== 'reserve' || result.kind !== 'reserved' || byIndex.has(index)) continue;
      const { holdMs } = operation;
      const holdUntilMs = holdMs === 0 ? null : atMs === null ? 0 : atMs + holdMs;
      byIndex.set(index, { attempt, index, holder, holdUntilMs, atMs, stops: windowsOf(attempt) });
    }
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

function windowsOf({ call, outcome }: AnsweredCommand): readonly BookedStop[] {
  const { atMs, result } = outcome.reply;
  if (call.operation.kind !== 'reserve' || result.kind !== 'reserved') return [];
  return call.operation.stops.flatMap((wanted, i): readonly BookedStop[] => {
    const told = result.stops?.[i];
    const startMs = told?.startMs ?? (wanted.startMs === 'now' ? atMs : wanted.startMs);
    if (startMs === null) return [];
    const endMs = told?.endMs ?? startMs + wanted.durationMs;
    return [{ pointId: told?.pointId ?? wanted.pointId, startMs, endMs }];
  });
}
