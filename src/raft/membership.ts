/**
 * Membership (Raft §6, thesis §4): proposing a change, and putting it in force when its entry is applied.
 *
 * 1. A configuration takes effect when its entry is applied, hence committed: there is nothing to revert when a log is
 *    truncated (C21), and a change that may be unapplied keeps every later one out (C2).
 * 2. A leader that is no member counts no acknowledgement of its own, and steps down once its removal is applied (C20).
 */
import { type ConfigRefusal, changeConfig, isVoter, LEAVE_JOINT } from './config-changer.js';
import type { CoreState } from './core-state.js';
import { type ConfigChange, type ConfigState, NOBODY } from './entry.js';
import { type ProposeResult, propose } from './leader.js';
import { advanceCommit, broadcastAppend, broadcastMissing } from './replication.js';
import { becomeFollower } from './roles.js';

export type ProposeConfigResult =
  | ProposeResult
  | { readonly kind: 'refused'; readonly reason: 'pending-change' }
  | { readonly kind: 'refused'; readonly reason: 'invalid'; readonly detail: ConfigRefusal };

/** Proposes `change`, if no earlier one may be unapplied and it makes sense on the configuration in force. */
export function proposeConfigChange(core: CoreState, change: ConfigChange): ProposeConfigResult {
  if (core.role === 'leader') {
    if (core.pendingConfigIndex > core.log.applied) return { kind: 'refused', reason: 'pending-change' };
    const outcome = changeConfig(core.tracker.config, change);
    if (outcome.kind === 'refused') return { kind: 'refused', reason: 'invalid', detail: outcome.reason };
  }
  const indexBefore = core.log.lastIndex();
  const result = propose(core, [{ kind: 'config', change }]);
  if (result.kind === 'appended') core.pendingConfigIndex = indexBefore + 1;
  return result;
}

/**
 * Puts the change of an applied entry in force; returns the configuration from then on. A change that makes no sense
 * changes nothing, on every replica alike.
 */
export function applyConfigChange(core: CoreState, change: ConfigChange): ConfigState {
  const outcome = changeConfig(core.tracker.config, change);
  if (outcome.kind === 'refused') return core.tracker.config;
  core.tracker.install(outcome.config, outcome.members, core.log.lastIndex());
  if (core.role === 'leader') adjustLeader(core);
  return outcome.config;
}

/** Leaves a joint configuration that shall be left by itself, as soon as it is applied. */
export function leaveJointIfDue(core: CoreState): void {
  // Refused during a transfer: tried again with every applied entry, here or by the next leader.
  if (core.role !== 'leader' || !core.tracker.config.autoLeave) return;
  if (core.log.applied >= core.pendingConfigIndex) proposeConfigChange(core, LEAVE_JOINT);
}

function adjustLeader(core: CoreState): void {
  const own = core.tracker.get(core.id);
  if (own === undefined || own.learner) {
    if (core.config.stepDownOnRemoval ?? true) becomeFollower(core, core.term, NOBODY);
    return;
  }
  // A smaller quorum may commit more; and new members need not wait for a heartbeat.
  if (advanceCommit(core)) broadcastAppend(core);
  else broadcastMissing(core);
  if (core.transferee !== NOBODY && !isVoter(core.tracker.config, core.transferee)) core.transferee = NOBODY;
}
