/**
 * The waiting list (rule 11): who is asked when a window becomes free, and what becomes of an offer.
 *
 * 1. All wishes that wait at freed points are asked together, oldest turn first, so that whoever could have all that it
 *    wants is served before who came later, whatever else they want.
 * 2. Work is bounded: a point's line is looked at whole or, when the entry has done enough, by a later entry. Until then
 *    its window is closed to others, except to who comes first in that line, too: the oldest wish is never overtaken.
 * 3. A missed offer puts a wish behind all that wait: nobody who answers is starved by one who does not.
 */
import type { WantedStop } from '../command.js';
import { freeAgainMs } from '../lifecycle.js';
import {
  MISSED_OFFERS_MAX,
  OFFER_HOLD_MS,
  OFFERS_PER_ENTRY_MAX,
  WAITS_EXAMINED_PER_ENTRY_MAX,
} from '../limits.js';
import type { Memory } from '../memory.js';
import { type Placing, place } from '../placement.js';
import { reservationId } from '../reservation-id.js';
import type { Freed, Stop, Wait } from '../state.js';
import { compareTurns } from '../waits.js';
import { book } from './book.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';

/** What a site counts for beside a wish, of an entry's budget of wishes. */
const SITE_COST = 16;

/** Offers what became free to who waits for it, as far as the budget reaches. */
export function offerFreed(memory: Memory, context: Context, budget: Budget): void {
  const { freed, wishes } = takeFreed(memory, budget);
  for (const wish of wishes) {
    if (budget.offers === 0) {
      // Not all have been asked. Those who could not be offered anything are asked again with the others.
      for (const window of freed) memory.freed.put(window);
      return;
    }
    const stops = hadBy(memory, wish, context.atMs);
    if (stops === null) continue;
    offer(memory, wish, stops, OFFERS_PER_ENTRY_MAX - budget.offers + 1, context);
    budget.offers -= 1;
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
    const cost = line.reduce((sum, wish) => sum + costOf(wish), 0);
    // A line that costs more than any entry may spend is one entry's alone.
    if (cost > budget.wishes && budget.wishes < WAITS_EXAMINED_PER_ENTRY_MAX) break;
    budget.wishes = Math.max(0, budget.wishes - Math.max(1, cost));
    freed.push(memory.freed.delete(first.id));
    for (const wish of line) wishes.set(wish.id, wish);
  }
  return { freed, wishes: [...wishes.values()].sort(compareTurns) };
}

/** How much of the budget it takes to look at a wish: a site may mean many points. */
function costOf({ stops }: Wait): number {
  return 1 + SITE_COST * stops.filter(({ site }) => site !== undefined).length;
}

/** All that is wished for, when it is the wish's turn to have it; else null. */
function hadBy(memory: Memory, { id, holder, stops }: Wait, atMs: number): readonly Stop[] | null {
  const asking: Placing = { holder, documented: false, atMs, waive: ['freed'] };
  const canHave = (stop: WantedStop) => place(memory, [stop], asking).kind === 'had';
  const isSite = ({ site }: WantedStop) => site !== undefined;
  // Most wishes fail by one stop, and what is named is looked at sooner than a site.
  if (!stops.every((stop) => isSite(stop) || canHave(stop))) return null;
  if (!stops.every((stop) => !isSite(stop) || canHave(stop))) return null;
  const placed = place(memory, stops, asking);
  if (placed.kind === 'conflicts') return null;
  const isFirst = placed.stops.every((stop) => {
    const freed = memory.freed.get(stop.pointId);
    if (freed === undefined || freed.endMs <= stop.startMs || freeAgainMs(stop) <= freed.startMs) return true;
    return memory.waits.waitingAt(memory.points.get(stop.pointId)!)[0]!.id === id;
  });
  return isFirst ? placed.stops : null;
}

function offer(memory: Memory, wait: Wait, stops: readonly Stop[], number: number, context: Context): void {
  const { index, atMs } = context;
  const { id: waitId, holder, afterNoShow } = wait;
  const id = reservationId(index, number);
  book(memory, { id, holder, documented: false, stops, holdMs: OFFER_HOLD_MS, afterNoShow, waitId }, context);
  memory.waits.table.put({ ...wait, offer: id });
  memory.notices.tell({ holder, notice: 'wait-offered', reservationId: id, waitId }, index, atMs);
}
