/** The entry that a rule decides; its index and ledger time are the state's `index` and `nowMs`. */
import type { Command } from '../../../src/ledger/command.js';

export interface Context {
  readonly command: Command;
}
