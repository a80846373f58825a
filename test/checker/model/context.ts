/** The entry that a rule decides; its ledger time is the state's `nowMs`. */
import type { Command, Operation } from '../../../src/ledger/command.js';

export interface Context {
  readonly index: number;
  readonly command: Command;
}

/** The operation of one kind. */
export type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;
