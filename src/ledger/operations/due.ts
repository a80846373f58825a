/** What time does when a deadline has come: one line for each kind of row that has deadlines. */
import type { Memory } from '../memory.js';
import type { Budget } from './budget.js';
import type { Context } from './context.js';
import { reservationDue } from './reservation-due.js';

/** Deals with a deadline of the row with this id, so that it is none any more; false when the budget ends first. */
type Due = (memory: Memory, id: string, context: Context, budget: Budget) => boolean;

const DUE: Readonly<Record<string, Due>> = {
  'n:': noticeDue,
  'v:': reservationDue,
};

/** Deals with the deadline of a row. False, and nothing changed, when the budget does not reach. */
export function dealWith(memory: Memory, key: string, context: Context, budget: Budget): boolean {
  const due = DUE[key.slice(0, 2)];
  if (due === undefined) throw new Error(`assertion: nothing deals with the deadline of ${key}`);
  return due(memory, key.slice(2), context, budget);
}

/** A notice that nobody acknowledged has been open for long enough. */
function noticeDue(memory: Memory, id: string): boolean {
  memory.notices.table.delete(id);
  return true;
}
