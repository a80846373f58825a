/**
 * Members to and from protobuf. As the context of a change of members these bytes are kept for ever.
 *
 * Decoding is total: complete domain values or an Error.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { MemberNote, type Member as ProtoMember } from '../gen/malha/mesh/v1/peer.js';
import { NOBODY } from '../raft/entry.js';
import type { Member } from '../replica/frame.js';
import { replicaIdFromFixed64, replicaIdToFixed64 } from './uint64.js';

/** A member as its protobuf message. Throws a TypeError for a malformed id. */
export function memberToProto({ id, company, address }: Member): ProtoMember {
  return { replicaId: replicaIdToFixed64(id), company, address };
}

/** The member of a protobuf message. Throws when it is nobody. */
export function memberFromProto({ replicaId, company, address }: ProtoMember): Member {
  const id = replicaIdFromFixed64(replicaId);
  if (id === NOBODY) throw new Error('a member without a replica id');
  return { id, company, address };
}

/** The context of a change of members. Throws a TypeError for a malformed id. */
export function encodeMembers(members: readonly Member[]): Uint8Array {
  return MemberNote.encode({ members: members.map(memberToProto) }).finish();
}

/** Whom the context of a change of members names; nobody where it is empty. Throws when it is none. */
export function decodeMembers(context: Uint8Array): readonly Member[] {
  const reader = new BinaryReader(context);
  const note = MemberNote.decode(reader);
  // The generated decoder stops without a word at a malformed tag.
  if (reader.pos !== reader.len) throw new Error(`a note that ends at byte ${reader.pos} of ${reader.len}`);
  return note.members.map(memberFromProto);
}
