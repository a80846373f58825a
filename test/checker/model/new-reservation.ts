/** How a reservation begins, and how many of them a holder may have. */
import type { AfterNoShow, Command } from '../../../src/ledger/command.js';
import type { BookedStop, RefusalReason } from '../../../src/ledger/result.js';
import type { Stop } from '../../../src/ledger/state.js';
import { BOOKINGS_PER_HOLDER_MAX, DOCUMENTED_PER_HOLDER_MAX, HOLDS_PER_HOLDER_MAX } from './limits.js';
import type { LedgerState } from './state.js';
import { isUnsettled } from './stops.js';

export interface NewReservation {
  readonly id: string;
  readonly holder: string;
  readonly documented: boolean;
  readonly stops: readonly Stop[];
  /** 0: confirmed at once. */
  readonly holdMs: number;
  readonly afterNoShow: AfterNoShow;
  readonly waitId: string;
}

export function book(ledger: LedgerState, { holdMs, stops, ...rest }: NewReservation): void {
  const { nowMs, index, ledgerVersion } = ledger;
  ledger.put({
    ...rest,
    stops,
    state: holdMs > 0 ? 'HELD' : 'CONFIRMED',
    madeAtMs: nowMs,
    madeIndex: index,
    holdUntilMs: holdMs > 0 ? holdEndMs(ledger, nowMs + holdMs, stops) : 0,
    end: null,
    changedIndex: ledgerVersion > 1 ? index : 0,
    holdWarned: false,
  });
}

/** From version 2 on a hold ends with its first window at the latest. */
export function holdEndMs({ ledgerVersion }: LedgerState, untilMs: number, stops: readonly Stop[]): number {
  if (ledgerVersion === 1) return untilMs;
  return Math.min(untilMs, ...stops.filter(isUnsettled).map(({ endMs }) => endMs));
}

/** Why the holder may make no further one; null when it may. */
export function tooMany(
  ledger: LedgerState,
  { holder, door }: Command,
  holdMs: number,
): RefusalReason | null {
  if (ledger.ledgerVersion === 1) return null;
  if (isDocumented(door)) {
    const made = ledger.openOf(holder).filter(({ documented }) => documented);
    return made.length >= DOCUMENTED_PER_HOLDER_MAX ? 'TOO_MANY_BOOKINGS' : null;
  }
  // An offer is none of its holder's doing until it is confirmed.
  const counted = ledger
    .openOf(holder)
    .filter(({ documented, state, waitId }) => !documented && !(state === 'HELD' && waitId !== ''));
  if (counted.length >= BOOKINGS_PER_HOLDER_MAX) return 'TOO_MANY_BOOKINGS';
  const holds = counted.filter(({ state }) => state === 'HELD').length;
  return holdMs > 0 && holds >= HOLDS_PER_HOLDER_MAX ? 'TOO_MANY_HOLDS' : null;
}

export function isDocumented(door: Command['door']): boolean {
  return door === 'legacy-rest' || door === 'legacy-mqtt';
}

export function windowsOf(stops: readonly Stop[]): readonly BookedStop[] {
  return stops.map(({ pointId, startMs, endMs }) => ({ pointId, startMs, endMs }));
}
