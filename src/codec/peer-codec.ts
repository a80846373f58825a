/**
 * What peers say to each other, to and from protobuf: batches of frames, and who a replica is.
 *
 * 1. Decoding is total: a complete domain value or an Error; an unknown kind is never guessed.
 * 2. A message names no sender and recipient on the wire: those of its batch stand for all messages in it.
 */
import {
  ExchangeRequest,
  type Frame as ProtoFrame,
  type Identity as ProtoIdentity,
  ProposalRefusal as ProtoProposalRefusal,
} from '../gen/malha/mesh/v1/peer.js';
import type { Message as ProtoMessage } from '../gen/malha/raft/v1/message.js';
import { FIRST_VERSION } from '../ledger/version.js';
import { NOBODY, type ReplicaId, replicaId, type SnapshotMeta } from '../raft/entry.js';
import type { AppendReply, CommitHint, HeartbeatReply, Message } from '../raft/message.js';
import type { Batch, Frame, Introduction, ProposalRefusal } from '../replica/frame.js';
import { memberFromProto, memberToProto } from './member-codec.js';
import {
  configStateFromProto,
  configStateToProto,
  entryFromProto,
  entryToProto,
} from './raft-entry-codec.js';
import { fromUint64, replicaIdFromFixed64, replicaIdToFixed64, toUint64 } from './uint64.js';

/** A batch with the mesh that it belongs to: 16 lower-case hex digits, '' for none. */
export interface AddressedBatch {
  readonly cluster: string;
  readonly batch: Batch;
}

/**
 * The bytes of an ExchangeRequest. Throws when a number is no whole number from 0 to 2^53-1, an id is
 * malformed, or a message has another sender or recipient than its batch.
 */
export function encodeBatch({ cluster, batch }: AddressedBatch): Buffer {
  return asBuffer(ExchangeRequest.encode(batchToProto({ cluster, batch })).finish());
}

/** A batch as its protobuf message. Throws as `encodeBatch` does. */
export function batchToProto({ cluster, batch }: AddressedBatch): ExchangeRequest {
  return {
    clusterId: clusterToFixed64(cluster),
    from: replicaIdToFixed64(batch.from),
    to: replicaIdToFixed64(batch.to),
    wallMs: toUint64(batch.wallMs),
    ledgerMs: toUint64(batch.ledgerMs),
    medianMs: toUint64(batch.medianMs),
    commitIndex: toUint64(batch.commitIndex),
    ledgerVersion: batch.understands,
    frames: batch.frames.map((frame) => frameToProto(frame, batch)),
  };
}

/** The batch of a protobuf message. Throws when anything in it is missing, out of range or unknown here. */
export function batchFromProto(request: ExchangeRequest): AddressedBatch {
  const from = somebody(request.from);
  const to = somebody(request.to);
  return {
    cluster: clusterFromFixed64(request.clusterId),
    batch: {
      from,
      to,
      wallMs: fromUint64(request.wallMs),
      ledgerMs: fromUint64(request.ledgerMs),
      medianMs: fromUint64(request.medianMs),
      commitIndex: fromUint64(request.commitIndex),
      understands: request.ledgerVersion || FIRST_VERSION,
      frames: request.frames.map((frame) => frameFromProto(frame, from, to)),
    },
  };
}

/** Who a replica is, as its protobuf message. Throws a TypeError for a malformed id. */
export function identityToProto(identity: Introduction): ProtoIdentity {
  return {
    replicaId: replicaIdToFixed64(identity.replica),
    clusterId: clusterToFixed64(identity.cluster),
    company: identity.company,
    peerCompanies: [...identity.peerCompanies],
    founders: identity.founders.map(memberToProto),
    members: identity.members.map(memberToProto),
    membersIndex: toUint64(identity.membersIndex),
    ledgerVersion: identity.understands,
  };
}

/** Who a protobuf message says a replica is. Throws when it is nobody, or a founder or member is. */
export function identityFromProto(identity: ProtoIdentity): Introduction {
  return {
    replica: somebody(identity.replicaId),
    cluster: clusterFromFixed64(identity.clusterId),
    company: identity.company,
    peerCompanies: identity.peerCompanies,
    founders: identity.founders.map(memberFromProto),
    members: identity.members.map(memberFromProto),
    membersIndex: fromUint64(identity.membersIndex),
    understands: identity.ledgerVersion || FIRST_VERSION,
  };
}

function frameToProto(frame: Frame, batch: Batch): ProtoFrame {
  switch (frame.kind) {
    case 'raft':
      return { body: { $case: 'raft', value: messageToProto(frame.message, batch) } };
    case 'proposal':
      return {
        body: {
          $case: 'proposal',
          value: {
            proposalId: toUint64(frame.proposalId),
            notAfterMs: toUint64(frame.notAfterMs),
            command: asBuffer(frame.command),
          },
        },
      };
    case 'proposal-refused':
      return {
        body: {
          $case: 'proposalRefused',
          value: { proposalId: toUint64(frame.proposalId), reason: REFUSAL_TO_PROTO[frame.reason] },
        },
      };
  }
}

