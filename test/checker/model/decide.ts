/**
 * Which operation follows which rule: one line each. An operation of the ledger that has neither a line here nor a place
 * in the list of those without a rule (`judged.ts`) does not compile, and nothing is checked without its rule.
 */
import type { Result } from '../../../src/ledger/result.js';
import type { Context } from './context.js';
import { expire } from './expire.js';
import { type JudgedOperation, VERSION_JUDGED, withoutRule } from './judged.js';
import { refused } from './refused.js';
import { registerCompany, registerPoint, registerRoute } from './register.js';
import { release } from './release.js';
import { reserve } from './reserve.js';
import type { LedgerState } from './state.js';

/** What the operation comes to; a refusal has changed nothing. Throws an Error('run: …') where no rule says it. */
export function decide(ledger: LedgerState, operation: JudgedOperation, context: Context): Result {
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
    case 'expire':
      return expire(ledger);
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
