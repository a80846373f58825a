/**
 * A whole trip in one decision: every stop is booked or none is, and a refusal names every stop that could
 * not be had (rules 1 to 3).
 */
import { isWithin } from '../checks.js';
import type { Door, OperationOf } from '../command.js';
import {
  DOCUMENTED_PER_HOLDER_MAX,
  HOLD_MS_MAX,
  HOLD_MS_MIN,
  HOLDS_PER_HOLDER_MAX,
  OPEN_PER_HOLDER_MAX,
  STOPS_MAX,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { place } from '../placement.js';
import { type Refused, refused, refusedFor } from '../refusal.js';
import { reservationId } from '../reservation-id.js';
import type { Result } from '../result.js';
import type { Reservation } from '../state.js';
import { wantedFault } from '../wanted.js';
import { book, bookedStops } from './book.js';
import type { Context } from './context.js';

/** Books the stops for the command's holder, confirmed at once or as a hold. */
export function reserve(memory: Memory, operation: OperationOf<'reserve'>, context: Context): Result {
  const { stops: wanted, holdMs, afterNoShow = 'keep' } = operation;
  const fault = requestFault(operation);
  if (fault !== null) return refused('INVALID', fault);
  const { index, atMs, command, ledgerVersion } = context;
  const { holder, door } = command;
  const documented = isDocumented(door);
  const full = tooMany(memory, { holder, documented, isHold: holdMs > 0 }, ledgerVersion);
  if (full !== null) return full;
  const placed = place(memory, wanted, { holder, documented, atMs });
  if (placed.kind === 'conflicts') return refusedFor('STOPS_UNAVAILABLE', placed.conflicts);

  const id = reservationId(index);
  const stops = placed.stops;
  const reservation = book(
    memory,
    { id, holder, documented, stops, holdMs, afterNoShow, waitId: '' },
    context,
  );
  return { kind: 'reserved', reservationId: id, stops: bookedStops(reservation) };
}

/** Whether a command through this door is one of the documented routes and topics. */
export function isDocumented(door: Door): boolean {
  return door === 'legacy-rest' || door === 'legacy-mqtt';
}

/** Why the holder may have no further reservation; null when it may. Version 1 has no such bounds. */
export function tooMany(
  memory: Memory,
  { holder, documented, isHold }: Pick<Reservation, 'holder' | 'documented'> & { readonly isHold: boolean },
  ledgerVersion: number,
): Refused | null {
  if (ledgerVersion === 1) return null;
  const { bookings, holds, documented: made } = memory.reservations.usageOf(holder);
  if (documented) return made < DOCUMENTED_PER_HOLDER_MAX ? null : refused('TOO_MANY_BOOKINGS');
  if (bookings >= OPEN_PER_HOLDER_MAX) return refused('TOO_MANY_BOOKINGS');
  return isHold && holds >= HOLDS_PER_HOLDER_MAX ? refused('TOO_MANY_HOLDS') : null;
}

/** What is out of range in how a reservation is asked for, as a sentence; null when nothing is. */
function requestFault({ stops, holdMs }: OperationOf<'reserve'>): string | null {
  if (!isWithin(stops.length, 1, STOPS_MAX)) return `a reservation has 1 to ${STOPS_MAX} stops`;
  return holdFault(holdMs) ?? wantedFault(stops);
}

/** Why a hold cannot last so long, as a sentence; null when it can. */
export function holdFault(holdMs: number): string | null {
  if (holdMs === 0 || isWithin(holdMs, HOLD_MS_MIN, HOLD_MS_MAX)) return null;
  return `a hold lasts ${HOLD_MS_MIN} to ${HOLD_MS_MAX} ms, or is 0 for none`;
}
