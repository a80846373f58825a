/**
 * One replica's consensus: pure, synchronous, without clock, chance or I/O of its own (the contract of etcd/raft with
 * asynchronous storage writes).
 *
 * 1. Inputs are ticks, messages, proposals and reports; the only output is `ready`, whose rules ready.ts states.
 * 2. Nothing is promised to a peer, nor counted by this replica for itself, before it is on this replica's disk (R2).
 * 3. `step` never throws on what a peer sent; an Error thrown here is a bug, and the process must end.
 */
import { CoreState, type Eligibility } from './core-state.js';
import { campaign, onGone, tickElection } from './election.js';
import { type ConfigChange, type ConfigState, NOBODY, type ReplicaId } from './entry.js';
import {
  addRead,
  onSnapshotReport,
  onUnreachable,
  type ProposeResult,
  propose,
  tickLeader,
} from './leader.js';
import type { LogView } from './log-view.js';
import { applyConfigChange, type ProposeConfigResult, proposeConfigChange } from './membership.js';
import type { Message } from './message.js';
import { Output } from './output.js';
import { checkConfig, type RaftConfig } from './raft-config.js';
import type { Ready, SaveToken } from './ready.js';
import { becomeFollower } from './roles.js';
import { type RaftStatus, statusOf } from './status.js';
import { stepPeerMessage } from './step.js';
import { startTransfer } from './transfer.js';

export class RaftCore {
  private readonly state: CoreState;
  private readonly output: Output;

  /** Starts as a follower. `configState` is the configuration as of `config.appliedIndex`. */
  constructor(config: RaftConfig, log: LogView, configState: ConfigState) {
    checkConfig(config);
    this.state = new CoreState(config, log, configState);
    // What the log holds is saved already: only what changes from here on is output.
    this.output = new Output(this.state);
    becomeFollower(this.state, this.state.term, NOBODY);
  }

  /** One unit of time went by. */
  tick(): void {
    this.state.promisedTicks = Math.max(0, this.state.promisedTicks - 1);
    if (this.state.role === 'leader') tickLeader(this.state);
    else tickElection(this.state);
  }

  /** Takes a message. Ignores what is malformed or not for this replica; never throws on a peer's input. */
  step(message: Message): void {
    stepPeerMessage(this.state, message);
  }

  /**
   * Appends one command entry for each of `data`, at least one: all or none. Returns index and term of the first; the
   * others follow it. `busy`: too much is uncommitted, try later.
   */
  propose(data: readonly Uint8Array[]): ProposeResult {
    return propose(
      this.state,
      data.map((bytes) => ({ kind: 'command', data: bytes })),
    );
  }

  /** Appends a change of membership; `pending-change` while an earlier one may not be applied. */
  proposeConfigChange(change: ConfigChange): ProposeConfigResult {
    return proposeConfigChange(this.state, change);
  }

  /**
   * Asks from which index on a read here sees every write that was answered before this call; `Ready.reads` answers with
   * `requestId`. May be lost, with a message or with leadership: the caller then asks again under a new id.
   */
  readIndex(requestId: number): 'accepted' | 'no-leader' {
    const { id, role, leader, outbox } = this.state;
    if (role === 'leader') addRead(this.state, { from: id, requestId });
    else if (leader === NOBODY) return 'no-leader';
    else outbox.send({ kind: 'read-index', from: id, to: leader, term: 0, requestId });
    return 'accepted';
  }

  /** Campaigns now, as on a time-out, if this replica is a voter and eligible. */
  campaign(): void {
    campaign(this.state);
  }

  /** Starts to hand leadership to `to`, a voter. Proposals are refused until it succeeds or an election time-out is over. */
  transferLeadership(to: ReplicaId): 'started' | 'refused' {
    return startTransfer(this.state, to) ? 'started' : 'refused';
  }

  /**
   * A follower that knows its leader to be dead grants (pre-)votes again; it still follows it should it speak. Not where
   * reads go by lease: there its promise to the leader stands.
   */
  forgetLeader(): void {
    if (this.state.role === 'follower' && this.state.lease === null) this.state.leader = NOBODY;
  }

  /**
   * The process of `id` is gone: who follows it forgets it, as above. A replica that is back and speaks is heard like
   * before.
   */
  reportGone(id: ReplicaId): void {
    onGone(this.state, id);
  }

  /** What was sent to `id` lately was probably lost. */
  reportUnreachable(id: ReplicaId): void {
    onUnreachable(this.state, id);
  }

  /** The snapshot offered to `id` is there, or will not be. */
  reportSnapshot(id: ReplicaId, delivered: boolean): void {
    onSnapshotReport(this.state, id, delivered);
  }

  /** Puts the change of a config entry in force. Called when the entry is applied, before `applied` covers it. */
  applyConfigChange(change: ConfigChange): ConfigState {
    return applyConfigChange(this.state, change);
  }

  /** Whether `ready` would return anything. */
  hasReady({ maySave }: { readonly maySave: boolean }): boolean {
    return this.output.pending(maySave);
  }

  /** Takes the output; it is accepted thereby. Without `maySave` what must be saved keeps gathering. */
  ready({ maySave }: { readonly maySave: boolean }): Ready {
    return this.output.take(maySave);
  }

  /** The save named by `token`, and every one before it, is on disk; a snapshot in it is installed, too. */
  saved(token: SaveToken): void {
    this.output.saved(token);
  }

  /** The state machine has everything up to `index`. */
  applied(index: number): void {
    this.output.applied(index);
  }

  /**
   * Restricts what this replica may do. `no-campaign`: it neither (pre-)campaigns on a time-out nor when told to; a leader
   * keeps leading until it is told to transfer or step down. `no-vote`: it also refuses every (pre-)vote.
   */
  setEligibility(eligibility: Eligibility): void {
    this.state.eligibility = eligibility;
    if (eligibility !== 'full' && this.state.role !== 'leader') this.stepDown();
  }

  /** Gives up leadership or candidacy in the current term. */
  stepDown(): void {
    if (this.state.role !== 'follower') becomeFollower(this.state, this.state.term, NOBODY);
  }

  status(): RaftStatus {
    return statusOf(this.state);
  }
}

export type { Eligibility } from './core-state.js';
export type { ProposeResult } from './leader.js';
export type { ProposeConfigResult } from './membership.js';
export type { RaftConfig } from './raft-config.js';
export type { PeerProgress, RaftStatus } from './status.js';
