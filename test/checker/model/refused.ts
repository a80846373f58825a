/** Refusals as the model makes them: without the sentence for people, which is not compared. */
import type { Conflict, RefusalReason, Result } from '../../../src/ledger/result.js';

export function refused(reason: RefusalReason, conflicts: readonly Conflict[] = []): Result {
  return { kind: 'refused', reason, conflicts, detail: '' };
}
