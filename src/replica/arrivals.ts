/**
 * What a batch of a peer brings: clocks, consensus messages, proposals on their way, and their refusals.
 */
import type { Ledger } from '../ledger/ledger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Message } from '../raft/message.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { SoftState } from '../raft/ready.js';
import type { Batch } from './frame.js';
import type { Freshness } from './freshness.js';
import type { Proposals } from './proposals.js';
import type { Submissions } from './submissions.js';
import type { Timekeeper } from './timekeeper.js';
import type { Versions } from './versions.js';

export interface ArrivalsOptions {
  readonly self: ReplicaId;
  readonly core: RaftCore;
  readonly ledger: Ledger;
  readonly time: Timekeeper;
  readonly freshness: Freshness;
  readonly versions: Versions;
  readonly proposals: Proposals;
  readonly submissions: Submissions;
  /** As the replica last noted it. */
  readonly soft: () => SoftState;
  /** Makes the replica note what the core knows now. */
  readonly noteSoftState: () => void;
}

export class Arrivals {
  constructor(private readonly options: ArrivalsOptions) {}

  take(batch: Batch): void {
    const { time, freshness, versions, proposals, submissions, soft } = this.options;
    const realMs = time.realMs();
    time.heard(batch);
    freshness.heard(batch.from, realMs);
    versions.heard(batch.from, batch.understands, realMs);
    for (const frame of batch.frames) {
      switch (frame.kind) {
        case 'raft':
          this.takeMessage(frame.message, batch, realMs);
          break;
        case 'proposal':
          proposals.passedOn(batch.from, frame);
          break;
        case 'proposal-refused':
          submissions.refused(frame.proposalId, frame.reason, realMs);
          break;
      }
    }
    if (batch.from === soft().leader) time.heardLeader(batch);
  }

  private takeMessage(message: Message, batch: Batch, realMs: number): void {
    if (message.from !== batch.from || message.to !== this.options.self) return;
    // An offer without the state that it names: that comes on a way of its own.
    if (message.kind === 'snapshot') return;
    this.options.core.step(message);
    if (message.kind === 'append' || message.kind === 'heartbeat') this.heardLeader(message, batch, realMs);
  }

  /** What comes with a new leader's first word (its time, its commit index) counts like what comes later. */
  private heardLeader({ term, from }: Message, { commitIndex }: Batch, realMs: number): void {
    const { soft, noteSoftState, freshness, ledger } = this.options;
    const isCurrent = (): boolean => term === soft().term && from === soft().leader;
    if (!isCurrent()) noteSoftState();
    if (isCurrent()) freshness.leaderSaid(commitIndex, ledger.appliedIndex, realMs);
  }
}
