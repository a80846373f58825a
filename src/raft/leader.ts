/**
 * The leader (Raft §5.3, §8): appends what is proposed, replicates it, confirms reads, and makes sure that it still leads.
 */
import { assert } from './assert.js';
import type { CoreState } from './core-state.js';
import { type Entry, NOBODY, type Payload, type ReplicaId } from './entry.js';
import { payloadBytes } from './entry-size.js';
import type { HeartbeatReply, Message } from './message.js';
import type { Progress } from './progress.js';
import type { Read } from './read-index.js';
import { broadcastAppend, broadcastHeartbeat, onAppendReply, sendAppend } from './replication.js';
import { becomeFollower } from './roles.js';
import { continueTransfer } from './transfer.js';

/** Outcome of a proposal: index and term of its first entry, or why nothing was appended. */
export type ProposeResult =
  | { readonly kind: 'appended'; readonly index: number; readonly term: number }
  | { readonly kind: 'refused'; readonly reason: ProposeRefusal };

export type ProposeRefusal = 'not-leader' | 'busy' | 'transferring';

/** Reads of other replicas that wait here; what comes beyond is dropped, and asked for again. */
const FORWARDED_READS_MAX = 65_536;

/** Leads the current term, and says so with a no-op: nothing older can be committed before it is (§5.4.2, §8). */
export function becomeLeader(core: CoreState): void {
  assert(core.role === 'candidate', `a ${core.role} would lead`);
  core.enterTerm(core.term);
  core.role = 'leader';
  core.leader = core.id;
  const own = core.tracker.get(core.id);
  assert(own !== undefined, 'a replica would lead a mesh that it is no member of');
  own.becomeReplicate();
  own.active = true;
  // There may be a config change in the log that is not applied yet: none other before that (C2).
  core.pendingConfigIndex = core.log.lastIndex();
  appendEntries(core, [{ kind: 'no-op' }]);
  broadcastAppend(core);
}

/** Counts one tick: heartbeats, and once an election time-out the check that a quorum still answers. */
export function tickLeader(core: CoreState): void {
  core.heartbeatElapsedTicks++;
  core.electionElapsedTicks++;
  if (core.electionElapsedTicks >= core.config.electionTicks) {
    core.electionElapsedTicks = 0;
    if (core.config.checkQuorum && !checkQuorum(core)) return;
    // A transfer has one election time-out; without success this replica carries on (thesis §3.10).
    core.transferee = NOBODY;
  }
  if (core.heartbeatElapsedTicks >= core.config.heartbeatTicks) {
    core.heartbeatElapsedTicks = 0;
    // A lost round of reads is asked for again, together with those that came meanwhile.
    if (core.committedInTerm) core.reads.startRound(core.log.committed);
    confirmReads(core);
    broadcastHeartbeat(core);
  }
}

/** Appends one entry for each payload, all or none, and sends them. */
export function propose(core: CoreState, payloads: readonly Payload[]): ProposeResult {
  assert(payloads.length > 0, 'nothing was proposed');
  if (core.role !== 'leader' || core.tracker.get(core.id) === undefined) return refused('not-leader');
  if (core.transferee !== NOBODY) return refused('transferring');
  const index = core.log.lastIndex() + 1;
  if (!appendEntries(core, payloads)) return refused('busy');
  broadcastAppend(core);
  return { kind: 'appended', index, term: core.term };
}

/** Takes a message of the leader's own term, or outside of terms. */
export function stepLeader(core: CoreState, message: Message): void {
  if (message.kind === 'read-index') {
    if (core.reads.pending < FORWARDED_READS_MAX) addRead(core, message);
    return;
  }
  const progress = core.tracker.get(message.from);
  if (progress === undefined) return;
  if (message.kind === 'append-reply') {
    if (onAppendReply(core, progress, message)) continueTransfer(core, progress);
  } else if (message.kind === 'heartbeat-reply') {
    onHeartbeatReply(core, progress, message);
  }
}

/** Queues a read; the round that confirms it starts with the next output, so that one turn's reads share it. */
export function addRead(core: CoreState, { from, requestId }: Read): void {
  core.reads.add({ from, requestId });
}

