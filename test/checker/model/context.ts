/** The entry that a rule decides; its ledger time is the state's `nowMs`. */
import type { Command } from '../../../src/ledger/command.js';
import type { JudgedOperation } from './judged.js';

export interface Context {
  readonly index: number;
  readonly command: Command;
}

/** The operation of one kind that has a rule. */
export type OperationOf<K extends JudgedOperation['kind']> = Extract<JudgedOperation, { kind: K }>;
