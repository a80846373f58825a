/**
 * Time acts, at the same entry on every replica, on what is due: in the order (deadline, key of the row), at most so
 * much an entry; what is left is due at once again.
 */
import type { OperationOf } from '../command.js';
import { ENDS_PER_EXPIRE_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import { budgetOf } from './budget.js';
import type { Context } from './context.js';
import { dealWith } from './due.js';

/** Deals with what is due at the entry's ledger time. */
export function expire(memory: Memory, _: OperationOf<'expire'>, context: Context): Result {
  const budget = budgetOf(memory.ledgerVersion);
  let ended = 0;
  while (ended < ENDS_PER_EXPIRE_MAX) {
    const due = memory.deadlines.due(context.atMs);
    if (due === undefined || !dealWith(memory, due.id, context, budget)) break;
    ended += 1;
  }
  return { kind: 'expired', ended };
}
