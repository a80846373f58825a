/** The waiting list (rule 11): who is asked when something is free, and what becomes of an offer that is not taken. */
import type { Freed, Stop, Wait } from '../../../src/ledger/state.js';
import { markFreed, tell } from './happens.js';
import { MISSES_MAX, OFFER_MS, OFFERS_PER_ENTRY_MAX, WISHES_PER_ENTRY_MAX } from './limits.js';
import { costOf, lineAt } from './lines.js';
import { book } from './new-reservation.js';
import { byText } from './order.js';
import { type Asking, place } from './placing.js';
import { allStops, type StopsLeft } from './points.js';
import { byTurn, type LedgerState } from './state.js';
import { heldWindow, overlap } from './stops.js';

/** What an entry may still do of it. */
export interface OffersLeft extends StopsLeft {
  offers: number;
  wishes: number;
}

export function allOffers(): OffersLeft {
  return { offers: OFFERS_PER_ENTRY_MAX, wishes: WISHES_PER_ENTRY_MAX, ...allStops() };
}

/** Asks all who wait at points with freed windows, together and by turn, as far as the entry may go. */
export function askWaiting(ledger: LedgerState, left: OffersLeft): void {
  const taken: Freed[] = [];
  const asked = new Map<string, Wait>();
  const inOrder = [...ledger.freed.values()].sort(
    (a, b) => a.sinceMs - b.sinceMs || byText(a.pointId, b.pointId),
  );
  for (const freed of left.offers > 0 ? inOrder : []) {
    const line = lineAt(ledger, ledger.points.get(freed.pointId)!).filter(({ id }) => !asked.has(id));
    const cost = Math.max(
      1,
      line.reduce((sum, wish) => sum + costOf(wish), 0),
    );
    // A fresh entry looks at a line whatever it costs.
    if (cost > left.wishes && left.wishes < WISHES_PER_ENTRY_MAX) break;
    left.wishes = Math.max(0, left.wishes - cost);
    ledger.freed.delete(freed.pointId);
    taken.push(freed);
    for (const wish of line) asked.set(wish.id, wish);
  }
  for (const wish of [...asked.values()].sort(byTurn)) {
    if (left.offers === 0 || left.stops < wish.stops.length) {
      for (const freed of taken) ledger.freed.set(freed.pointId, freed);
      return;
    }
    const stops = hadBy(ledger, wish);
    if (stops === null) continue;
    left.offers -= 1;
    left.stops -= stops.length;
    offer(ledger, wish, stops, OFFERS_PER_ENTRY_MAX - left.offers);
  }
}

/** The wish's offer ran out or was declined; so many misses end it. */
export function missOffer(ledger: LedgerState, waitId: string): void {
  const wait = ledger.waits.get(waitId);
  if (wait === undefined) return;
  const missedOffers = wait.missedOffers + 1;
  if (missedOffers === MISSES_MAX) {
    ledger.waits.delete(waitId);
    tell(ledger, { id: '', holder: wait.holder }, 'wait-ended', { waitId });
    return;
  }
  ledger.waits.set(waitId, { ...wait, turn: ledger.index, offer: '', missedOffers });
  // It was not asked about anything else while it had its offer.
  for (const stop of ledger.reservations.get(wait.offer)?.stops ?? []) {
    markFreed(ledger, stop.pointId, stop.startMs, heldWindow(stop).endMs);
  }
  for (const { pointId, startMs, durationMs } of wait.stops) {
    if (startMs !== 'now') markFreed(ledger, pointId, startMs, startMs + durationMs);
  }
}

/** The whole wish, if it can be had and is not taken from a line that is still to be asked and begins with another. */
function hadBy(ledger: LedgerState, { id, holder, stops }: Wait): readonly Stop[] | null {
  const asking: Asking = { holder, documented: false, waived: ['freed'] };
  const placed = place(ledger, stops, asking);
  if ('conflicts' in placed) return null;
  const isFirst = placed.stops.every((stop) => {
    const freed = ledger.freed.get(stop.pointId);
    if (freed === undefined || !overlap(freed, { startMs: stop.startMs, endMs: heldWindow(stop).endMs }))
      return true;
    return lineAt(ledger, ledger.points.get(stop.pointId)!)[0]?.id === id;
  });
  return isFirst ? placed.stops : null;
}

function offer(ledger: LedgerState, wait: Wait, stops: readonly Stop[], number: number): void {
  const { id: waitId, holder, afterNoShow } = wait;
  const id = `r${ledger.index}.${number}`;
  book(ledger, { id, holder, documented: false, stops, holdMs: OFFER_MS, afterNoShow, waitId });
  ledger.waits.set(waitId, { ...wait, offer: id });
  tell(ledger, { id, holder }, 'wait-offered', { waitId });
}
