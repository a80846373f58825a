/** Everything that is left of a run, for the checker: what clients saw, and what the nodes have in the end. */
import type { LedgerEntry } from '../../src/ledger/command.js';
import type { MeshEvent } from './mesh-history.js';

export interface LoggedEntry {
  readonly index: number;
  readonly term: number;
  /** The stamped command; null for an entry of consensus itself. */
  readonly content: LedgerEntry | null;
}

/** What one node has after everything was healed. */
export interface NodeRecord {
  readonly node: string;
  /** Its committed entries, index by index; the first ones may be missing where it compacted them away. */
  readonly log: readonly LoggedEntry[];
  readonly appliedIndex: number;
  /** Of its ledger's rows at `appliedIndex`. */
  readonly digest: string;
  /** Its ledger's rows, as they are stored. */
  readonly rows: readonly { readonly key: string; readonly row: string }[];
}

export interface Run {
  readonly history: Iterable<MeshEvent>;
  /** Index of the last entry before the first one: what the ledger was empty at. */
  readonly baseIndex: number;
  readonly nodes: readonly NodeRecord[];
  /** Ledger time when the nodes' ledgers were looked at. */
  readonly endedAtMs: number;
}

/** How much of what cannot be told exactly is let pass, in milliseconds of ledger time. */
export interface Tolerances {
  /** How far the nodes' notions of ledger time may be apart: for views that do not tell which moment they speak of. */
  readonly skewMs: number;
  /** How long after its deadline a hold or window may still be open in the end. */
  readonly endLatenessMs: number;
}

export const TOLERANCES: Tolerances = { skewMs: 2_000, endLatenessMs: 10_000 };
