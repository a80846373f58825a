/** How a client reaches nodes: a door, and what it can be asked. */
import type { Door } from '../../src/ledger/command.js';
import type { MeshCall, QueryCall } from '../checker/mesh-history.js';
import type { NodeProcess } from '../support/node-process.js';
import type { Heard } from './recorder.js';

export interface Way {
  /** What the ledger is told of where a command came in; a documented one may name another door. */
  readonly door: Door;
  /** Whether an attempt's trace id reaches the log. */
  readonly traces: boolean;
  /** What a holder may look at here. */
  queries(holder: string): readonly QueryCall[];
  /**
   * One attempt at one node, of at most `timeoutMs`. Rejects when the answer is none that a sound request may get.
   */
  ask(node: NodeProcess, call: MeshCall, holder: string, timeoutMs: number): Promise<Heard>;
  close(): Promise<void>;
}
