/** What becomes of a wish on the waiting list when its offer is taken, or is not. */
import { MISSED_OFFERS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import type { Context } from './context.js';

/** The holder has what it waited for: the wish leaves the waiting list. */
export function accepted(memory: Memory, waitId: string): void {
  if (memory.waits.table.has(waitId)) memory.waits.table.delete(waitId);
}

/**
 * The offer ran out or was declined. The wish stands behind all that wait, so that nobody who answers is starved by one
 * who does not; the last miss that it may have ends it.
 */
export function missedOffer(memory: Memory, waitId: string, { index, atMs }: Context): void {
  const wait = memory.waits.table.get(waitId);
  if (wait === undefined) return;
  const missedOffers = wait.missedOffers + 1;
  if (missedOffers < MISSED_OFFERS_MAX) {
    memory.waits.table.put({ ...wait, turn: index, offer: '', missedOffers });
    return;
  }
  memory.waits.table.delete(waitId);
  memory.notices.tell({ holder: wait.holder, notice: 'wait-ended', waitId }, index, atMs);
}
