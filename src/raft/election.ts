/**
 * Elections (Raft §5.2, thesis §4.2.3 and §9.6): when this replica campaigns, and to whom it gives its vote.
 *
 * 1. One vote a term, and only for a log that holds at least this one's committed entries (§5.4.1).
 * 2. A voter that hears a leader leaves its term alone (checkQuorum), unless the leader itself asked for the campaign.
 * 3. Learners vote when asked: the candidate may know of a promotion that they have not applied yet.
 * 4. Who asks, and who refuses, says what it knows to be committed. A leader that a change takes the vote from may be the
 *    only one to know that the change is committed: without its word the others would ask for its vote for ever.
 */
import { assert } from './assert.js';
import type { CoreState } from './core-state.js';
import { NOBODY, type ReplicaId } from './entry.js';
import type { CommitHint, Vote } from './message.js';
import { becomeCandidate, becomeFollower, becomePreCandidate } from './roles.js';

export type CampaignKind = 'pre-election' | 'election' | 'transfer';

/**
 * The process of `id` is gone. Who follows it forgets it, and so grants (pre-)votes; it follows it again should it speak.
 * Of an election that was split, a candidate then need not wait for the one voter that will not answer.
 */
export function onGone(core: CoreState, id: ReplicaId): void {
  if (core.role !== 'follower' || core.leader !== id || core.lease !== null) return;
  core.leader = NOBODY;
  core.gone = id;
}

/** Whatever `id` says, its process is there again. */
export function onHeard(core: CoreState, id: ReplicaId): void {
  if (core.gone !== id) return;
  core.gone = NOBODY;
  core.ballots.delete(id);
}

/** Counts one tick of a replica that does not lead; campaigns when the time-out is over. */
export function tickElection(core: CoreState): void {
  core.electionElapsedTicks++;
  // Whoever may not campaign goes on counting: a leader that it does not hear must not keep its vote (`inLease`).
  if (!core.promotable || core.eligibility !== 'full') return;
  if (core.electionElapsedTicks < core.electionTimeoutTicks) return;
  core.electionElapsedTicks = 0;
  campaign(core);
}

/** Campaigns as configured, if this replica may. */
export function campaign(core: CoreState): void {
  campaignIfAllowed(core, core.config.preVote ? 'pre-election' : 'election');
}

/** Campaigns without delay, if this replica may: the leader has asked for it. */
export function campaignForTransfer(core: CoreState): void {
  campaignIfAllowed(core, 'transfer');
}

/** Asks the voters of both halves, in the order of their ids. The own vote counts once it is saved. */
export function requestVotes(core: CoreState, kind: CampaignKind): void {
  const preVote = kind === 'pre-election';
  if (preVote) becomePreCandidate(core);
  else becomeCandidate(core);
  if (!preVote && core.gone !== NOBODY) core.ballots.set(core.gone, false);
  // A pre-vote speaks of the term that an election would enter.
  const term = preVote ? core.term + 1 : core.term;
  const last = core.log.last();
  const { voters, votersOutgoing } = core.tracker.config;
  for (const to of [...new Set([...voters, ...votersOutgoing])].sort()) {
    const envelope = { from: core.id, to, term };
    if (to === core.id) {
      core.outbox.promise({ ...envelope, kind: preVote ? 'pre-vote-reply' : 'vote-reply', granted: true });
    } else {
      core.outbox.send({
        ...envelope,
        kind: preVote ? 'pre-vote' : 'vote',
        lastIndex: last.index,
        lastTerm: last.term,
        transfer: kind === 'transfer',
        ...commitHint(core),
      });
    }
  }
}

/** Whether a (pre-)vote is ignored because a leader was heard lately. */
export function inLease(core: CoreState, request: Vote): boolean {
  return (
    core.config.checkQuorum &&
    !request.transfer &&
    core.leader !== NOBODY &&
    core.electionElapsedTicks < core.config.electionTicks
  );
}

/** Whether a (pre-)vote is ignored because of a promise to a leader, which only that leader's own wish undoes. */
export function isPromised(core: CoreState, request: Vote): boolean {
  return core.promisedTicks > 0 && !request.transfer;
}

/** Answers a (pre-)vote of the current term, or a pre-vote of a later one. */
export function answerVote(core: CoreState, request: Vote): void {
  const mayVote =
    core.vote === request.from ||
    (core.vote === NOBODY && core.leader === NOBODY) ||
    (request.kind === 'pre-vote' && request.term > core.term);
  const granted =
    mayVote &&
    core.eligibility !== 'no-vote' &&
    core.log.isUpToDate({ index: request.lastIndex, term: request.lastTerm });
  if (granted && request.kind === 'vote') {
    core.electionElapsedTicks = 0;
    core.vote = request.from;
  }
  core.outbox.promise({
    kind: request.kind === 'vote' ? 'vote-reply' : 'pre-vote-reply',
    from: core.id,
    to: request.from,
    // A granted pre-vote repeats the term asked for: an older term of this replica's would be ignored over there.
    term: granted ? request.term : core.term,
    granted,
    ...(granted ? {} : commitHint(core)),
  });
}

/** Tells a pre-candidate of an older term that it is behind, lest it ask for ever (C19). */
export function refuseOldPreVote(core: CoreState, request: Vote): void {
  core.outbox.promise({
    kind: 'pre-vote-reply',
    from: core.id,
    to: request.from,
    term: core.term,
    granted: false,
    ...commitHint(core),
  });
}

/**
 * Takes the word of a ballot's sender for what is committed, where the own log has that entry: then, and whatever the
 * terms of the two are, everything before it is the same too (Raft §5.3, Log Matching).
 */
export function learnCommitted(core: CoreState, { committed }: CommitHint): void {
  if (committed === undefined || core.role === 'leader') return;
  if (committed.index <= core.log.committed || !core.log.matches(committed.index, committed.term)) return;
  core.log.commitTo(committed.index);
  // The change may take votes away, this replica's or those that it counts: it campaigns once it has applied it.
  if (core.role !== 'follower' && hasUnappliedConfigChange(core)) becomeFollower(core, core.term, NOBODY);
}

function commitHint({ log }: CoreState): CommitHint {
  const index = log.committed;
  const term = log.term(index);
  assert(term !== undefined, `no term for the committed index ${index}`);
  return index === 0 ? {} : { committed: { index, term } };
}

function campaignIfAllowed(core: CoreState, kind: CampaignKind): void {
  if (core.role === 'leader' || core.eligibility !== 'full' || !core.promotable) return;
  if (core.promisedTicks > 0 && kind !== 'transfer') return;
  // A config change that is committed and not applied here might take this replica's vote away (Raft §6).
  if (hasUnappliedConfigChange(core)) return;
  requestVotes(core, kind);
}

function hasUnappliedConfigChange(core: CoreState): boolean {
  const { log } = core;
  let low = log.applied + 1;
  while (low <= log.committed) {
    const page = log.slice(low, log.committed + 1, core.config.committedBytesMax);
    if (page.some((entry) => entry.payload.kind === 'config')) return true;
    low += page.length;
  }
  return false;
}
