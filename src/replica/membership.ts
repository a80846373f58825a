/**
 * Who is a member: the configuration in force here, who runs its replicas, and what this replica does when it changes.
 *
 * A change takes effect when its entry is applied, as in etcd/raft: a configuration that was never committed was never
 * in force, so none is ever taken back (C2, C20, C21).
 */
import type { ConfigChange, ConfigState, ReplicaId, SnapshotMeta } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';
import { ConfigHistory } from './config-history.js';
import { Failure } from './failure.js';
import type { Introduction, Member } from './frame.js';
import { MemberBook } from './member-book.js';
import type { ReplicaOptions } from './replica-options.js';

export class Membership {
  /** By index, for whoever must name the configuration of a state that is not the newest. */
  readonly history: ConfigHistory;
  readonly book: MemberBook;
  /** A peer that knows more than this replica told it that it is no member. Ids never come back, so that is for ever. */
  private removed = false;

  /** `onVoters`: told who votes, at once and whenever it may have changed. */
  constructor(
    private readonly core: RaftCore,
    private readonly world: ReplicaOptions,
    private readonly onVoters: (voters: readonly ReplicaId[]) => void,
  ) {
    const base = world.log.snapshot();
    const state = world.state.meta();
    this.history = new ConfigHistory(base);
    this.book = new MemberBook(
      state?.appliedIndex ?? base.index,
      state?.config ?? base.config,
      this.membersOf(state?.members ?? []),
    );
    this.tell();
  }

  get config(): ConfigState {
    return this.history.current;
  }

  /** All members but this replica, as far as it knows. */
  get others(): readonly ReplicaId[] {
    return this.book.members.map(({ id }) => id).filter((id) => id !== this.world.identity.replica);
  }

  /** Why this replica serves nobody: it is no member, as far as it knows. Null for a member. */
  get outside(): Failure | null {
    if (this.book.isEmpty) {
      return new Failure('UNAVAILABLE', 'the leader has not sent the state of the mesh yet');
    }
    if (!this.removed && this.book.get(this.world.identity.replica) !== undefined) return null;
    // It was removed, or the entry that took it in is not here yet.
    return new Failure('UNAVAILABLE', 'this replica is not a member of the mesh (any more)');
  }

  /** The change of the entry at `index` is committed, and its turn to be applied. */
  changed(change: ConfigChange, index: number): void {
    const config = this.core.applyConfigChange(change);
    this.history.changed(index, config);
    this.book.changed(index, config, this.world.codec.decodeMembers(change.context));
    this.tell();
  }

  /** A snapshot took the place of the state. */
  restarted(base: SnapshotMeta, members: readonly Member[]): void {
    this.history.restart(base);
    this.book.restart(base.index, base.config, this.membersOf(members));
    this.tell();
  }

  /** A peer said who is a member as it knows. Whoever was cut off while it was removed finds out this way. */
  heard({ cluster, members, membersIndex }: Introduction): void {
    const { identity, ledger } = this.world;
    if (cluster !== identity.cluster || membersIndex <= ledger.appliedIndex || members.length === 0) return;
    // Before it is one itself, a peer may know of a later index and yet not of the entry that takes it in.
    if (this.outside === null && members.every(({ id }) => id !== identity.replica)) this.removed = true;
  }

  private membersOf(known: readonly Member[]): readonly Member[] {
    return known.length > 0 ? known : this.world.identity.founders;
  }

  private tell(): void {
    const { voters, votersOutgoing } = this.config;
    this.onVoters(votersOutgoing.length === 0 ? voters : [...new Set([...voters, ...votersOutgoing])]);
    this.world.onMembers?.(this.book.members, this.book.index);
  }
}
