/**
 * When a leader raises the ledger version of its mesh: once every voter and learner said that it understands a newer one.
 *
 * 1. Not while a change of members is under way: who comes must have been asked, too.
 * 2. Not before all entries of earlier leaders are applied here: there may be such a change among them.
 */
import type { Ledger } from '../ledger/ledger.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { Versions } from './versions.js';

export interface RaisingOptions {
  readonly core: RaftCore;
  readonly ledger: Ledger;
  readonly versions: Versions;
  /** Whether a change of members was proposed here and is not in force yet. */
  readonly membersChange: () => boolean;
  /** Monotonic real milliseconds. */
  readonly realMs: () => number;
}

export class Raising {
  constructor(private readonly options: RaisingOptions) {}

  /** The version to which the mesh may be raised now; null when it is none. For leaders. */
  target(): number | null {
    const { core, ledger, versions, membersChange, realMs } = this.options;
    // The usual case: there is nothing newer.
    if (ledger.ledgerVersion >= versions.own || membersChange()) return null;
    const { id, term, config } = core.status();
    const { voters, votersOutgoing, learners, learnersNext } = config;
    const members = new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]);
    members.delete(id);
    const common = versions.common([...members], realMs());
    if (common === null || common <= ledger.ledgerVersion) return null;
    return ledger.meta().appliedTerm === term ? common : null;
  }
}
