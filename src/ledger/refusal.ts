/** How a refusal is made: a value like every other result. */
import type { Conflict, RefusalReason, Result } from './result.js';

export type Refused = Extract<Result, { kind: 'refused' }>;

/** A refusal whose reason says all, or with one sentence more. */
export function refused(reason: RefusalReason, detail = ''): Refused {
  return { kind: 'refused', reason, conflicts: [], detail };
}

/** A refusal that names every stop or point at fault. */
export function refusedFor(reason: RefusalReason, conflicts: readonly Conflict[]): Refused {
  return { kind: 'refused', reason, conflicts, detail: '' };
}