function frameFromProto({ body }: ProtoFrame, from: ReplicaId, to: ReplicaId): Frame {
  switch (body?.$case) {
    case undefined:
      throw new Error('a frame of a kind this version does not know');
    case 'raft':
      return { kind: 'raft', message: messageFromProto(body.value, from, to) };
    case 'proposal':
      return {
        kind: 'proposal',
        proposalId: fromUint64(body.value.proposalId),
        notAfterMs: fromUint64(body.value.notAfterMs),
        command: body.value.command,
      };
    case 'proposalRefused':
      return {
        kind: 'proposal-refused',
        proposalId: fromUint64(body.value.proposalId),
        reason: refusalFromProto(body.value.reason),
      };
  }
}

function messageToProto(message: Message, batch: Batch): ProtoMessage {
  if (message.from !== batch.from || message.to !== batch.to) {
    throw new Error(
      `a message from ${message.from} to ${message.to} in a batch from ${batch.from} to ${batch.to}`,
    );
  }
  return { term: toUint64(message.term), body: bodyToProto(message) };
}

function bodyToProto(message: Message): NonNullable<ProtoMessage['body']> {
  switch (message.kind) {
    case 'append':
      return {
        $case: 'append',
        value: {
          prevIndex: toUint64(message.prevIndex),
          prevTerm: toUint64(message.prevTerm),
          entries: message.entries.map(entryToProto),
          commit: toUint64(message.commit),
        },
      };
    case 'append-reply':
      return { $case: 'appendReply', value: appendReplyToProto(message) };
    case 'heartbeat':
      return {
        $case: 'heartbeat',
        value: {
          commit: toUint64(message.commit),
          readSequence: toUint64(message.readSequence),
          leaseRound: toUint64(message.leaseRound ?? 0),
        },
      };
    case 'heartbeat-reply':
      return { $case: 'heartbeatReply', value: heartbeatReplyToProto(message) };
    case 'vote':
    case 'pre-vote':
      return {
        $case: 'vote',
        value: {
          pre: message.kind === 'pre-vote',
          lastIndex: toUint64(message.lastIndex),
          lastTerm: toUint64(message.lastTerm),
          transfer: message.transfer,
          ...commitHintToProto(message),
        },
      };
    case 'vote-reply':
    case 'pre-vote-reply':
      return {
        $case: 'voteReply',
        value: {
          pre: message.kind === 'pre-vote-reply',
          granted: message.granted,
          ...commitHintToProto(message),
        },
      };
    case 'snapshot':
      return {
        $case: 'snapshot',
        value: {
          index: toUint64(message.snapshot.index),
          term: toUint64(message.snapshot.term),
          config: configStateToProto(message.snapshot.config),
        },
      };
    case 'timeout-now':
      return { $case: 'timeoutNow', value: {} };
    case 'read-index':
      return { $case: 'readIndex', value: { requestId: toUint64(message.requestId) } };
    case 'read-index-reply':
      return {
        $case: 'readIndexReply',
        value: { requestId: toUint64(message.requestId), index: toUint64(message.index) },
      };
  }
}

function messageFromProto(message: ProtoMessage, from: ReplicaId, to: ReplicaId): Message {
  const envelope = { from, to, term: fromUint64(message.term) };
  const { body } = message;
  switch (body?.$case) {
    case undefined:
      throw new Error('a message of a kind this version does not know');
    case 'append':
      return {
        ...envelope,
        kind: 'append',
        prevIndex: fromUint64(body.value.prevIndex),
        prevTerm: fromUint64(body.value.prevTerm),
        entries: body.value.entries.map(entryFromProto),
        commit: fromUint64(body.value.commit),
      };
    case 'appendReply':
      return {
        ...envelope,
        kind: 'append-reply',
        index: fromUint64(body.value.index),
        rejected: body.value.rejected
          ? { hintIndex: fromUint64(body.value.hintIndex), hintTerm: fromUint64(body.value.hintTerm) }
          : null,
      };
    case 'heartbeat': {
      const leaseRound = fromUint64(body.value.leaseRound);
      return {
        ...envelope,
        kind: 'heartbeat',
        commit: fromUint64(body.value.commit),
        readSequence: fromUint64(body.value.readSequence),
        ...(leaseRound === 0 ? {} : { leaseRound }),
      };
    }
    case 'heartbeatReply':
      return { ...envelope, kind: 'heartbeat-reply', ...heartbeatReplyFromProto(body.value) };
    case 'vote':
      return {
        ...envelope,
        kind: body.value.pre ? 'pre-vote' : 'vote',
        lastIndex: fromUint64(body.value.lastIndex),
        lastTerm: fromUint64(body.value.lastTerm),
        transfer: body.value.transfer,
        ...commitHintFromProto(body.value),
      };
    case 'voteReply':
      return {
        ...envelope,
        kind: body.value.pre ? 'pre-vote-reply' : 'vote-reply',
        granted: body.value.granted,
        ...commitHintFromProto(body.value),
      };
    case 'snapshot':
      return { ...envelope, kind: 'snapshot', snapshot: snapshotFromProto(body.value) };
    case 'timeoutNow':
      return { ...envelope, kind: 'timeout-now' };
    case 'readIndex':
      return { ...envelope, kind: 'read-index', requestId: fromUint64(body.value.requestId) };
    case 'readIndexReply':
      return {
        ...envelope,
        kind: 'read-index-reply',
        requestId: fromUint64(body.value.requestId),
        index: fromUint64(body.value.index),
      };
  }
}

