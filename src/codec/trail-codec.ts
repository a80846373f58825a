/**
 * Records of the audit trail on their way to a peer, to and from protobuf. Decoding is total: complete domain values or an
 * Error.
 */
import type {
  TrailRecord as ProtoRecord,
  ReadTrailRequest,
  ReadTrailResponse,
} from '../gen/malha/mesh/v1/peer.js';
import type { ReplicaId } from '../raft/entry.js';
import type { TrailPageRequest, TrailRecord } from '../replica/ports.js';
import { clusterFromFixed64, clusterToFixed64, somebody } from './peer-codec.js';
import { fromUint64, replicaIdToFixed64, toUint64 } from './uint64.js';

/** A question with who asks whom, in which mesh: 16 lower-case hex digits, '' for none. */
export interface AddressedTrailRequest {
  readonly cluster: string;
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly request: TrailPageRequest;
}

/** Of a head. */
const HEAD_BYTES = 32;

/** A question as its protobuf message. Throws when a number is no whole number from 0 to 2^53-1 or an id is malformed. */
export function trailRequestToProto({ cluster, from, to, request }: AddressedTrailRequest): ReadTrailRequest {
  return {
    clusterId: clusterToFixed64(cluster),
    from: replicaIdToFixed64(from),
    to: replicaIdToFixed64(to),
    before: toUint64(request.before),
    limit: request.limit,
  };
}

/** The question of a protobuf message. Throws when anything in it is missing or out of range. */
export function trailRequestFromProto(proto: ReadTrailRequest): AddressedTrailRequest {
  return {
    cluster: clusterFromFixed64(proto.clusterId),
    from: somebody(proto.from),
    to: somebody(proto.to),
    request: { before: fromUint64(proto.before), limit: proto.limit },
  };
}

/** Records as their protobuf messages. */
export function trailToProto(records: readonly TrailRecord[]): ReadTrailResponse {
  return {
    records: records.map(({ index, before, text }): ProtoRecord => {
      return { index: toUint64(index), before: Buffer.from(before, 'hex'), text };
    }),
  };
}

/** The records of a protobuf message. Throws when one of them has no head before it or an index out of range. */
export function trailFromProto({ records }: ReadTrailResponse): readonly TrailRecord[] {
  return records.map(({ index, before, text }) => {
    if (before.length !== HEAD_BYTES) throw new Error(`a head of ${before.length} bytes`);
    return { index: fromUint64(index), before: Buffer.from(before).toString('hex'), text };
  });
}
