/**
 * The candidate and the pre-candidate (Raft §5.2, thesis §9.6): count ballots, and give way to a leader.
 */
import type { CoreState } from './core-state.js';
import { requestVotes } from './election.js';
import { NOBODY } from './entry.js';
import { isFromLeader, onLeaderMessage } from './follower.js';
import { becomeLeader } from './leader.js';
import type { Message } from './message.js';
import { quorumVote } from './quorum.js';
import { becomeFollower } from './roles.js';

/** Takes a message of the current term, or a granted pre-vote of the next one. */
export function stepCandidate(core: CoreState, message: Message): void {
  if (isFromLeader(message)) {
    becomeFollower(core, message.term, message.from);
    onLeaderMessage(core, message);
  } else if (message.kind === (core.role === 'pre-candidate' ? 'pre-vote-reply' : 'vote-reply')) {
    countBallot(core, message.from, message.granted);
  }
}

function countBallot(core: CoreState, from: Message['from'], granted: boolean): void {
  // The first word of a voter counts: repeats are no further ballots (C11).
  if (!core.ballots.has(from)) core.ballots.set(from, granted);
  switch (quorumVote(core.tracker.config, (id) => core.ballots.get(id))) {
    case 'won':
      if (core.role === 'pre-candidate') requestVotes(core, 'election');
      // Its own ballot counts once its term and vote are on its disk. Without them it might lead, crash, and lead the
      // same term again with other entries: its voters still have it down as their choice (C3).
      else if (core.ballots.get(core.id) === true) becomeLeader(core);
      break;
    case 'lost':
      becomeFollower(core, core.term, NOBODY);
      break;
    case 'pending':
      break;
  }
}
