/** Reservations as clients were told of them: no log and no model is needed to know these. */
import type { Operation, OperationOf, WantedStop } from '../../../src/ledger/command.js';
import type { BookedStop } from '../../../src/ledger/result.js';
import type { AnsweredCommand } from '../mesh-history.js';
import type { Requests } from '../requests.js';

type Told = AnsweredCommand['outcome']['reply']['result'];

export interface Booking {
  readonly attempt: AnsweredCommand;
  readonly index: number;
  readonly holder: string;
  /** Made through a documented door: its windows alone end it. */
  readonly documented: boolean;
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
      if (!isBooking(operation, result) || byIndex.has(index)) continue;
      const { holdMs } = operation;
      const holdUntilMs = holdMs === 0 ? null : atMs === null ? 0 : atMs + holdMs;
      const { door } = attempt.call;
      const documented = door === 'legacy-rest' || door === 'legacy-mqtt';
      const stops = windowsOf(attempt);
      byIndex.set(index, { attempt, index, holder, documented, holdUntilMs, atMs, stops });
    }
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

/** Whether the answer says that stops were reserved. A declared trip reserves its first. */
function isBooking(operation: Operation, result: Told): operation is OperationOf<'reserve' | 'declare-trip'> {
  if (operation.kind === 'reserve') return result.kind === 'reserved';
  return operation.kind === 'declare-trip' && result.kind === 'trip-declared';
}

function windowsOf({ call: { operation }, outcome }: AnsweredCommand): readonly BookedStop[] {
  const { atMs, result } = outcome.reply;
  if (!isBooking(operation, result)) return [];
  const wantedStops: readonly WantedStop[] =
    operation.kind === 'reserve' ? operation.stops : operation.stops.slice(0, 1);
  const toldStops = 'stops' in result ? result.stops : undefined;
  return wantedStops.flatMap((wanted, i): readonly BookedStop[] => {
    const told = toldStops?.[i];
    const startMs = told?.startMs ?? (wanted.startMs === 'now' ? atMs : wanted.startMs);
    if (startMs === null) return [];
    const pointId = told?.pointId ?? wanted.pointId;
    // A site whose point nobody told.
    if (pointId === '') return [];
    return [{ pointId, startMs, endMs: told?.endMs ?? startMs + wanted.durationMs }];
  });
}
