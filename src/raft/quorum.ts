/**
 * Quorum arithmetic (Raft §5.2, §5.4, §6): what a set of voters has acknowledged, and how it has voted.
 *
 * 1. An empty set never stands in the way: it has acknowledged everything and won every vote, so the empty
 *    outgoing half of a configuration that is not joint leaves the decision to the other half.
 * 2. Who is not in the set does not count, and nobody counts twice: a set is a list without repeats.
 * 3. In a joint configuration both halves must agree.
 */
import type { ReplicaId } from './entry.js';

export type VoteOutcome = 'won' | 'lost' | 'pending';

/** The voters of a configuration; `votersOutgoing` is empty when it is not joint. */
export interface VoterSets {
  readonly voters: readonly ReplicaId[];
  readonly votersOutgoing: readonly ReplicaId[];
}

/** What a voter is known to have acknowledged; undefined when nothing is known. */
export type Acknowledged = (id: ReplicaId) => number | undefined;

/** How a voter has voted; undefined when it has not. */
export type Ballot = (id: ReplicaId) => boolean | undefined;

/** The largest number that a majority of `voters` has acknowledged; Infinity when `voters` is empty. */
export function majorityAcknowledged(voters: readonly ReplicaId[], acknowledged: Acknowledged): number {
  const count = voters.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  // Insertion sort: a handful of voters, on the path of every acknowledgement.
  const ascending = new Array<number>(count);
  for (let filled = 0; filled < count; filled++) {
    const value = acknowledged(voters[filled]!) ?? 0;
    let slot = filled;
    while (slot > 0 && ascending[slot - 1]! > value) {
      ascending[slot] = ascending[slot - 1]!;
      slot--;
    }
    ascending[slot] = value;
  }
  // The position from which on a majority, floor(n/2) + 1 voters, stands to the right.
  return ascending[count - (Math.floor(count / 2) + 1)]!;
}

/** The largest number that a quorum of the possibly joint configuration has acknowledged. */
export function quorumAcknowledged(sets: VoterSets, acknowledged: Acknowledged): number {
  return Math.min(
    majorityAcknowledged(sets.voters, acknowledged),
    majorityAcknowledged(sets.votersOutgoing, acknowledged),
  );
}

/** Whether a majority of `voters` said yes, or can no longer. */
export function majorityVote(voters: readonly ReplicaId[], ballot: Ballot): VoteOutcome {
  if (voters.length === 0) return 'won';
  const needed = Math.floor(voters.length / 2) + 1;
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = ballot(id);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  if (granted >= needed) return 'won';
  return granted + missing >= needed ? 'pending' : 'lost';
}

/** The vote of the possibly joint configuration: lost when either half is, won when both are. */
export function quorumVote(sets: VoterSets, ballot: Ballot): VoteOutcome {
  const incoming = majorityVote(sets.voters, ballot);
  const outgoing = majorityVote(sets.votersOutgoing, ballot);
  if (incoming === outgoing) return incoming;
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}
