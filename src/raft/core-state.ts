/**
 * All that a replica's consensus knows, shared by the roles. Each role is a file of functions over it; exactly one of
 * them is in force, named by `role`.
 *
 * 1. `term` never falls, and `vote` changes at most once in a term (Raft §5.2).
 * 2. Everything the roles learn of peers belongs to one term: `enterTerm` forgets it.
 */
import { assert } from './assert.js';
import { isWellFormed, membersOf } from './config-changer.js';
import { type ConfigState, type HardState, NOBODY, type ReplicaId } from './entry.js';
import { Lease } from './lease.js';
import type { LogView } from './log-view.js';
import { Outbox } from './outbox.js';
import type { RaftConfig } from './raft-config.js';
import { RaftLog } from './raft-log.js';
import { ReadQueue } from './read-index.js';
import type { Role } from './ready.js';
import { Tracker } from './tracker.js';

/** `no-campaign`: never campaigns; `no-vote`: nor votes for others. */
export type Eligibility = 'full' | 'no-campaign' | 'no-vote';

export class CoreState {
  readonly id: ReplicaId;
  role: Role = 'follower';
  term: number;
  vote: ReplicaId;
  leader: ReplicaId = NOBODY;
  eligibility: Eligibility = 'full';
  /** A leader whose process is gone, while neither it nor a next one was heard, or NOBODY: no vote of it is waited for. */
  gone: ReplicaId = NOBODY;

  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly outbox: Outbox;
  /** A leader's reads. */
  readonly reads = new ReadQueue();
  /** A leader's; null where reads never go by lease. */
  readonly lease: Lease | null;
  /** Ticks for which this replica has promised to elect nobody; 0 where nobody reads by lease. */
  promisedTicks: number;
  /** A (pre-)candidate's ballots, its own among them. */
  readonly ballots = new Map<ReplicaId, boolean>();

  /** Ticks since the leader was heard; of a leader, since the quorum was checked. */
  electionElapsedTicks = 0;
  heartbeatElapsedTicks = 0;
  /** When a follower or candidate gives up waiting: drawn anew in each term (Raft §5.2). */
  electionTimeoutTicks = 0;

  /** A leader's: to whom it hands leadership over, or NOBODY. */
  transferee: ReplicaId = NOBODY;
  /** A leader's: at or beyond the last config change of its log. Until it is applied no other is taken. */
  pendingConfigIndex = 0;
  /** A leader's: payload bytes appended in its term and not yet applied. */
  uncommittedBytes = 0;

  constructor(
    readonly config: RaftConfig,
    view: LogView,
    configState: ConfigState,
  ) {
    assert(isWellFormed(configState), 'the configuration is not well formed');
    const { term, vote } = view.hardState();
    this.id = config.id;
    this.term = term;
    this.vote = vote;
    this.log = new RaftLog(view, config.appliedIndex, config.committedBytesMax);
    this.tracker = new Tracker(config);
    this.lease = config.lease === undefined ? null : new Lease(config.lease);
    // The process before this one may have promised just before it ended.
    this.promisedTicks = config.lease === undefined ? 0 : config.electionTicks;
    this.outbox = new Outbox(config.id);
    this.tracker.install(configState, membersOf(configState), this.log.lastIndex());
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** Whether this replica may become leader: a voter that holds all of its state. */
  get promotable(): boolean {
    const own = this.tracker.get(this.id);
    return own !== undefined && !own.learner && this.log.unstable.snapshot === null;
  }

  /** Whether the log's committed part ends in the current term (Raft §8). */
  get committedInTerm(): boolean {
    return this.log.term(this.log.committed) === this.term;
  }

  /** Enters `term`, or starts over in the current one: whatever was known of a leader and of peers is forgotten. */
  enterTerm(term: number): void {
    assert(term >= this.term, 'a term would fall');
    if (term > this.term) {
      this.term = term;
      this.vote = NOBODY;
    }
    this.leader = NOBODY;
    this.electionElapsedTicks = 0;
    this.heartbeatElapsedTicks = 0;
    this.electionTimeoutTicks = this.config.electionTicks + this.config.random(this.config.electionTicks);
    this.transferee = NOBODY;
    this.pendingConfigIndex = 0;
    this.uncommittedBytes = 0;
    this.ballots.clear();
    this.reads.reset();
    this.lease?.restart();
    const lastIndex = this.log.lastIndex();
    for (const progress of this.tracker.members) {
      progress.reset(progress.id === this.id ? lastIndex : 0, lastIndex + 1);
    }
  }
}
