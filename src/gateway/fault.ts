/**
 * What a v1 route throws instead of an answer: a row of the table of outcomes, with what is particular to this
 * occurrence. Nothing else that is thrown tells a caller more than the table does.
 */
import { CONFLICT_WORDS } from '../doors/conflict-words.js';
import { detailText } from '../doors/detail-text.js';
import { type OutcomeCode, outcomeOf } from '../doors/outcomes.js';
import type { Conflict, Result } from '../ledger/result.js';

export type Refusal = Extract<Result, { kind: 'refused' }>;

/** One thing that is wrong with a request: where in its body (RFC 6901), or in which parameter or header. */
export type InputError =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string };

/** Why one stop could not be had. `pointId` is null where the request left the choice of the point to the ledger. */
export interface ProblemConflict {
  readonly stop: number;
  readonly pointId: string | null;
  readonly reason: Conflict['reason'];
  readonly detail: string;
}

/** Members that a problem has beyond those of RFC 9457. */
export interface ProblemMembers {
  readonly errors?: readonly InputError[];
  readonly conflicts?: readonly ProblemConflict[];
}

export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly code: OutcomeCode,
    detail: string,
    readonly members: ProblemMembers = {},
  ) {
    super(detail);
  }
}

/** Input that does not fit what the route declares; at least one error. */
export function invalidInput(errors: readonly InputError[]): Fault {
  const [first] = errors;
  const where = first === undefined ? '' : 'pointer' in first ? first.pointer : first.parameter;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new Fault('BAD_REQUEST', `${where || 'the body'}: ${first?.detail}${more}`, { errors });
}

/** There is no such thing, in the words of the route that looked for it. */
export function notFound(what: string): Fault {
  return new Fault('NOT_FOUND', `There is no such ${what}.`);
}

/** A refusal of the ledger as v1 says it: the row's sentence, the ledger's own detail, every stop at fault. */
export function refusalFault({ reason, detail, conflicts }: Refusal): Fault {
  const { english } = outcomeOf(reason);
  const words = detail === '' ? english : `${english.replace(/\.$/, '')}: ${detailText(detail)}.`;
  return new Fault(reason, words, conflicts.length === 0 ? {} : { conflicts: conflicts.map(conflictOf) });
}

function conflictOf({ stop, pointId, reason }: Conflict): ProblemConflict {
  return { stop, pointId: pointId === '' ? null : pointId, reason, detail: CONFLICT_WORDS[reason].english };
}
