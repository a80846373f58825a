/**
 * Which operation follows which rule: one line each. An operation of the ledger without a line here does not compile,
 * and nothing is checked without its rule.
 */
import type { Operation } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Context } from './context.js';
import { expire } from './expire.js';
import { refused } from './refused.js';
import { registerCompany, registerPoint, registerRoute } from './register.js';
import { release } from './release.js';
import { reserve } from './reserve.js';
import type { LedgerState } from './state.js';

/** What the operation comes to; a refusal has changed nothing. */
export function decide(ledger: LedgerState, operation: Operation, context: Context): Result {
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
      ledger.ledgerVersion = ledgerVersion;
      return { kind: 'version-raised', ledgerVersion };
    }
    default:
      operation satisfies never;
      throw new Error(`the checker has no rule for ${JSON.stringify(operation)}`);
  }
}
