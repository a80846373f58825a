/**
 * The follower (Raft §5.3, §7): takes what the leader sends, and never acknowledges more than its log holds.
 */
import { isWellFormed, membersOf } from './config-changer.js';
import type { CoreState } from './core-state.js';
import { campaignForTransfer } from './election.js';
import { NOBODY, type SnapshotMeta } from './entry.js';
import type { Append, AppendReply, Heartbeat, LeasePromise, Message, SnapshotOffer } from './message.js';

/** What only a leader sends to make itself known. */
export type LeaderMessage = Append | Heartbeat | SnapshotOffer;

/** Whether `message` says by itself that its sender leads its term. */
export function isFromLeader(message: Message): message is LeaderMessage {
  return message.kind === 'append' || message.kind === 'heartbeat' || message.kind === 'snapshot';
}

/** Takes a message of the current term, or outside of terms. */
export function stepFollower(core: CoreState, message: Message): void {
  if (isFromLeader(message)) {
    core.electionElapsedTicks = 0;
    core.leader = message.from;
    onLeaderMessage(core, message);
  } else if (message.kind === 'timeout-now') {
    campaignForTransfer(core);
  }
}

/** Takes what the leader of the current term sends. */
export function onLeaderMessage(core: CoreState, message: LeaderMessage): void {
  // What became of an earlier leader matters to its succession only.
  core.gone = NOBODY;
  switch (message.kind) {
    case 'append':
      onAppend(core, message);
      break;
    case 'heartbeat':
      onHeartbeat(core, message);
      break;
    case 'snapshot':
      onSnapshotOffer(core, message);
      break;
  }
}

function onAppend(core: CoreState, message: Append): void {
  const { log } = core;
  const { prevIndex, prevTerm, entries, commit } = message;
  if (!follows(message)) return;
  if (prevIndex < log.committed) {
    acknowledge(core, message, log.committed);
    return;
  }
  const matched = log.tryAppend(prevIndex, prevTerm, entries);
  if (matched !== undefined) {
    // Beyond what this append proves to match, this log may hold other entries than the leader's.
    log.commitTo(Math.min(commit, matched));
    acknowledge(core, message, matched);
    return;
  }
  // No entry of the leader's up to prevIndex has a higher term than prevTerm: skip all of this log's that do (C8).
  const hint = log.findConflictByTerm(Math.min(prevIndex, log.lastIndex()), prevTerm);
  reply(core, message, prevIndex, { hintIndex: hint.index, hintTerm: hint.term });
}

function onHeartbeat(core: CoreState, message: Heartbeat): void {
  // A leader that believes more of this log than it holds is mistaken; nothing follows from that.
  if (message.commit <= core.log.lastIndex()) core.log.commitTo(message.commit);
  core.outbox.send({
    kind: 'heartbeat-reply',
    from: core.id,
    to: message.from,
    term: core.term,
    readSequence: message.readSequence,
    ...promiseTo(core, message),
  });
}

/** The promise that a leader which reads by lease asks for; nothing where this replica keeps none. */
function promiseTo(core: CoreState, { leaseRound: round }: Heartbeat): { readonly promise?: LeasePromise } {
  const { lease, electionTicks } = core.config;
  if (lease === undefined || round === undefined) return {};
  core.promisedTicks = electionTicks;
  return { promise: { round, durationMs: lease.promiseMs } };
}

function onSnapshotOffer(core: CoreState, message: SnapshotOffer): void {
  acknowledge(core, message, restore(core, message.snapshot) ? core.log.lastIndex() : core.log.committed);
}

/**
 * Raft §7: starts anew behind `snapshot`, unless the log already holds what it stands for. The snapshot may be older than
 * this replica's membership: the log that follows it brings that.
 */
function restore(core: CoreState, snapshot: SnapshotMeta): boolean {
  const { log } = core;
  if (snapshot.index <= log.committed || !isWellFormed(snapshot.config)) return false;
  if (log.matches(snapshot.index, snapshot.term)) {
    // A longer log that matches is kept: its tail may be acknowledged (C22).
    log.commitTo(snapshot.index);
    return false;
  }
  log.restore(snapshot);
  core.tracker.install(snapshot.config, membersOf(snapshot.config), log.lastIndex());
  return true;
}

/** Whether the entries are numbered on from `prevIndex` and no term falls or is above the sender's. */
function follows({ prevIndex, prevTerm, entries, term }: Append): boolean {
  let index = prevIndex;
  let floor = prevTerm;
  for (const entry of entries) {
    if (entry.index !== ++index || entry.term < floor || entry.term > term) return false;
    floor = entry.term;
  }
  return true;
}

function acknowledge(core: CoreState, message: LeaderMessage, index: number): void {
  reply(core, message, index, null);
}

function reply(
  core: CoreState,
  message: LeaderMessage,
  index: number,
  rejected: AppendReply['rejected'],
): void {
  core.outbox.promise({
    kind: 'append-reply',
    from: core.id,
    to: message.from,
    term: core.term,
    index,
    rejected,
  });
}
