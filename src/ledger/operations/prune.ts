/** Reservations that ended long ago leave memory, in the order of (end, id). The audit trail keeps what they were. */
import type { OperationOf } from '../command.js';
import { PRUNED_PER_ENTRY_MAX, PRUNED_STOPS_PER_ENTRY_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';

/** Removes those that may go at the entry's ledger time, a bounded number; what is left may go at once after. */
export function prune(memory: Memory, _: OperationOf<'prune'>, { atMs }: Context): Result {
  let reservations = 0;
  let stops = 0;
  while (reservations < PRUNED_PER_ENTRY_MAX) {
    const ended = memory.reservations.prunable(atMs);
    if (ended === undefined) break;
    stops += ended.stops.length;
    if (stops > PRUNED_STOPS_PER_ENTRY_MAX) break;
    memory.reservations.table.delete(ended.id);
    reservations += 1;
  }
  return { kind: 'pruned', reservations };
}
