/** How the interaction files write entries, messages and outputs. */
import type { ConfigState, Entry, HardState, ReplicaId, SnapshotMeta } from '../../../src/raft/entry.js';
import type { Message } from '../../../src/raft/message.js';
import type { Role } from '../../../src/raft/ready.js';
import { formatChanges, numberOf } from '../ids.js';

/** Marks a config change that the files call version 1; both versions are one kind here. */
export const VERSION_ONE = new Uint8Array([1]);

export const ROLES: Readonly<Record<Role, string>> = {
  follower: 'StateFollower',
  'pre-candidate': 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
};

const KINDS: Readonly<Record<Message['kind'], string>> = {
  append: 'MsgApp',
  'append-reply': 'MsgAppResp',
  heartbeat: 'MsgHeartbeat',
  'heartbeat-reply': 'MsgHeartbeatResp',
  vote: 'MsgVote',
  'vote-reply': 'MsgVoteResp',
  'pre-vote': 'MsgPreVote',
  'pre-vote-reply': 'MsgPreVoteResp',
  snapshot: 'MsgSnap',
  'timeout-now': 'MsgTimeoutNow',
  'read-index': 'MsgReadIndex',
  'read-index-reply': 'MsgReadIndexResp',
};

/** A message of the files with the fields that they show. */
export interface Shown {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly term: number;
  readonly logTerm?: number;
  readonly index?: number;
  readonly rejectedHint?: number;
  readonly commit?: number;
  readonly vote?: number;
  readonly entries?: readonly Entry[];
  readonly snapshot?: SnapshotMeta | null;
  readonly responses?: readonly Shown[];
}

/** The name of a message's kind, as in `deliver-msgs type=`. */
export function kindOf(message: Message): string {
  return KINDS[message.kind];
}

/** What the files show of a message. */
export function shown(message: Message): Shown {
  const { from, to, term } = message;
  const head = { from: String(numberOf(from)), to: String(numberOf(to)), kind: KINDS[message.kind], term };
  switch (message.kind) {
    case 'append':
      return {
        ...head,
        logTerm: message.prevTerm,
        index: message.prevIndex,
        commit: message.commit,
        entries: message.entries,
      };
    case 'append-reply':
      if (message.rejected === null) return { ...head, index: message.index };
      return {
        ...head,
        logTerm: message.rejected.hintTerm,
        index: message.index,
        rejectedHint: message.rejected.hintIndex,
      };
    case 'heartbeat':
      return { ...head, commit: message.commit };
    case 'vote':
    case 'pre-vote':
      return { ...head, logTerm: message.lastTerm, index: message.lastIndex };
    case 'vote-reply':
    case 'pre-vote-reply':
      return message.granted ? head : { ...head, rejectedHint: 0 };
    case 'snapshot':
      return { ...head, snapshot: message.snapshot };
    case 'heartbeat-reply':
    case 'timeout-now':
    case 'read-index':
    case 'read-index-reply':
      return head;
  }
}

/** Writes a message, over several lines where the files do. */
export function formatMessage(message: Shown, indent = ''): string {
  const { from, to, kind, term, logTerm = 0, index = 0, entries = [], responses = [] } = message;
  let text = `${indent}${from}->${to} ${kind} Term:${term} Log:${logTerm}/${index}`;
  if (message.rejectedHint !== undefined) text += ` Rejected (Hint: ${message.rejectedHint})`;
  if (message.commit) text += ` Commit:${message.commit}`;
  if (message.vote) text += ` Vote:${message.vote}`;
  if (entries.length === 1) text += ` Entries:[${formatEntry(entries[0]!)}]`;
  if (entries.length > 1) {
    text += ` Entries:[${entries.map((entry) => `\n${indent}  ${formatEntry(entry)}`).join('')}\n${indent}]`;
  }
  if (message.snapshot) text += `\n${indent}  Snapshot: ${formatSnapshot(message.snapshot)}`;
  if (responses.length > 0) {
    text += ` Responses:[${responses.map((each) => `\n${formatMessage(each, `${indent}  `)}`).join('')}\n${indent}]`;
  }
  return text;
}

/** Writes `1/12 EntryNormal "text"`. */
export function formatEntry({ term, index, payload }: Entry): string {
  const place = `${term}/${index}`;
  switch (payload.kind) {
    case 'no-op':
      return `${place} EntryNormal ""`;
    case 'command':
      return `${place} EntryNormal ${JSON.stringify(new TextDecoder().decode(payload.data))}`;
    case 'config': {
      const kind = payload.change.context.length > 0 ? 'EntryConfChange' : 'EntryConfChangeV2';
      return `${place} ${kind} ${formatChanges(payload.change.changes)}`.trimEnd();
    }
  }
}

export function formatHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${numberOf(vote) > 0 ? ` Vote:${numberOf(vote)}` : ''} Commit:${commit}`;
}

export function formatSnapshot({ index, term, config }: SnapshotMeta): string {
  return `Index:${index} Term:${term} ConfState:${formatConfigState(config)}`;
}

function formatConfigState(config: ConfigState): string {
  const list = (ids: readonly ReplicaId[]) => `[${ids.map(numberOf).join(' ')}]`;
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = config;
  return `Voters:${list(voters)} VotersOutgoing:${list(votersOutgoing)} Learners:${list(learners)} LearnersNext:${list(learnersNext)} AutoLeave:${autoLeave}`;
}
