/** Of an operation that is decided: which entry, when, on whose behalf. */
import type { Command, Operation } from '../command.js';

export interface Context {
  readonly index: number;
  /** Ledger time of the entry. */
  readonly atMs: number;
  readonly command: Command;
}

/** The operation of one kind. */
export type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;
