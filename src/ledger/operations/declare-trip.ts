/**
 * First-point priority (rule 9): the trip's first stop is reserved, and a ticket, as old as this entry, protects all
 * of its windows for a while. It only refuses others, so nothing waits and nothing deadlocks.
 */
import { isWithin } from '../checks.js';
import type { OperationOf, WantedPoint } from '../command.js';
import { TICKET_MS, TICKET_STOPS_MAX, TICKET_WINDOWS_PER_POINT_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { place } from '../placement.js';
import { policyOf } from '../policy.js';
import { refused, refusedFor } from '../refusal.js';
import { reservationId } from '../reservation-id.js';
import type { Conflict, Result } from '../result.js';
import type { TicketStop } from '../state.js';
import { wantedFault } from '../wanted.js';
import { book, bookedStops } from './book.js';
import type { Context } from './context.js';
import { holdFault, isDocumented, tooMany } from './reserve.js';

/** Reserves the first stop, and declares all. */
export function declareTrip(
  memory: Memory,
  operation: OperationOf<'declare-trip'>,
  context: Context,
): Result {
  const fault = faultOf(operation);
  if (fault !== null) return refused('INVALID', fault);
  const { stops: wanted, holdMs, afterNoShow } = operation;
  const { index, atMs, command, ledgerVersion } = context;
  const { holder, door } = command;
  if (memory.tickets.live(holder, atMs) !== undefined) return refused('TICKET_LIVE');
  const documented = isDocumented(door);
  const full = tooMany(memory, { holder, documented, isHold: holdMs > 0 }, ledgerVersion);
  if (full !== null) return full;
  const placed = place(memory, wanted.slice(0, 1), { holder, documented, atMs });
  const conflicts = placed.kind === 'conflicts' ? [...placed.conflicts] : [];
  conflicts.push(...undeclarable(memory, wanted, conflicts.length));
  if (placed.kind === 'conflicts' || conflicts.length > 0) return refusedFor('STOPS_UNAVAILABLE', conflicts);

  const id = reservationId(index);
  const { stops } = placed;
  const reservation = book(
    memory,
    { id, holder, documented, stops, holdMs, afterNoShow, waitId: '' },
    context,
  );
  const untilMs = atMs + TICKET_MS;
  // One whose time is over may still wait for its end.
  if (memory.tickets.table.has(holder)) memory.tickets.table.delete(holder);
  const claims = wanted.map((stop) => claimOf(memory, stop, atMs));
  memory.tickets.table.put({ holder, ticket: index, reservationId: id, untilMs, stops: claims });
  return {
    kind: 'trip-declared',
    reservationId: id,
    ticket: index,
    ticketUntilMs: untilMs,
    stops: bookedStops(reservation),
  };
}

function faultOf({ stops, holdMs }: OperationOf<'declare-trip'>): string | null {
  if (!isWithin(stops.length, 1, TICKET_STOPS_MAX)) return `a trip declares 1 to ${TICKET_STOPS_MAX} stops`;
  return holdFault(holdMs) ?? wantedFault(stops);
}

/** Why stops from the one at `from` on cannot be declared. Whether they are free is not asked: they may become so. */
function undeclarable(memory: Memory, wanted: readonly WantedPoint[], from: number): readonly Conflict[] {
  const conflicts: Conflict[] = [];
  const claims = new Map<string, number>();
  wanted.forEach(({ pointId }, stop) => {
    const point = memory.points.get(pointId);
    const claimed = claims.get(pointId) ?? memory.tickets.claimsAt(pointId);
    claims.set(pointId, claimed + 1);
    if (stop < from) return;
    if (point === undefined || point.leaving) conflicts.push({ stop, pointId, reason: 'UNKNOWN_POINT' });
    else if (claimed >= TICKET_WINDOWS_PER_POINT_MAX) {
      conflicts.push({ stop, pointId, reason: 'POINT_PRIORITY' });
    }
  });
  return conflicts;
}

/** As it would be booked today, with the buffer after it. */
function claimOf(memory: Memory, { pointId, startMs, durationMs }: WantedPoint, atMs: number): TicketStop {
  const { company } = memory.points.get(pointId)!;
  const fromMs = startMs === 'now' ? atMs : startMs;
  return { pointId, startMs: fromMs, endMs: fromMs + durationMs + policyOf(memory, company).bufferMs };
}
