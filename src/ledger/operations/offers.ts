/**
 * The waiting list (rule 11): who is asked when a window becomes free, and what becomes of an offer.
 *
 * 1. All wishes that wait at freed points are asked together, oldest turn first, so that whoever could have all that it
 *    wants is served before who came later, whatever else they want.
 * 2. Work is bounded: a point's line is looked at whole or, when the entry has done enough, by a later entry. Until then
 *    its window is closed to others, except to who comes first in that line, too: the oldest wish is never overtaken.
 * 3. A missed offer puts a wish behind all that wait: nobody who answers is starved by one who does not.
 */
import { freeAgainMs } from '../lifecycle.js';
import {
  MISSED_OFFERS_MAX,
  OFFER_HOLD_MS,
  OFFERS_PER_ENTRY_MAX,
  WAITS_EXAMINED_PER_ENTRY_MAX,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { placeAll } from '../placement.js';
import { reservationId } from '../reservation-id.js';
import type { Freed, Stop, Wait } from '../state.js';
import { compareTurns, costOf } from '../waits.js';
import { book } from './book.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';

/** Offers what became free to who waits for it, as far as the budget reaches. */
export function offerFreed(memory: Memory, context: Context, budget: Budget): void {
  const { freed, wishes } = takeFreed(memory, budget);
  for (const wish of wishes) {
    if (budget.offers === 0 || wish.stops.length > budget.stops) {
      // Not all have been asked. Those who could not be offered anything are asked again with the others.
      for (const window of freed) memory.freed.put(window);
      return;
    }
    const stops = hadBy(memory, wish, context.atMs);
    if (stops === null) continue;
    offer(memory, wish, stops, OFFERS_PER_ENTRY_MAX - budget.offers + 1, context);
    budget.offers -= 1;
    budget.stops -= stops.length;
  }
}

/** The holder has what it waited for: the wish leaves the waiting list. */
export function accepted(memory: Memory, waitId: string): void {
  if (memory.waits.table.has(waitId)) memory.waits.table.delete(waitId);
}

/** The offer ran out or was declined, and its stops are free: the wish has missed it. The last miss that it may have ends it. */
export function missedOffer(memory: Memory, waitId: string, { index, atMs }: Context): void {
  const wait = memory.waits.table.get(waitId);
  if (wait === undefined) return;
  const missedOffers = wait.missedOffers + 1;
  if (missedOffers < MISSED_OFFERS_MAX) {
    memory.waits.table.put({ ...wait, turn: index, offer: '', missedOffers });
    markForAll(memory, wait);
    return;
  }
  memory.waits.table.delete(waitId);
  memory.notices.tell({ holder: wait.holder, notice: 'wait-ended', waitId }, index, atMs);
}

/** While a wish had its offer nobody asked it about other windows, and perhaps nobody else waited for these. */
function markForAll(memory: Memory, wait: Wait): void {
  for (const stop of memory.reservation(wait.offer)?.stops ?? []) {
    memory.markFreed(stop.pointId, stop.startMs, freeAgainMs(stop));
  }
  for (const { pointId, startMs, durationMs } of wait.stops) {
    if (startMs !== 'now') memory.markFreed(pointId, startMs, startMs + durationMs);
  }
}

/** Takes freed windows off the list, first those that became free first, and gives all who wait at their points. */
function takeFreed(
  memory: Memory,
  budget: Budget,
): { readonly freed: readonly Freed[]; readonly wishes: readonly Wait[] } {
  const freed: Freed[] = [];
  const wishes = new Map<string, Wait>();
  while (budget.offers > 0) {
    const first = memory.freedInOrder.first();
    if (first === undefined) break;
    const line = memory.waits.waitingAt(memory.points.get(first.id)!).filter(({ id }) => !wishes.has(id));
    const cost = line.reduce((sum, { stops }) => sum + costOf(stops), 0);
    const work = Math.max(1, cost);
    // A point's line and its site's may together cost twice what an entry may spend: they are one entry's alone.
    if (work > budget.wishes && budget.wishes < WAITS_EXAMINED_PER_ENTRY_MAX) break;
    budget.wishes = Math.max(0, budget.wishes - work);
    freed.push(memory.freed.delete(first.id));
    for (const wish of line) wishes.set(wish.id, wish);
  }
  return { freed, wishes: [...wishes.values()].sort(compareTurns) };
}

/** All that is wished for, when it is the wish's turn to have it; else null. */
function hadBy(memory: Memory, { id, holder, stops }: Wait, atMs: number): readonly Stop[] | null {
  const had = placeAll(memory, stops, { holder, documented: false, atMs, waive: ['freed'] });
  if (had === null) return null;
  const isFirst = had.every((stop) => {
    const freed = memory.freed.get(stop.pointId);
    if (freed === undefined || freed.endMs <= stop.startMs || freeAgainMs(stop) <= freed.startMs) return true;
    return memory.waits.waitingAt(memory.points.get(stop.pointId)!)[0]!.id === id;
  });
  return isFirst ? had : null;
}

function offer(memory: Memory, wait: Wait, stops: readonly Stop[], number: number, context: Context): void {
  const { index, atMs } = context;
  const { id: waitId, holder, afterNoShow } = wait;
  const id = reservationId(index, number);
  book(memory, { id, holder, documented: false, stops, holdMs: OFFER_HOLD_MS, afterNoShow, waitId }, context);
  memory.waits.table.put({ ...wait, offer: id });
  memory.notices.tell({ holder, notice: 'wait-offered', reservationId: id, waitId }, index, atMs);
}
