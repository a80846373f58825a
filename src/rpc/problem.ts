/**
 * What a call is answered with that was not carried out: a row of the table of outcomes, with what is particular to this
 * occurrence. A value, not an Error: refusals are answers like others, and many.
 */
import { BadRequest } from '../doors/bad-request.js';
import { detailText } from '../doors/detail-text.js';
import { OUTCOMES, type OutcomeCode, outcomeOf } from '../doors/outcomes.js';
import type { Answer, Conflict, RefusalReason, Result } from '../ledger/result.js';
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import type { Submission } from '../replica/mesh.js';
import { FieldFault } from './field-fault.js';

interface Particulars {
  readonly conflicts?: readonly Conflict[];
  /** The field that cannot be read. */
  readonly fault?: FieldFault;
  /** The key to ask again with, where the outcome is unknown. */
  readonly requestKey?: string;
  /** The entry that refused it. */
  readonly entry?: Pick<Answer, 'index' | 'atMs'>;
}

export class Problem {
  constructor(
    readonly code: OutcomeCode,
    /** For people, in English; the row's own words where there are no better ones. */
    readonly message: string = outcomeOf(code).english,
    readonly particulars: Particulars = {},
  ) {}
}

/** What stands in the place of a message that cannot be read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** The ledger decided against it. */
export function refusal(answer: Answer, result: Extract<Result, { readonly kind: 'refused' }>): Problem {
  const { reason, detail, conflicts } = result;
  const { english } = outcomeOf(reason);
  const message = detail === '' ? english : `${english.replace(/\.$/, '')}: ${detailText(detail)}.`;
  return new Problem(reason, message, { conflicts, entry: answer });
}

/** A door decided against it, in the words of the ledger's own refusal. */
export function refusedAtDoor(reason: RefusalReason): Problem {
  return new Problem(reason);
}

export function notFound(what: string): Problem {
  return new Problem('NOT_FOUND', `There is no such ${what}.`);
}

/** What was thrown while a request was read or asked about. INTERNAL for what nobody foresaw, which is logged. */
export function thrown(error: unknown, logger: Logger, traceId: string): Problem {
  if (error instanceof Unreadable) return error.problem;
  if (error instanceof FieldFault) return new Problem('BAD_REQUEST', error.message, { fault: error });
  if (error instanceof BadRequest) return new Problem('BAD_REQUEST', error.message);
  // Nothing was proposed, so that no outcome is unknown.
  if (error instanceof Failure)
    return new Problem(error.code === 'DEADLINE_EXCEEDED' ? 'UNAVAILABLE' : error.code);
  logger.error({ err: error, trace: traceId }, 'a request met a bug');
  return new Problem('INTERNAL');
}

/** What was thrown by a submission under `requestKey`. */
export function thrownBySubmission(
  error: unknown,
  { requestKey, traceId }: Pick<Submission, 'requestKey' | 'traceId'>,
  logger: Logger,
): Problem {
  const code = error instanceof Failure ? error.code : 'INTERNAL';
  if (code === 'INTERNAL') logger.error({ err: error, trace: traceId }, 'a request met a bug');
  const isUnknown = code === 'DEADLINE_EXCEEDED' || code === 'INTERNAL';
  return new Problem(code, undefined, isUnknown ? { requestKey } : {});
}

/** For programs, in capitals, and stable for ever: a refusal's own reason, of others the problem type that REST has. */
export function reasonOf(code: OutcomeCode): string {
  return REASONS[code];
}

const REASONS = Object.fromEntries(
  Object.entries(OUTCOMES).map(([code, { slug }]) => [code, slug.toUpperCase().replaceAll('-', '_')]),
) as Readonly<Record<OutcomeCode, string>>;
