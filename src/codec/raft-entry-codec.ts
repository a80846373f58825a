/**
 * Entries and configurations of consensus to and from protobuf. These bytes are kept for ever: what an
 * entry of an older version says must decode to the same entry in every later one.
 *
 * 1. Decoding is total: bytes either give a complete domain value or throw; nothing is defaulted, for a
 *    guessed payload would be applied on one replica and not on another.
 * 2. What is decoded does not share memory with the input.
 */
import {
  ConfigTransition,
  MemberChangeKind,
  type ConfigChange as ProtoConfigChange,
  type ConfigState as ProtoConfigState,
  Entry as ProtoEntry,
} from '../gen/malha/raft/v1/entry.js';
import {
  type ConfigChange,
  type ConfigState,
  type Entry,
  type MemberChange,
  NOBODY,
  type Payload,
  type ReplicaId,
} from '../raft/entry.js';
import { fromUint64, replicaIdFromFixed64, replicaIdToFixed64, toUint64 } from './uint64.js';

/** An entry as the bytes that are stored and sent. Throws a RangeError for an index or term out of range. */
export function encodeEntry(entry: Entry): Uint8Array {
  return ProtoEntry.encode(entryToProto(entry)).finish();
}

/** The entry that `encodeEntry` gave these bytes for. Throws when they are no entry that this version understands. */
export function decodeEntry(bytes: Uint8Array): Entry {
  return entryFromProto(ProtoEntry.decode(bytes));
}

/** An entry as its protobuf message. Throws a RangeError for an index or term out of range. */
export function entryToProto(entry: Entry): ProtoEntry {
  return { index: toUint64(entry.index), term: toUint64(entry.term), payload: payloadToProto(entry.payload) };
}

/** The entry of a protobuf message. Throws when anything in it is missing or unknown to this version. */
export function entryFromProto(entry: ProtoEntry): Entry {
  const index = fromUint64(entry.index);
  const term = fromUint64(entry.term);
  if (index === 0 || term === 0) throw new Error(`an entry without index or term: ${index}, ${term}`);
  return { index, term, payload: payloadFromProto(entry.payload) };
}

/** A configuration as its protobuf message. Throws a TypeError for a malformed replica id. */
export function configStateToProto(config: ConfigState): ProtoConfigState {
  return {
    voters: config.voters.map(replicaIdToFixed64),
    learners: config.learners.map(replicaIdToFixed64),
    votersOutgoing: config.votersOutgoing.map(replicaIdToFixed64),
    learnersNext: config.learnersNext.map(replicaIdToFixed64),
    autoLeave: config.autoLeave,
  };
}

/** The configuration of a protobuf message. Throws when it names nobody, or a list is unsorted or repeats. */
export function configStateFromProto(config: ProtoConfigState): ConfigState {
  return {
    voters: memberList(config.voters),
    learners: memberList(config.learners),
    votersOutgoing: memberList(config.votersOutgoing),
    learnersNext: memberList(config.learnersNext),
    autoLeave: config.autoLeave,
  };
}

function payloadToProto(payload: Payload): NonNullable<ProtoEntry['payload']> {
  switch (payload.kind) {
    case 'no-op':
      return { $case: 'noOp', value: {} };
    case 'command':
      return { $case: 'command', value: asBuffer(payload.data) };
    case 'config':
      return { $case: 'configChange', value: changeToProto(payload.change) };
  }
}

function payloadFromProto(payload: ProtoEntry['payload']): Payload {
  switch (payload?.$case) {
    case undefined:
      throw new Error('an entry whose payload this version does not know');
    case 'noOp':
      return { kind: 'no-op' };
    case 'command':
      return { kind: 'command', data: asBytes(payload.value) };
    case 'configChange':
      return { kind: 'config', change: changeFromProto(payload.value) };
  }
}

function changeToProto(change: ConfigChange): ProtoConfigChange {
  return {
    changes: change.changes.map(({ kind, id }) => ({
      kind: KIND_TO_PROTO[kind],
      replicaId: replicaIdToFixed64(id),
    })),
    transition: TRANSITION_TO_PROTO[change.transition],
    context: asBuffer(change.context),
  };
}

function changeFromProto(change: ProtoConfigChange): ConfigChange {
  return {
    changes: change.changes.map(({ kind, replicaId }) => ({
      kind: kindFromProto(kind),
      id: somebody(replicaId),
    })),
    transition: transitionFromProto(change.transition),
    context: asBytes(change.context),
  };
}

const KIND_TO_PROTO: Readonly<Record<MemberChange['kind'], MemberChangeKind>> = {
  'add-voter': MemberChangeKind.ADD_VOTER,
  'add-learner': MemberChangeKind.ADD_LEARNER,
  remove: MemberChangeKind.REMOVE,
  update: MemberChangeKind.UPDATE,
};

function kindFromProto(kind: MemberChangeKind): MemberChange['kind'] {
  switch (kind) {
    case MemberChangeKind.ADD_VOTER:
      return 'add-voter';
    case MemberChangeKind.ADD_LEARNER:
      return 'add-learner';
    case MemberChangeKind.REMOVE:
      return 'remove';
    case MemberChangeKind.UPDATE:
      return 'update';
    default:
      throw new Error(`a member change of a kind this version does not know: ${kind}`);
  }
}

const TRANSITION_TO_PROTO: Readonly<Record<ConfigChange['transition'], ConfigTransition>> = {
  auto: ConfigTransition.AUTO,
  'joint-implicit': ConfigTransition.JOINT_IMPLICIT,
  'joint-explicit': ConfigTransition.JOINT_EXPLICIT,
};

function transitionFromProto(transition: ConfigTransition): ConfigChange['transition'] {
  switch (transition) {
    case ConfigTransition.AUTO:
      return 'auto';
    case ConfigTransition.JOINT_IMPLICIT:
      return 'joint-implicit';
    case ConfigTransition.JOINT_EXPLICIT:
      return 'joint-explicit';
    default:
      throw new Error(`a transition this version does not know: ${transition}`);
  }
}

function memberList(ids: readonly bigint[]): ReplicaId[] {
  const list = ids.map(somebody);
  for (let i = 1; i < list.length; i += 1) {
    if (list[i - 1]! >= list[i]!)
      throw new Error('a configuration whose list is unsorted or repeats a replica');
  }
  return list;
}

function somebody(id: bigint): ReplicaId {
  const replica = replicaIdFromFixed64(id);
  if (replica === NOBODY) throw new Error('a configuration that names nobody');
  return replica;
}

/** The generated types want a Buffer; this is a view, not a copy, and the encoder only reads it. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The domain knows no Buffer: the same memory as what it is, bytes. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
