/** Which operation follows which rule: one line each. An operation of the ledger that has none here does not compile. */
import type { Operation } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import { cancel, displaceStop } from './cancel.js';
import { change } from './change.js';
import type { Context } from './context.js';
import { confirm, extendHold } from './holds.js';
import { VERSION_JUDGED, withoutRule } from './judged.js';
import { allOffers, askWaiting } from './offers.js';
import { deletePoint, deleteRoute, removeCompany, reportStatus, setPolicy, setSchedule } from './owner.js';
import { refused } from './refused.js';
import { registerCompany, registerPoint, registerRoute } from './register.js';
import { release } from './release.js';
import { reserve } from './reserve.js';
import { shift } from './shift.js';
import { finishStop, startStop } from './standing.js';
import type { LedgerState } from './state.js';
import { substitute } from './substitute.js';
import { expire, prune } from './time.js';
import { acknowledge, declareTrip, joinWaitlist, leaveWaitlist } from './wishes.js';

/** What the operation comes to; a refusal has changed nothing. Throws an Error('run: …') where no rule says it. */
export function decide(ledger: LedgerState, operation: Operation, context: Context): Result {
  const result = ruleOf(ledger, operation, context);
  // What the operation freed is offered in its own entry; time does so among the things that are due.
  if (result.kind !== 'refused' && operation.kind !== 'expire') askWaiting(ledger, allOffers());
  return result;
}

function ruleOf(ledger: LedgerState, operation: Operation, context: Context): Result {
  switch (operation.kind) {
    case 'register-company':
      return registerCompany(ledger, operation, context);
    case 'register-point':
      return registerPoint(ledger, operation, context);
    case 'register-route':
      return registerRoute(ledger, operation, context);
    case 'reserve':
      return reserve(ledger, operation, context);
    case 'release':
      return release(ledger, operation, context);
    case 'confirm':
      return confirm(ledger, operation, context);
    case 'extend-hold':
      return extendHold(ledger, operation, context);
    case 'cancel':
      return cancel(ledger, operation, context);
    case 'change':
      return change(ledger, operation, context);
    case 'shift':
      return shift(ledger, operation, context);
    case 'substitute':
      return substitute(ledger, operation, context);
    case 'start-stop':
      return startStop(ledger, operation, context);
    case 'finish-stop':
      return finishStop(ledger, operation, context);
    case 'displace-stop':
      return displaceStop(ledger, operation, context);
    case 'declare-trip':
      return declareTrip(ledger, operation, context);
    case 'join-waitlist':
      return joinWaitlist(ledger, operation, context);
    case 'leave-waitlist':
      return leaveWaitlist(ledger, operation, context);
    case 'acknowledge':
      return acknowledge(ledger, operation, context);
    case 'set-policy':
      return setPolicy(ledger, operation, context);
    case 'set-schedule':
      return setSchedule(ledger, operation, context);
    case 'report-status':
      return reportStatus(ledger, operation, context);
    case 'delete-point':
      return deletePoint(ledger, operation, context);
    case 'delete-route':
      return deleteRoute(ledger, operation, context);
    case 'remove-company':
      return removeCompany(ledger, context);
    case 'expire':
      return expire(ledger);
    case 'prune':
      return prune(ledger);
    case 'raise-version': {
      const { ledgerVersion } = operation;
      if (!Number.isSafeInteger(ledgerVersion)) return refused('INVALID');
      if (ledgerVersion < ledger.ledgerVersion) return refused('INVALID');
      // All that comes after it would follow rules that are not here.
      if (ledgerVersion > VERSION_JUDGED) throw withoutRule(`ledger version ${ledgerVersion}`);
      ledger.ledgerVersion = ledgerVersion;
      return { kind: 'version-raised', ledgerVersion };
    }
    default:
      operation satisfies never;
      throw withoutRule(context.command.operation.kind);
  }
}
