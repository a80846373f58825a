/**
 * Who is a member: the configuration in force here, and what this replica does when it changes.
 *
 * A change takes effect when its entry is applied, as in etcd/raft: a configuration that was never committed was never
 * in force, so none is ever taken back (C2, C20, C21).
 */
import type { ConfigChange, ConfigState, ReplicaId, SnapshotMeta } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';
import { ConfigHistory } from './config-history.js';

export class Membership {
  /** By index, for whoever must name the configuration of a state that is not the newest. */
  readonly history: ConfigHistory;

  /** `onVoters`: told who votes, at once and whenever it may have changed. */
  constructor(
    private readonly core: RaftCore,
    base: SnapshotMeta,
    private readonly onVoters: (voters: readonly ReplicaId[]) => void,
  ) {
    this.history = new ConfigHistory(base);
    this.tellVoters();
  }

  get config(): ConfigState {
    return this.history.current;
  }

  /** The change of the entry at `index` is committed, and its turn to be applied. */
  changed(change: ConfigChange, index: number): void {
    this.history.changed(index, this.core.applyConfigChange(change));
    this.tellVoters();
  }

  /** A snapshot took the place of the state. */
  restarted(base: SnapshotMeta): void {
    this.history.restart(base);
    this.tellVoters();
  }

  private tellVoters(): void {
    const { voters, votersOutgoing } = this.config;
    this.onVoters(votersOutgoing.length === 0 ? voters : [...new Set([...voters, ...votersOutgoing])]);
  }
}
