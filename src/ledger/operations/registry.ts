/** Which operation does what: one line each. */
import type { Operation, OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import { acknowledge } from './acknowledge.js';
import { budgetOf } from './budget.js';
import { cancel } from './cancel.js';
import { change } from './change.js';
import { confirm } from './confirm.js';
import type { Context } from './context.js';
import { declareTrip } from './declare-trip.js';
import { deletePoint } from './delete-point.js';
import { deleteRoute } from './delete-route.js';
import { displaceStop } from './displace-stop.js';
import { expire } from './expire.js';
import { extendHold } from './extend-hold.js';
import { finishStop } from './finish-stop.js';
import { joinWaitlist } from './join-waitlist.js';
import { leaveWaitlist } from './leave-waitlist.js';
import { offerFreed } from './offers.js';
import { prune } from './prune.js';
import { raiseVersion } from './raise-version.js';
import { registerCompany, registerPoint, registerRoute } from './register.js';
import { release } from './release.js';
import { removeCompany } from './remove-company.js';
import { reportStatus } from './report-status.js';
import { reserve } from './reserve.js';
import { setPolicy } from './set-policy.js';
import { setSchedule } from './set-schedule.js';
import { shift } from './shift.js';
import { startStop } from './start-stop.js';
import { substitute } from './substitute.js';

/** Decides an operation that was let in. A refusal has changed nothing. */
type Decide<O extends Operation> = (memory: Memory, operation: O, context: Context) => Result;

const DECISIONS: { readonly [K in Operation['kind']]: Decide<OperationOf<K>> } = {
  'register-company': registerCompany,
  'register-point': registerPoint,
  'register-route': registerRoute,
  reserve,
  release,
  expire,
  'raise-version': raiseVersion,
  confirm,
  'extend-hold': extendHold,
  cancel,
  change,
  shift,
  'start-stop': startStop,
  'finish-stop': finishStop,
  'declare-trip': declareTrip,
  'join-waitlist': joinWaitlist,
  'leave-waitlist': leaveWaitlist,
  acknowledge,
  prune,
  substitute,
  'displace-stop': displaceStop,
  'set-policy': setPolicy,
  'set-schedule': setSchedule,
  'report-status': reportStatus,
  'delete-point': deletePoint,
  'delete-route': deleteRoute,
  'remove-company': removeCompany,
};

/**
 * Executes the operation of a command that was let in, and offers what it made free to who waits for it. A refusal has
 * changed nothing.
 */
export function execute(memory: Memory, context: Context): Result {
  const { operation } = context.command;
  // The key is the operation's own kind, so what stands there takes such an operation.
  const decide = DECISIONS[operation.kind] as Decide<Operation>;
  const result = decide(memory, operation, context);
  // Time asks the waiting list itself, as one of the things that are due.
  if (result.kind !== 'refused' && operation.kind !== 'expire') {
    offerFreed(memory, context, budgetOf(context.ledgerVersion));
  }
  return result;
}