type ProtoBody<K extends string> = Extract<NonNullable<ProtoMessage['body']>, { $case: K }>['value'];

function appendReplyToProto({ index, rejected }: AppendReply): ProtoBody<'appendReply'> {
  return {
    index: toUint64(index),
    rejected: rejected !== null,
    hintIndex: toUint64(rejected?.hintIndex ?? 0),
    hintTerm: toUint64(rejected?.hintTerm ?? 0),
  };
}

function commitHintToProto({ committed }: CommitHint): {
  readonly commit: bigint;
  readonly commitTerm: bigint;
} {
  const { index, term } = committed ?? { index: 0, term: 0 };
  return { commit: toUint64(index), commitTerm: toUint64(term) };
}

function commitHintFromProto({ commit, commitTerm }: ReturnType<typeof commitHintToProto>): CommitHint {
  const index = fromUint64(commit);
  return index === 0 ? {} : { committed: { index, term: fromUint64(commitTerm) } };
}

function heartbeatReplyToProto({ readSequence, promise }: HeartbeatReply): ProtoBody<'heartbeatReply'> {
  const { round, durationMs } = promise ?? { round: 0, durationMs: 0 };
  return {
    readSequence: toUint64(readSequence),
    promise: promise === undefined ? undefined : { round: toUint64(round), durationMs: toUint64(durationMs) },
  };
}

function heartbeatReplyFromProto(reply: ProtoBody<'heartbeatReply'>) {
  const readSequence = fromUint64(reply.readSequence);
  const { promise } = reply;
  if (promise === undefined) return { readSequence };
  const { round, durationMs } = promise;
  return { readSequence, promise: { round: fromUint64(round), durationMs: fromUint64(durationMs) } };
}

function snapshotFromProto(snapshot: ProtoBody<'snapshot'>): SnapshotMeta {
  if (snapshot.config === undefined) throw new Error('a snapshot without a configuration');
  return {
    index: fromUint64(snapshot.index),
    term: fromUint64(snapshot.term),
    config: configStateFromProto(snapshot.config),
  };
}

const REFUSAL_TO_PROTO: Readonly<Record<ProposalRefusal, ProtoProposalRefusal>> = {
  'not-leader': ProtoProposalRefusal.NOT_LEADER,
  busy: ProtoProposalRefusal.BUSY,
  transferring: ProtoProposalRefusal.TRANSFERRING,
  'too-late': ProtoProposalRefusal.TOO_LATE,
  invalid: ProtoProposalRefusal.INVALID,
  'disk-reserve': ProtoProposalRefusal.DISK_RESERVE,
  clock: ProtoProposalRefusal.CLOCK,
};

const REFUSAL_FROM_PROTO: ReadonlyMap<ProtoProposalRefusal, ProposalRefusal> = new Map(
  Object.entries(REFUSAL_TO_PROTO).map(([reason, code]) => [code, reason as ProposalRefusal]),
);

function refusalFromProto(code: ProtoProposalRefusal): ProposalRefusal {
  const reason = REFUSAL_FROM_PROTO.get(code);
  if (reason === undefined) throw new Error(`a refusal for a reason this version does not know: ${code}`);
  return reason;
}

/** A cluster id has the form of a replica id; 0 is "no mesh yet". */
export function clusterToFixed64(cluster: string): bigint {
  return replicaIdToFixed64(cluster === '' ? NOBODY : replicaId(cluster));
}

/** The cluster id of a fixed64; 0 is '', no mesh yet. */
export function clusterFromFixed64(cluster: bigint): string {
  return replicaIdFromFixed64(cluster);
}

/** The replica id of a fixed64. Throws for 0, which is nobody. */
export function somebody(id: bigint): ReplicaId {
  const replica = replicaIdFromFixed64(id);
  if (replica === NOBODY) throw new Error('a replica id is missing');
  return replica;
}

/** The generated types want a Buffer; this is a view, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
