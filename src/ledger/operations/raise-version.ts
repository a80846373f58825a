/**
 * The gate of `apply` opens for commands of a newer version once all voters understand it; it never closes.
 * A replica that meets a version it does not understand must stop: newer ones go on by rules that it lacks.
 */
import type { OperationOf } from '../command.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { LEDGER_VERSION } from '../version.js';
import type { Context } from './context.js';

/** Raises the mesh's ledger version. Throws (the process must end) beyond the newest known here. */
export function raiseVersion(
  memory: Memory,
  { ledgerVersion }: OperationOf<'raise-version'>,
  _: Context,
): Result {
  if (!Number.isSafeInteger(ledgerVersion)) return refused('INVALID', 'a ledger version is a whole number');
  if (ledgerVersion < memory.ledgerVersion) {
    return refused('INVALID', `the ledger version is ${memory.ledgerVersion} and never goes down`);
  }
  if (ledgerVersion > LEDGER_VERSION) {
    throw new Error(
      `the mesh runs ledger version ${ledgerVersion}, this program understands ${LEDGER_VERSION}: install a newer one`,
    );
  }
  memory.ledgerVersion = ledgerVersion;
  return { kind: 'version-raised', ledgerVersion };
}
