/** What time does when a deadline has come: one line for each kind of row that has deadlines. */
import type { Memory } from '../memory.js';
import { type Budget, spendStops } from './budget.js';
import type { Context } from './context.js';
import { offerFreed } from './offers.js';
import { pointDue } from './point-due.js';
import { reservationDue } from './reservation-due.js';

/** Deals with a deadline of the row with this id, so that it is none any more; false when the budget ends first. */
type Due = (memory: Memory, id: string, context: Context, budget: Budget) => boolean;

const DUE: Readonly<Record<string, Due>> = {
  'f:': freedDue,
  'n:': noticeDue,
  't:': ticketDue,
  'p:': pointDue,
  'v:': reservationDue,
  'w:': waitDue,
};

/** Deals with the deadline of a row. False when the budget does not reach: it is due at once again. */
export function dealWith(memory: Memory, key: string, context: Context, budget: Budget): boolean {
  const due = DUE[key.slice(0, 2)];
  if (due === undefined) throw new Error(`assertion: nothing deals with the deadline of ${key}`);
  return due(memory, key.slice(2), context, budget);
}

/** Who waits is asked about this window, and with it about all others that are free. */
function freedDue(memory: Memory, id: string, context: Context, budget: Budget): boolean {
  offerFreed(memory, context, budget);
  return !memory.freed.has(id);
}

/** A notice that nobody acknowledged has been open for long enough. */
function noticeDue(memory: Memory, id: string): boolean {
  memory.notices.table.delete(id);
  return true;
}

/** A ticket's time is over. Who was passed over because of it is asked again. */
function ticketDue(memory: Memory, holder: string, _: Context, budget: Budget): boolean {
  // Each of its windows is to be asked about.
  if (!spendStops(budget, memory.tickets.table.get(holder)!.stops.length)) return false;
  memory.tickets.table.delete(holder);
  return true;
}

/** The first window of a wish has begun, and no offer is open: there is nothing to wait for any more. */
function waitDue(memory: Memory, waitId: string, { index, atMs }: Context, budget: Budget): boolean {
  const { holder, stops } = memory.waits.table.get(waitId)!;
  // It leaves a line for each.
  if (!spendStops(budget, stops.length)) return false;
  memory.waits.table.delete(waitId);
  memory.notices.tell({ holder, notice: 'wait-ended', waitId }, index, atMs);
  return true;
}
