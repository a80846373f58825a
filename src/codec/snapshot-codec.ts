/**
 * A state on its way to a peer, to and from protobuf. Decoding is total: a complete domain value or an Error.
 */
import {
  type SnapshotHeader as ProtoHeader,
  type SnapshotPlace as ProtoPlace,
  type SnapshotRow as ProtoRow,
  SnapshotRows,
} from '../gen/malha/mesh/v1/peer.js';
import type { SnapshotHeader, SnapshotPlace, StateRow } from '../replica/ports.js';
import { memberFromProto, memberToProto } from './member-codec.js';
import { clusterFromFixed64, clusterToFixed64, somebody } from './peer-codec.js';
import { configStateFromProto, configStateToProto } from './raft-entry-codec.js';
import { fromUint64, replicaIdToFixed64, toUint64 } from './uint64.js';

/** A header with the mesh that it belongs to: 16 lower-case hex digits, '' for none. */
export interface AddressedHeader {
  readonly cluster: string;
  readonly header: SnapshotHeader;
}

/** Of a digest, and of a chain. */
const HASH_BYTES = 16;

/** A header as its protobuf message. Throws when a number is no whole number from 0 to 2^53-1 or an id is malformed. */
export function headerToProto({ cluster, header }: AddressedHeader): ProtoHeader {
  const { from, to, term, meta, cut, after } = header;
  return {
    clusterId: clusterToFixed64(cluster),
    from: replicaIdToFixed64(from),
    to: replicaIdToFixed64(to),
    term: toUint64(term),
    snapshot: {
      index: toUint64(meta.appliedIndex),
      term: toUint64(meta.appliedTerm),
      config: configStateToProto(meta.config),
    },
    ledger: {
      nowMs: toUint64(meta.nowMs),
      ledgerVersion: meta.ledgerVersion,
      digest: hashToBytes(meta.digest),
    },
    cut: toUint64(cut),
    after: placeToProto(after),
    members: meta.members.map(memberToProto),
  };
}

/** The header of a protobuf message. Throws when anything in it is missing or out of range. */
export function headerFromProto(proto: ProtoHeader): AddressedHeader {
  const { snapshot, ledger, after } = proto;
  if (snapshot?.config === undefined) throw new Error('a snapshot without a configuration');
  if (ledger === undefined) throw new Error('a snapshot that says nothing of its ledger');
  if (after === undefined) throw new Error('a snapshot that does not say where it begins');
  const cut = fromUint64(proto.cut);
  if (cut === 0) throw new Error('a snapshot without the number of its cut');
  return {
    cluster: clusterFromFixed64(proto.clusterId),
    header: {
      from: somebody(proto.from),
      to: somebody(proto.to),
      term: fromUint64(proto.term),
      meta: {
        appliedIndex: fromUint64(snapshot.index),
        appliedTerm: fromUint64(snapshot.term),
        nowMs: fromUint64(ledger.nowMs),
        ledgerVersion: ledger.ledgerVersion,
        digest: hashFromBytes(ledger.digest),
        config: configStateFromProto(snapshot.config),
        members: proto.members.map(memberFromProto),
      },
      cut,
      after: placeFromProto(after),
    },
  };
}

/** A place as its protobuf message. */
export function placeToProto({ chunks, rows, chain }: SnapshotPlace): ProtoPlace {
  return { chunks: toUint64(chunks), rows: toUint64(rows), chain: hashToBytes(chain) };
}

/** The place of a protobuf message. Throws when anything in it is out of range. */
export function placeFromProto({ chunks, rows, chain }: ProtoPlace): SnapshotPlace {
  return { chunks: fromUint64(chunks), rows: fromUint64(rows), chain: hashFromBytes(chain) };
}

/** The 16 bytes of 32 hex digits. */
export function hashToBytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** The 32 lower-case hex digits of 16 bytes. Throws for any other number of bytes. */
export function hashFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== HASH_BYTES) throw new Error(`a hash of ${bytes.length} bytes`);
  return Buffer.from(bytes).toString('hex');
}

/** The bytes of so many rows. */
export function encodeRows(rows: readonly StateRow[]): Buffer {
  return Buffer.from(SnapshotRows.encode({ rows: rows as ProtoRow[] }).finish());
}

/** The rows of the bytes that `encodeRows` gave. Throws when they are not such bytes. */
export function decodeRows(bytes: Uint8Array): readonly StateRow[] {
  return SnapshotRows.decode(bytes).rows;
}
