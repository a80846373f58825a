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
  /** Whether a leader answers reads by lease (raft/lease.ts); not unless set. */
  readonly leaseReads?: boolean;
}

/**
 * Between a heartbeat's receipt and the first tick after it any time up to a whole tick may pass, or none, and that tick
 * may be as late: so much less than counted a promise is worth.
 */
const PROMISE_SLACK_TICKS = 2;

export interface CoreWorld {
  /** An integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** Monotonic real milliseconds. */
  readonly realMs: () => number;
}

/** `appliedIndex`: from where on the core hands out committed entries. */
export function coreConfig(
  id: ReplicaId,
  timing: ReplicaTiming,
  appliedIndex: number,
  { random, realMs }: CoreWorld,
): RaftConfig {
  const electionTicks = Math.max(3, Math.round(timing.electionMs / timing.tickMs));
  const promiseMs = (electionTicks - PROMISE_SLACK_TICKS) * timing.tickMs;
  return {
    ...(timing.leaseReads === true ? { lease: { nowMs: () => Math.floor(realMs()), promiseMs } } : {}),
    id,
    electionTicks,
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
