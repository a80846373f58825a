/**
 * Commands and ledger entries to and from protobuf. These bytes are kept for ever.
 *
 * 1. What is encoded decodes to the same command, or encoding throws: no value is rounded, cut or replaced.
 * 2. Decoding is total: bytes either give a complete command or throw; nothing is defaulted, for a guessed
 *    command would be applied on one replica and not on another.
 * 3. What is decoded does not share memory with the input.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  Command as ProtoCommand,
  Door as ProtoDoor,
  KeyKind as ProtoKeyKind,
} from '../gen/malha/ledger/v1/command.js';
import type { Command, Door, KeyKind, LedgerEntry } from '../ledger/command.js';
import type { Codec } from '../replica/ports.js';
import { decodeMembers, encodeMembers } from './member-codec.js';
import { operationFromProto } from './operation-from-proto.js';
import { operationToProto } from './operation-to-proto.js';
import { wellFormed } from './text.js';
import { fromUint64, toUint64 } from './uint64.js';

/** Version of the entry's envelope: what stands around a command. */
const ENVELOPE_VERSION = 1;

const TRACE_ID = /^[0-9a-f]{32}$/;
const TRACE_ID_BYTES = 16;

/** The codec of this version. */
export const ledgerCodec: Codec = {
  encodeCommand,
  decodeCommand,
  stamp,
  decodeEntry,
  encodeMembers,
  decodeMembers,
};

/** Throws a RangeError or TypeError for a command with values that the wire cannot carry. */
function encodeCommand(command: Command): Uint8Array {
  return ProtoCommand.encode(commandToProto(command)).finish();
}

function decodeCommand(bytes: Uint8Array): Command {
  const reader = new BinaryReader(bytes);
  const command = ProtoCommand.decode(reader);
  // The generated decoder stops without a word at a malformed tag.
  if (reader.pos !== reader.len)
    throw new Error(`a command that ends at byte ${reader.pos} of ${reader.len}`);
  return commandFromProto(command);
}

/** Writes the envelope around bytes that stay as they are: the leader need not understand what it orders. */
function stamp(command: Uint8Array, atMs: number): Uint8Array {
  return new BinaryWriter()
    .tag(ENVELOPE_FIELD.envelopeVersion, WireType.Varint)
    .uint32(ENVELOPE_VERSION)
    .tag(ENVELOPE_FIELD.atMs, WireType.Varint)
    .uint64(toUint64(atMs))
    .tag(ENVELOPE_FIELD.command, WireType.LengthDelimited)
    .bytes(command)
    .finish();
}

/**
 * Reads the envelope by hand, as `stamp` writes it, so that the command's bytes are judged alone: what the
 * leader took for a command is one to everybody who applies it, and nothing else is.
 */
function decodeEntry(bytes: Uint8Array, index: number): LedgerEntry {
  const reader = new BinaryReader(bytes);
  let envelopeVersion = 0;
  let atMs = 0n;
  let command: Uint8Array | null = null;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === ENVELOPE_FIELD.envelopeVersion && wireType === WireType.Varint) {
      envelopeVersion = reader.uint32();
    } else if (field === ENVELOPE_FIELD.atMs && wireType === WireType.Varint) {
      atMs = BigInt(reader.uint64());
    } else if (field === ENVELOPE_FIELD.command && wireType === WireType.LengthDelimited) {
      command = reader.bytes();
    } else {
      reader.skip(wireType, field);
    }
  }
  if (envelopeVersion !== ENVELOPE_VERSION) {
    throw new Error(`an entry with an envelope of version ${envelopeVersion}, which is unknown`);
  }
  if (command === null) throw new Error('an entry without a command');
  return { index, atMs: fromUint64(atMs), command: decodeCommand(command) };
}

/** Field numbers of malha.ledger.v1.LedgerEntry. */
const ENVELOPE_FIELD = { envelopeVersion: 1, atMs: 2, command: 3 } as const;

function commandToProto(command: Command): ProtoCommand {
  if (command.ledgerVersion < 1) throw new RangeError(`no ledger version: ${command.ledgerVersion}`);
  if (!TRACE_ID.test(command.traceId)) throw new TypeError('a trace id is 32 lower-case hex digits');
  return {
    ledgerVersion: command.ledgerVersion,
    requestKey: wellFormed(command.requestKey),
    keyKind: KEY_KIND_TO_PROTO[command.keyKind],
    holder: wellFormed(command.holder),
    door: DOOR_TO_PROTO[command.door],
    originCompany: wellFormed(command.originCompany),
    traceId: Buffer.from(command.traceId, 'hex'),
    notAfterMs: toUint64(command.notAfterMs),
    operation: operationToProto(command.operation),
  };
}

function commandFromProto(command: ProtoCommand): Command {
  if (command.ledgerVersion < 1) throw new Error('a command without a ledger version');
  if (command.traceId.length !== TRACE_ID_BYTES) throw new Error('a command whose trace id is not 16 bytes');
  return {
    ledgerVersion: command.ledgerVersion,
    requestKey: command.requestKey,
    keyKind: keyKindFromProto(command.keyKind),
    holder: command.holder,
    door: doorFromProto(command.door),
    originCompany: command.originCompany,
    traceId: command.traceId.toString('hex'),
    notAfterMs: fromUint64(command.notAfterMs),
    operation: operationFromProto(command.operation),
  };
}

const KEY_KIND_TO_PROTO: Readonly<Record<KeyKind, ProtoKeyKind>> = {
  client: ProtoKeyKind.CLIENT,
  node: ProtoKeyKind.NODE,
};

function keyKindFromProto(keyKind: ProtoKeyKind): KeyKind {
  switch (keyKind) {
    case ProtoKeyKind.CLIENT:
      return 'client';
    case ProtoKeyKind.NODE:
      return 'node';
    default:
      throw new Error(`a kind of key that this version does not know: ${keyKind}`);
  }
}

const DOOR_TO_PROTO: Readonly<Record<Door, ProtoDoor>> = {
  'legacy-rest': ProtoDoor.LEGACY_REST,
  rest: ProtoDoor.REST,
  'legacy-mqtt': ProtoDoor.LEGACY_MQTT,
  mqtt: ProtoDoor.MQTT,
  grpc: ProtoDoor.GRPC,
  node: ProtoDoor.NODE,
};

function doorFromProto(door: ProtoDoor): Door {
  switch (door) {
    case ProtoDoor.LEGACY_REST:
      return 'legacy-rest';
    case ProtoDoor.REST:
      return 'rest';
    case ProtoDoor.LEGACY_MQTT:
      return 'legacy-mqtt';
    case ProtoDoor.MQTT:
      return 'mqtt';
    case ProtoDoor.GRPC:
      return 'grpc';
    case ProtoDoor.NODE:
      return 'node';
    default:
      throw new Error(`a door that this version does not know: ${door}`);
  }
}
