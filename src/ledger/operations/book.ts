/** How a reservation begins, whoever asked for it: a command, a declared trip, the waiting list. */
import type { AfterNoShow } from '../command.js';
import type { Memory } from '../memory.js';
import type { BookedStop } from '../result.js';
import { FIRST_RESERVATION_FIELDS } from '../rows/reservation-row.js';
import type { Reservation, Stop } from '../state.js';
import type { Context } from './context.js';

export interface NewReservation {
  readonly id: string;
  readonly holder: string;
  readonly documented: boolean;
  /** As `place` found them, with nothing written since. */
  readonly stops: readonly Stop[];
  /** 0: confirmed at once. */
  readonly holdMs: number;
  readonly afterNoShow: AfterNoShow;
  /** The wish that it answers; '' for none. */
  readonly waitId: string;
}

/** Writes the reservation, in the name of the entry. */
export function book(
  memory: Memory,
  { id, holder, documented, stops, holdMs, afterNoShow, waitId }: NewReservation,
  { index, atMs, ledgerVersion }: Pick<Context, 'index' | 'atMs' | 'ledgerVersion'>,
): Reservation {
  const reservation: Reservation = {
    id,
    holder,
    state: holdMs === 0 ? 'CONFIRMED' : 'HELD',
    documented,
    stops,
    madeAtMs: atMs,
    madeIndex: index,
    holdUntilMs: holdMs === 0 ? 0 : holdEndMs(atMs + holdMs, stops, ledgerVersion),
    end: null,
    ...FIRST_RESERVATION_FIELDS,
    changedIndex: ledgerVersion === 1 ? 0 : index,
    afterNoShow,
    waitId,
  };
  memory.putReservation(reservation);
  return reservation;
}

/** When a hold of these stops ends that was to end at `untilMs`: with its first window at the latest. */
export function holdEndMs(untilMs: number, stops: readonly Stop[], ledgerVersion: number): number {
  return ledgerVersion === 1 ? untilMs : Math.min(untilMs, ...stops.map(({ endMs }) => endMs));
}

/** The windows of a reservation that was just made, as its holder is told. */
export function bookedStops({ stops }: Reservation): readonly BookedStop[] {
  return stops.map(({ pointId, startMs, endMs }) => ({ pointId, startMs, endMs }));
}
