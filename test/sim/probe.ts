/**
 * A look into a running replica: what the invariants speak of is asked after every turn, so it is read where it
 * is kept and not through `status`, which describes it for people.
 */
import type { Ledger } from '../../src/ledger/ledger.js';
import type { ConfigChange, ConfigState, ReplicaId } from '../../src/raft/entry.js';
import type { ProposeConfigResult } from '../../src/raft/raft-core.js';
import type { Role } from '../../src/raft/ready.js';
import type { Replica } from '../../src/replica/replica.js';

export interface Probe {
  readonly term: number;
  readonly role: Role;
  readonly leader: ReplicaId;
  readonly commitIndex: number;
  readonly firstIndex: number;
  /** The term of the entry at `index` in the log as the core has it, saved or not. */
  termAt(index: number): number | undefined;
  readonly ledger: Ledger;
  /** In force here, in the core. */
  readonly config: ConfigState;
  /** The index as of which that is: what is applied, or that of a snapshot which is being saved. */
  readonly configIndex: number;
  /** How far the core has walked the log. */
  readonly coreAppliedIndex: number;
  /** Proposes a change that nobody may ask of a replica, but which consensus allows. */
  propose(change: ConfigChange): ProposeConfigResult;
}

/** Bounds of the core that a world may draw tighter than a node's, so that few entries already make many messages. */
export interface CoreBounds {
  readonly messageBytesMax: number;
}

/** Puts `bounds` in force, in a replica that has not yet run. */
export function tighten(replica: Replica, bounds: CoreBounds): void {
  // biome-ignore lint/complexity/useLiteralKeys: see below
  Object.assign(replica['core']['state'].config, bounds);
}

export function probe(replica: Replica): Probe {
  // biome-ignore lint/complexity/useLiteralKeys: the only way to a private field that the compiler still checks
  const core = replica['core']['state'];
  // biome-ignore lint/complexity/useLiteralKeys: see above
  const { ledger } = replica['options'];
  return {
    get term() {
      return core.term;
    },
    get role() {
      return core.role;
    },
    get leader() {
      return core.leader;
    },
    get commitIndex() {
      return core.log.committed;
    },
    get firstIndex() {
      return core.log.firstIndex();
    },
    termAt: (index) => core.log.term(index),
    ledger,
    get config() {
      return core.tracker.config;
    },
    get configIndex() {
      return core.log.unstable.snapshot?.index ?? core.log.applied;
    },
    get coreAppliedIndex() {
      return core.log.applied;
    },
    propose(change) {
      // biome-ignore lint/complexity/useLiteralKeys: see above
      const outcome = replica['core'].proposeConfigChange(change);
      // biome-ignore lint/complexity/useLiteralKeys: see above
      replica['wake']();
      return outcome;
    },
  };
}
