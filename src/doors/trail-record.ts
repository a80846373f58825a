/**
 * A record of the audit trail as the doors read it: the text that `src/ledger/audit.ts` wrote, as data again.
 */
import type { Door, Operation } from '../ledger/command.js';
import type { LedgerEvent } from '../ledger/event.js';
import type { Result } from '../ledger/result.js';

export interface ReadRecord {
  /** Of the entry. */
  readonly index: number;
  /** Its ledger time. */
  readonly atMs: number;
  /** Of the command; '' for the ledger's own. */
  readonly holder: string;
  readonly door: Door;
  /** The company whose node took the request; '' for the ledger's own. */
  readonly originCompany: string;
  readonly traceId: string;
  readonly kind: Operation['kind'];
  readonly result: Result;
  readonly events: readonly LedgerEvent[];
}

/** The text is this replica's own and chained by its hash, so that its shape is not doubted. */
export function readRecord({ text }: { readonly text: string }): ReadRecord {
  return JSON.parse(text) as ReadRecord;
}
