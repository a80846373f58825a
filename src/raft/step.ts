/**
 * Where messages come in: the rules of terms (Raft §5.1), then the role in force.
 *
 * 1. What is malformed, not for this replica, or the reply of a stranger is ignored; nothing here throws on a peer's input.
 * 2. A later term is followed, except by pre-votes, which speak of a term that nobody has entered yet.
 * 3. An earlier term is ignored, except that its sender is told where that keeps a mesh from standing still.
 */
import { stepCandidate } from './candidate.js';
import type { CoreState } from './core-state.js';
import { answerVote, inLease, isPromised, learnCommitted, onHeard, refuseOldPreVote } from './election.js';
import { NOBODY } from './entry.js';
import { isFromLeader, stepFollower } from './follower.js';
import { stepLeader } from './leader.js';
import type { Message, ReadIndexReply } from './message.js';
import { becomeFollower } from './roles.js';

/** Takes a message that another replica sent. */
export function stepPeerMessage(core: CoreState, message: Message): void {
  if (message.to !== core.id || message.from === core.id || message.from === NOBODY) return;
  onHeard(core, message.from);
  switch (message.kind) {
    case 'read-index':
      // Only a leader can answer; elsewhere it is lost, and its sender asks again.
      if (core.role === 'leader') stepLeader(core, message);
      return;
    case 'read-index-reply':
      onReadIndexReply(core, message);
      return;
    case 'append-reply':
    case 'heartbeat-reply':
      if (core.tracker.get(message.from) === undefined) return;
      break;
    case 'vote-reply':
    case 'pre-vote-reply':
      if (core.tracker.get(message.from) === undefined) return;
      learnCommitted(core, message);
      break;
    case 'vote':
    case 'pre-vote':
      learnCommitted(core, message);
      break;
    case 'append':
    case 'heartbeat':
    case 'snapshot':
    case 'timeout-now':
      break;
  }
  if (message.term > 0) step(core, message);
}

/** Takes a message that belongs to a term: a peer's, or one of this replica to itself. */
export function step(core: CoreState, message: Message): void {
  if (message.term < core.term) {
    onOldTerm(core, message);
    return;
  }
  const isVote = message.kind === 'vote' || message.kind === 'pre-vote';
  if (isVote && isPromised(core, message)) return;
  if (message.term > core.term && !enterNewTerm(core, message)) return;
  if (isVote) answerVote(core, message);
  else stepRole(core, message);
}

/** Follows the later term of `message` where it speaks for one. False when the message is to be ignored. */
function enterNewTerm(core: CoreState, message: Message): boolean {
  switch (message.kind) {
    case 'pre-vote':
      return !inLease(core, message);
    case 'vote':
      if (inLease(core, message)) return false;
      becomeFollower(core, message.term, NOBODY);
      return true;
    case 'pre-vote-reply':
      // A granted one repeats the term that this replica asked for; a refusal tells the refuser's own.
      if (!message.granted) becomeFollower(core, message.term, NOBODY);
      return true;
    default:
      becomeFollower(core, message.term, isFromLeader(message) ? message.from : NOBODY);
      return true;
  }
}

function onOldTerm(core: CoreState, message: Message): void {
  const { checkQuorum, preVote } = core.config;
  if ((message.kind === 'append' || message.kind === 'heartbeat') && (checkQuorum || preVote)) {
    // This replica moved on while it was cut off, and its votes are ignored: an answer of the later term makes the
    // leader step down, so that this replica can come back in a term that both share.
    core.outbox.promise({
      kind: 'append-reply',
      from: core.id,
      to: message.from,
      term: core.term,
      index: 0,
      rejected: null,
    });
  } else if (message.kind === 'pre-vote') {
    refuseOldPreVote(core, message);
  }
}

function stepRole(core: CoreState, message: Message): void {
  switch (core.role) {
    case 'follower':
      stepFollower(core, message);
      break;
    case 'pre-candidate':
    case 'candidate':
      stepCandidate(core, message);
      break;
    case 'leader':
      stepLeader(core, message);
      break;
  }
}

/** A leader confirmed, after it was asked, that reads may be served at this index: true whatever happened since. */
function onReadIndexReply(core: CoreState, { requestId, index }: ReadIndexReply): void {
  core.outbox.answerRead({ requestId, index });
}
