/**
 * Handing leadership over (thesis §3.10): the target is brought up to date and told to campaign at once, while
 * proposals are refused; after an election time-out without success the leader carries on.
 */
import type { CoreState } from './core-state.js';
import type { ReplicaId } from './entry.js';
import type { Progress } from './progress.js';
import { sendAppend } from './replication.js';

/** Starts to hand leadership to `to`. False when this replica does not lead, or `to` could not. */
export function startTransfer(core: CoreState, to: ReplicaId): boolean {
  const progress = core.tracker.get(to);
  if (core.role !== 'leader' || to === core.id || progress === undefined || progress.learner) return false;
  if (core.transferee === to) return true;
  core.electionElapsedTicks = 0;
  core.transferee = to;
  core.lease?.break();
  if (progress.matchIndex === core.log.lastIndex()) sendTimeoutNow(core, to);
  else sendAppend(core, progress, true);
  return true;
}

/** The peer acknowledged more: when it is the target and holds everything, it may campaign. */
export function continueTransfer(core: CoreState, progress: Progress): void {
  if (progress.id === core.transferee && progress.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, progress.id);
  }
}

function sendTimeoutNow(core: CoreState, to: ReplicaId): void {
  core.outbox.send({ kind: 'timeout-now', from: core.id, to, term: core.term });
}
