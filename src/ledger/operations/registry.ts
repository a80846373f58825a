/**
 * Which operation does what: one line each. An operation that has no line here is one that this program does not
 * execute: it counts as one of a version to come, so that neither a leader nor `apply` takes it.
 */
import type { Operation, OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import { LEDGER_VERSION, versionOf } from '../version.js';
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

type Decisions = { readonly [K in Operation['kind']]: Decide<OperationOf<K>> };

const DECISIONS = {
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
} as const satisfies Partial<Decisions>;

/** The ledger version that an operation needs: beyond `LEDGER_VERSION` for one that is not executed here. */
export function versionNeeded(operation: Operation): number {
  return operation.kind in DECISIONS ? versionOf(operation) : LEDGER_VERSION + 1;
}

/**
 * Executes the operation of a command that was let in, and offers what it made free to who waits for it. A refusal has
 * changed nothing.
 */
export function execute(memory: Memory, context: Context): Result {
  const { operation } = context.command;
  const decisions: Readonly<Partial<Record<Operation['kind'], unknown>>> = DECISIONS;
  // The key is the operation's own kind, so what stands there takes such an operation.
  const decide = decisions[operation.kind] as Decide<Operation> | undefined;
  if (decide === undefined)
    throw new Error(`assertion: ${operation.kind} was let in and is not executed here`);
  const result = decide(memory, operation, context);
  // Time asks the waiting list itself, as one of the things that are due.
  if (result.kind !== 'refused' && operation.kind !== 'expire') {
    offerFreed(memory, context, budgetOf(context.ledgerVersion));
  }
  return result;
}
