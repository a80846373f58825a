/**
 * Problems as callers hear them: a status with details for a call, a message for a request of a pipeline.
 *
 * Details travel in one header, and many callers take 8 KiB of headers: conflicts beyond `VIOLATIONS_BYTES_MAX` are
 * counted and not named. A pipeline names them all.
 */
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { encodeRpcStatus, type RpcStatus, type Violation } from '../codec/rpc-status.js';
import { durationOf, timestampOf } from '../codec/time-messages.js';
import { toUint64 } from '../codec/uint64.js';
import { CONFLICT_WORDS } from '../doors/conflict-words.js';
import { outcomeOf } from '../doors/outcomes.js';
import { timeText } from '../doors/times.js';
import type { CallError } from '../gen/malha/mesh/v1/call.js';
import type { Conflict } from '../ledger/result.js';
import { DETAILS_KEY } from './call-failure.js';
import { type Problem, reasonOf } from './problem.js';

const VIOLATIONS_BYTES_MAX = 4_096;

/** Tags and lengths of a violation and its fields. */
const VIOLATION_OVERHEAD_BYTES = 8;

/** What grpc-js answers a call with. */
export function statusOf(problem: Problem): Partial<StatusObject> {
  const status = rpcStatus(problem);
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(encodeRpcStatus(status)));
  return { code: status.code, details: status.message, metadata };
}

/** The same within a stream. */
export function callErrorOf({ code, message, particulars }: Problem): CallError {
  const { conflicts = [], fault, requestKey = '', entry } = particulars;
  const { grpcCode, retryAfterSeconds } = outcomeOf(code);
  return {
    code: grpcCode,
    reason: reasonOf(code),
    message,
    conflicts: [...conflicts],
    fieldViolations: fault === undefined ? [] : [{ field: fault.field, description: fault.description }],
    retryDelay: retryAfterSeconds === null ? undefined : durationOf(retryAfterSeconds * 1_000),
    requestKey,
    index: toUint64(entry?.index ?? 0),
    at: entry === undefined ? undefined : timestampOf(entry.atMs),
  };
}

function rpcStatus({ code, message, particulars }: Problem): RpcStatus {
  const { conflicts = [], fault, requestKey, entry } = particulars;
  const { grpcCode, retryAfterSeconds } = outcomeOf(code);
  return {
    code: grpcCode,
    message,
    reason: reasonOf(code),
    metadata: {
      ...(entry === undefined ? {} : { index: String(entry.index), at: timeText(entry.atMs) }),
      ...(conflicts.length === 0 ? {} : { conflicts: String(conflicts.length) }),
    },
    violations: violationsOf(conflicts),
    ...(fault === undefined
      ? {}
      : { fieldViolations: [{ field: fault.field, description: fault.description }] }),
    ...(retryAfterSeconds === null ? {} : { retryDelayMs: retryAfterSeconds * 1_000 }),
    ...(requestKey === undefined ? {} : { requestKey }),
  };
}

/** The conflicts, as far as there is room for them. */
function violationsOf(conflicts: readonly Conflict[]): readonly Violation[] {
  const violations: Violation[] = [];
  let bytes = 0;
  for (const { stop, pointId, reason } of conflicts) {
    const words = CONFLICT_WORDS[reason].english;
    const violation = {
      type: reason,
      subject: `stop/${stop}`,
      description: pointId === '' ? words : `point ${pointId}: ${words}`,
    };
    const { type, subject, description } = violation;
    bytes += type.length + subject.length + Buffer.byteLength(description) + VIOLATION_OVERHEAD_BYTES;
    if (bytes > VIOLATIONS_BYTES_MAX) break;
    violations.push(violation);
  }
  return violations;
}
