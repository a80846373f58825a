/**
 * What the model can judge. The kinds of operations without a rule stand in one list, and each must be either there or
 * in `decide.ts`, never in both: who writes the rule takes its kind off the list, or nothing compiles.
 */
import type { Operation } from '../../../src/ledger/command.js';

/** The newest ledger version whose rules the model knows. */
export const VERSION_JUDGED = 1;

export const KINDS_WITHOUT_RULE = [
  'set-policy',
  'set-schedule',
  'report-status',
  'delete-point',
  'delete-route',
  'remove-company',
  'displace-stop',
  'confirm',
  'extend-hold',
  'cancel',
  'change',
  'shift',
  'substitute',
  'start-stop',
  'finish-stop',
  'declare-trip',
  'join-waitlist',
  'leave-waitlist',
  'acknowledge',
  'prune',
] as const satisfies readonly Operation['kind'][];

type KindWithoutRule = (typeof KINDS_WITHOUT_RULE)[number];

/** An operation that has a rule. */
export type JudgedOperation = Exclude<Operation, { readonly kind: KindWithoutRule }>;

/** The operation, if there is a rule for all that it says. Throws an Error('run: …') when there is none. */
export function judgedOperation(operation: Operation): JudgedOperation {
  if (!hasRule(operation)) throw withoutRule(operation.kind);
  if (operation.kind === 'reserve') {
    if (operation.afterNoShow !== undefined) throw withoutRule('reserve with afterNoShow');
    if (operation.stops.some(({ site }) => site !== undefined)) throw withoutRule('reserve with a site');
  }
  return operation;
}

/** The error of a run that cannot be judged because of `what`. */
export function withoutRule(what: string): Error {
  return new Error(`run: the model has no rule for ${what}`);
}

function hasRule(operation: Operation): operation is JudgedOperation {
  return !KINDS_WITHOUT_RULE.some((kind) => kind === operation.kind);
}
