/** What the model can judge, and which version of the ledger each operation needs. */
import type { Operation } from '../../../src/ledger/command.js';

/** The newest ledger version whose rules the model knows. */
export const VERSION_JUDGED = 2;

const FIRST_KINDS: readonly Operation['kind'][] = [
  'register-company',
  'register-point',
  'register-route',
  'release',
  'expire',
  'raise-version',
];

/** The version that an operation needs: a command that says a lower one is refused. */
export function versionOf(operation: Operation): number {
  if (FIRST_KINDS.includes(operation.kind)) return 1;
  if (operation.kind !== 'reserve') return 2;
  const isFirst =
    operation.afterNoShow === undefined && operation.stops.every(({ site }) => site === undefined);
  return isFirst ? 1 : 2;
}

/** The error of a run that cannot be judged because of `what`. */
export function withoutRule(what: string): Error {
  return new Error(`run: the model has no rule for ${what}`);
}
