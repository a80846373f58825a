/** A holder waits until all that it wants is free at once (rule 11). */
import { isWithin } from '../checks.js';
import type { OperationOf, WantedStop } from '../command.js';
import { freeAgainMs } from '../lifecycle.js';
import { WAIT_STOPS_MAX, WAITS_PER_HOLDER_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { place } from '../placement.js';
import { refused, refusedFor } from '../refusal.js';
import type { Result } from '../result.js';
import { wantedFault } from '../wanted.js';
import type { Context } from './context.js';

/** Puts a wish on the waiting list, which is asked at once when all of it is free already. */
export function joinWaitlist(
  memory: Memory,
  { stops, afterNoShow }: OperationOf<'join-waitlist'>,
  { index, atMs, command }: Context,
): Result {
  const fault = faultOf(stops);
  if (fault !== null) return refused('INVALID', fault);
  const { holder } = command;
  if (memory.waits.countOf(holder) >= WAITS_PER_HOLDER_MAX) return refused('TOO_MANY_WAITS');
  if (!memory.waits.hasRoom(stops)) return refused('WAITLIST_FULL');
  const asking = { holder, documented: false, atMs };
  // What a freed window, or time, would not cure is told now rather than never.
  const hopes = place(memory, stops, { ...asking, waive: ['status', 'taken', 'ticket', 'freed'] });
  if (hopes.kind === 'conflicts') return refusedFor('STOPS_UNAVAILABLE', hopes.conflicts);

  const waitId = `w${index}`;
  const endsAtMs = Math.min(...hopes.stops.map(({ startMs }) => startMs));
  memory.waits.table.put({
    id: waitId,
    holder,
    turn: index,
    stops,
    afterNoShow,
    offer: '',
    missedOffers: 0,
    endsAtMs,
  });
  const placed = place(memory, stops, { ...asking, waive: ['freed'] });
  if (placed.kind === 'had') {
    // Who waits here longer is asked before.
    for (const stop of placed.stops) memory.markFreed(stop.pointId, stop.startMs, freeAgainMs(stop));
  }
  return { kind: 'waiting', waitId, endsAtMs };
}

function faultOf(stops: readonly WantedStop[]): string | null {
  if (!isWithin(stops.length, 1, WAIT_STOPS_MAX)) return `a wish has 1 to ${WAIT_STOPS_MAX} stops`;
  if (stops.some(({ startMs }) => startMs === 'now')) return 'who waits says when a window starts';
  return wantedFault(stops);
}
