/**
 * The consensus core of a replica on its log. The core goes through the log from its beginning, so that configurations take
 * effect again; what the ledger already has is not applied twice.
 */
import { RaftCore } from '../raft/raft-core.js';
import { coreConfig } from './core-config.js';
import type { ReplicaOptions } from './replica-options.js';

export interface OpenedCore {
  readonly core: RaftCore;
  readonly electionTicks: number;
}

/** `realMs`: monotonic. Throws (a bug) when the ledger is not at an index that the log holds. */
export function openCore(
  { identity, timing, log, ledger, random }: ReplicaOptions,
  realMs: () => number,
): OpenedCore {
  const base = log.snapshot();
  const { appliedIndex } = ledger;
  if (appliedIndex < base.index || appliedIndex > log.lastIndex()) {
    throw new Error(
      `assertion: the state is at index ${appliedIndex}, the log holds ${base.index} to ${log.lastIndex()}`,
    );
  }
  const config = coreConfig(identity.replica, timing, base.index, { random, realMs });
  return { core: new RaftCore(config, log, base.config), electionTicks: config.electionTicks };
}
