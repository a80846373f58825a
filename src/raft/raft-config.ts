/**
 * What one replica's consensus is told at its start. Ticks are the caller's; bytes are those of entry-size.ts.
 */
import { assert } from './assert.js';
import type { ReplicaId } from './entry.js';
import type { LeaseConfig } from './lease.js';

export interface RaftConfig {
  readonly id: ReplicaId;
  /** Ticks without a leader before a campaign: drawn from [electionTicks, 2 * electionTicks). */
  readonly electionTicks: number;
  /** Ticks between two heartbeats; fewer than `electionTicks`. */
  readonly heartbeatTicks: number;
  /** Ask before an election whether it could be won (thesis §9.6). */
  readonly preVote: boolean;
  /** A leader that hears no quorum for `electionTicks` steps down, and voters with a leader do not vote. */
  readonly checkQuorum: boolean;
  /** Of one append, beyond its first entry. */
  readonly messageBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  /** Payload bytes that a leader holds uncommitted before it refuses proposals, beyond the first. */
  readonly uncommittedBytesMax: number;
  /** Committed entries handed out and not yet applied, beyond the first. */
  readonly committedBytesMax: number;
  /** What the state machine already has; at least `log.snapshot().index`. */
  readonly appliedIndex: number;
  /** An integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** Reads by lease; none unless set. Needs `preVote` and `checkQuorum`. */
  readonly lease?: LeaseConfig;
  /** Whether a leader steps down once its own removal or demotion is applied; true unless set. */
  readonly stepDownOnRemoval?: boolean;
}

/** Asserts that the figures fit together. */
export function checkConfig(config: RaftConfig): void {
  assert(config.heartbeatTicks >= 1, 'heartbeatTicks must be at least 1');
  assert(config.electionTicks > config.heartbeatTicks, 'electionTicks must be more than heartbeatTicks');
  assert(config.inflightMessagesMax >= 1, 'inflightMessagesMax must be at least 1');
  assert(config.inflightBytesMax >= 1, 'inflightBytesMax must be at least 1');
  assert(config.committedBytesMax >= 1, 'committedBytesMax must be at least 1');
  if (config.lease !== undefined) {
    assert(config.preVote && config.checkQuorum, 'reads by lease need preVote and checkQuorum');
  }
}