/** Whether `startReads` would do something. */
export function readsCanStart(core: CoreState): boolean {
  if (core.role !== 'leader' || !core.reads.isWaiting || !core.committedInTerm) return false;
  return core.reads.wantsRound || holdsLease(core);
}

/** Answers the reads that wait, where a lease allows it; else starts a round for them, if none is under way. */
export function startReads(core: CoreState): void {
  if (!readsCanStart(core)) return;
  const index = core.log.committed;
  if (holdsLease(core)) {
    for (const read of core.reads.takeWaiting()) answerRead(core, read, index);
    return;
  }
  core.reads.startRound(index);
  if (!confirmReads(core)) broadcastHeartbeat(core);
}

/** The transport lost touch with `id`: appends in flight were probably lost. */
export function onUnreachable(core: CoreState, id: ReplicaId): void {
  const progress = core.role === 'leader' ? core.tracker.get(id) : undefined;
  if (progress?.state === 'replicate') progress.becomeProbe();
}

/** The snapshot offered to `id` reached it, or not. The next append waits for the peer's own word or a heartbeat. */
export function onSnapshotReport(core: CoreState, id: ReplicaId, delivered: boolean): void {
  const progress = core.role === 'leader' ? core.tracker.get(id) : undefined;
  if (progress?.state !== 'snapshot') return;
  // Not delivered: what the peer needs is still where it was before the offer.
  if (!delivered) progress.pendingSnapshotIndex = 0;
  progress.becomeProbe();
  progress.paused = true;
}

function appendEntries(core: CoreState, payloads: readonly Payload[]): boolean {
  let bytes = 0;
  for (const payload of payloads) bytes += payloadBytes(payload);
  // The first is taken whatever its size, and what weighs nothing always is.
  const overLimit = core.uncommittedBytes + bytes > core.config.uncommittedBytesMax;
  if (overLimit && core.uncommittedBytes > 0 && bytes > 0) return false;
  core.uncommittedBytes += bytes;
  let index = core.log.lastIndex();
  const { term } = core;
  const entries: Entry[] = payloads.map((payload) => ({ index: ++index, term, payload }));
  core.log.append(entries);
  // The leader counts itself like any follower: once the entries are on its disk (C7).
  core.outbox.promise({ kind: 'append-reply', from: core.id, to: core.id, term, index, rejected: null });
  return true;
}

function onHeartbeatReply(core: CoreState, progress: Progress, reply: HeartbeatReply): void {
  progress.active = true;
  progress.paused = false;
  if (reply.promise !== undefined) core.lease?.promised(progress.id, reply.promise);
  // A lost append is found out here, without a new proposal (C27); a probe gets its next try.
  if (progress.matchIndex < core.log.lastIndex() || progress.state === 'probe') {
    sendAppend(core, progress, true);
  }
  // No round beyond the open one was ever asked about.
  if (reply.readSequence > progress.readSequence && reply.readSequence <= core.reads.openSequence) {
    progress.readSequence = reply.readSequence;
    confirmReads(core);
  }
}

/** Answers the reads whose round a quorum has confirmed. True when no round is left open. */
function confirmReads(core: CoreState): boolean {
  const { openSequence } = core.reads;
  if (openSequence === 0) return true;
  // The leader vouches for itself: it leads as long as it has not heard of another term.
  const own = core.tracker.get(core.id);
  if (own !== undefined) own.readSequence = openSequence;
  core.reads.confirm(core.tracker.confirmedReadSequence(), (read, index) => answerRead(core, read, index));
  return core.reads.openSequence === 0;
}

function holdsLease(core: CoreState): boolean {
  return core.lease?.holds(core.id, core.tracker.config) === true;
}

function answerRead(core: CoreState, { from, requestId }: Read, index: number): void {
  if (from === core.id) core.outbox.answerRead({ requestId, index });
  else core.outbox.send({ kind: 'read-index-reply', from: core.id, to: from, term: 0, requestId, index });
}

function checkQuorum(core: CoreState): boolean {
  const active = core.tracker.quorumActive();
  if (!active) becomeFollower(core, core.term, NOBODY);
  for (const progress of core.tracker.members) {
    if (progress.id !== core.id) progress.active = false;
  }
  return active;
}

function refused(reason: ProposeRefusal): ProposeResult {
  return { kind: 'refused', reason };
}
