/**
 * How a replica runs its consensus core: time-outs in ticks, and a bound with a unit for everything (R7).
 */
import type { ReplicaId } from '../raft/entry.js';
import type { RaftConfig } from '../raft/raft-core.js';

export interface ReplicaTiming {
  /** How often `tick` is called, real milliseconds. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** A replica further than this from the median of the voters' clocks does not lead. */
  readonly clockSkewMs: number;
  /** How often one request is proposed again. */
  readonly retryMax: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

/** `appliedIndex`: from where on the core hands out committed entries. */
export function coreConfig(
  id: ReplicaId,
  timing: ReplicaTiming,
  appliedIndex: number,
  random: (bound: number) => number,
): RaftConfig {
  return {
    id,
    electionTicks: Math.max(3, Math.round(timing.electionMs / timing.tickMs)),
    heartbeatTicks: Math.max(1, Math.round(timing.heartbeatMs / timing.tickMs)),
    preVote: true,
    checkQuorum: true,
    messageBytesMax: 256 * 1024,
    inflightMessagesMax: 256,
    // A turn may send all of it in one batch, which must fit into a link that is not empty.
    inflightBytesMax: 2 * 1024 * 1024,
    uncommittedBytesMax: 32 * 1024 * 1024,
    // Bounds the synchronous work of one turn, which applies this a few times: some hundred small commands.
    committedBytesMax: 16 * 1024,
    appliedIndex,
    random,
  };
}
