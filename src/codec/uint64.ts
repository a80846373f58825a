/**
 * 64-bit fields of the wire to and from the domain's numbers and replica ids, always checked: a value that
 * would lose a bit is an error, never a rounded number. Nothing else converts 64-bit fields.
 */
import { NOBODY, type ReplicaId, replicaId } from '../raft/entry.js';

/** A whole number from 0 to 2^53-1 as a uint64. Throws a RangeError for any other number. */
export function toUint64(n: number): bigint {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a whole number from 0 to 2^53-1: ${n}`);
  return BigInt(n);
}

/** A uint64 as a number. Throws a RangeError above 2^53-1, where numbers are no longer exact. */
export function fromUint64(v: bigint): number {
  if (v < 0n || v > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`not from 0 to 2^53-1: ${v}`);
  return Number(v);
}

/** A replica id as a fixed64, NOBODY as 0. Throws a TypeError for other texts and for the id of 64 zero bits. */
export function replicaIdToFixed64(id: ReplicaId): bigint {
  if (id === NOBODY) return 0n;
  const value = BigInt(`0x${replicaId(id)}`);
  if (value === 0n) throw new TypeError('64 zero bits mean nobody, they are no replica id');
  return value;
}

/** The replica id of a fixed64; 0 is NOBODY. Throws a RangeError for what is no 64-bit value. */
export function replicaIdFromFixed64(v: bigint): ReplicaId {
  if (BigInt.asUintN(64, v) !== v) throw new RangeError(`not a 64-bit value: ${v}`);
  return v === 0n ? NOBODY : replicaId(v.toString(16).padStart(16, '0'));
}
