/** Of an operation that is decided: which entry, when, on whose behalf. */
import type { Command } from '../command.js';

export interface Context {
  readonly index: number;
  /** Ledger time of the entry. */
  readonly atMs: number;
  readonly command: Command;
  /** That the mesh runs. */
  readonly ledgerVersion: number;
}
