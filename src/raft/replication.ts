/**
 * How a leader brings its log to the others (Raft §5.3), and when an entry is committed (§5.4.2).
 *
 * 1. What is sent to one peer is bounded in messages and bytes; a peer that does not answer is probed by heartbeats.
 * 2. A peer that needs what was compacted away is offered a snapshot, and only once it was heard.
 * 3. A commit index travels with the next message, and at once when it advances.
 */
import type { CoreState } from './core-state.js';
import { payloadsBytes } from './entry-size.js';
import type { AppendReply } from './message.js';
import type { Progress } from './progress.js';

/** Sends every peer what it lacks; also an empty append, which carries the commit index. */
export function broadcastAppend(core: CoreState): void {
  for (const progress of core.tracker.members) {
    if (progress.id !== core.id) sendAppend(core, progress, true);
  }
}

/** Sends peers that lack entries an append; those that lack none, nothing. */
export function broadcastMissing(core: CoreState): void {
  for (const progress of core.tracker.members) {
    if (progress.id !== core.id) sendAppend(core, progress, false);
  }
}

/** Sends one append, or a snapshot offer in its place. False when there was nothing to send, or it must wait. */
export function sendAppend(core: CoreState, progress: Progress, evenEmpty: boolean): boolean {
  if (progress.blocked) return false;
  const { log } = core;
  const prevIndex = progress.nextIndex - 1;
  const prevTerm = log.term(prevIndex);
  if (prevTerm === undefined) return offerSnapshot(core, progress);
  // With a full window only an empty append leaves: were all in flight lost, nothing else would find out.
  const windowFull = progress.state === 'replicate' && progress.inflights.full;
  const entries = windowFull ? [] : log.entriesFrom(progress.nextIndex, core.config.messageBytesMax);
  if (entries === undefined) return offerSnapshot(core, progress);
  if (entries.length === 0 && !evenEmpty) return false;
  core.outbox.send({
    kind: 'append',
    from: core.id,
    to: progress.id,
    term: core.term,
    prevIndex,
    prevTerm,
    entries,
    commit: log.committed,
  });
  progress.sentEntries(entries.length, payloadsBytes(entries));
  progress.sentCommitIndex(log.committed);
  return true;
}

/** Sends every peer a heartbeat with as much of the commit index as it is known to hold. */
export function broadcastHeartbeat(core: CoreState): void {
  const lease = core.lease === null ? {} : { leaseRound: core.lease.beginRound() };
  for (const progress of core.tracker.members) {
    if (progress.id === core.id) continue;
    // Beyond its match index a peer may hold other entries than these: they must not become committed (C10).
    const commit = Math.min(progress.matchIndex, core.log.committed);
    core.outbox.send({
      kind: 'heartbeat',
      from: core.id,
      to: progress.id,
      term: core.term,
      commit,
      readSequence: core.reads.openSequence,
      ...lease,
    });
    progress.sentCommitIndex(commit);
  }
}

/**
 * Commits what a quorum holds. Raft §5.4.2: only entries of this term are committed by counting; they commit all
 * before them (C1). True when the commit index advanced.
 */
export function advanceCommit(core: CoreState): boolean {
  const index = core.tracker.committedIndex();
  if (index <= core.log.committed || core.log.term(index) !== core.term) return false;
  core.log.commitTo(index);
  return true;
}

/**
 * Takes the answer to an append; the leader's own comes this way too, once its save is done. True when the peer
 * acknowledged something that was not known.
 */
export function onAppendReply(core: CoreState, progress: Progress, reply: AppendReply): boolean {
  progress.active = true;
  if (reply.rejected !== null) {
    onRejection(core, progress, reply, reply.rejected);
    return false;
  }
  return reply.index <= core.log.lastIndex() && onAcknowledgement(core, progress, reply.index);
}

function onRejection(
  core: CoreState,
  progress: Progress,
  reply: AppendReply,
  { hintIndex, hintTerm }: NonNullable<AppendReply['rejected']>,
): void {
  // Where this log's terms are above the hint's, the logs cannot match: skip all of that in one step (C8).
  const nextProbe = hintTerm > 0 ? core.log.findConflictByTerm(hintIndex, hintTerm).index : hintIndex;
  if (!progress.rejected(reply.index, nextProbe)) return;
  if (progress.state === 'replicate') progress.becomeProbe();
  sendAppend(core, progress, true);
}

function onAcknowledgement(core: CoreState, progress: Progress, index: number): boolean {
  const news = progress.acknowledged(index);
  // An answer to a probe brings a peer back to replicating, even when it tells no new index.
  if (!news && !(progress.matchIndex === index && progress.state === 'probe')) return false;
  if (progress.state === 'probe') {
    progress.becomeReplicate();
  } else if (progress.state === 'replicate') {
    progress.inflights.freeUpTo(index);
  } else if (progress.matchIndex + 1 >= core.log.firstIndex()) {
    // The log reaches back to where the peer is, whatever snapshot brought it there.
    progress.becomeProbe();
    progress.becomeReplicate();
  }
  const own = progress.id === core.id;
  if (advanceCommit(core)) broadcastAppend(core);
  else if (!own && progress.canAdvanceCommit(core.log.committed)) sendAppend(core, progress, true);
  // The window moved: fill it.
  if (!own) while (sendAppend(core, progress, false));
  return true;
}

function offerSnapshot(core: CoreState, progress: Progress): boolean {
  if (!progress.active) return false;
  const snapshot = core.log.snapshot();
  progress.becomeSnapshot(snapshot.index);
  core.outbox.send({ kind: 'snapshot', from: core.id, to: progress.id, term: core.term, snapshot });
  return true;
}
