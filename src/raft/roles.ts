/**
 * The changes of role that any role may undergo (Raft figure 4). Becoming leader is leader.ts's own.
 */
import { assert } from './assert.js';
import type { CoreState } from './core-state.js';
import { NOBODY, type ReplicaId } from './entry.js';

/** Follows `leader`, or nobody known, in `term`. */
export function becomeFollower(core: CoreState, term: number, leader: ReplicaId): void {
  core.enterTerm(term);
  core.role = 'follower';
  core.leader = leader;
}

/** Asks whether an election could be won, without disturbing the term (thesis §9.6). */
export function becomePreCandidate(core: CoreState): void {
  assert(core.role !== 'leader', 'a leader would campaign');
  core.ballots.clear();
  core.leader = NOBODY;
  core.role = 'pre-candidate';
}

/** Enters the next term as a candidate that has voted for itself (Raft §5.2). */
export function becomeCandidate(core: CoreState): void {
  assert(core.role !== 'leader', 'a leader would campaign');
  core.enterTerm(core.term + 1);
  core.vote = core.id;
  core.role = 'candidate';
}
