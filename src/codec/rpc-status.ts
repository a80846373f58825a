/**
 * Why a gRPC call failed, for programs: a `google.rpc.Status` with details of `google.rpc` (error_details.proto), as it
 * travels in the trailing metadata `grpc-status-details-bin`. Written by hand, for six small messages are no reason for
 * a dependency; rpc-status-decoder.ts reads it.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What reasons belong to. */
export const DOMAIN = 'malha';

/** Numbers of the fields. */
export const STATUS = { code: 1, message: 2, details: 3 } as const;
export const ANY = { typeUrl: 1, value: 2 } as const;
export const ERROR_INFO = { reason: 1, domain: 2, metadata: 3 } as const;
export const MAP_ENTRY = { key: 1, value: 2 } as const;
export const PRECONDITION_FAILURE = { violations: 1 } as const;
export const VIOLATION = { type: 1, subject: 2, description: 3 } as const;
export const BAD_REQUEST = { violations: 1 } as const;
export const FIELD_VIOLATION = { field: 1, description: 2 } as const;
export const RETRY_INFO = { retryDelay: 1 } as const;
export const DURATION = { seconds: 1, nanos: 2 } as const;
export const REQUEST_INFO = { requestId: 1 } as const;

const PREFIX = 'type.googleapis.com/google.rpc.';

/** Type URLs of the details. */
export const TYPES = {
  errorInfo: `${PREFIX}ErrorInfo`,
  preconditionFailure: `${PREFIX}PreconditionFailure`,
  badRequest: `${PREFIX}BadRequest`,
  retryInfo: `${PREFIX}RetryInfo`,
  requestInfo: `${PREFIX}RequestInfo`,
} as const;

/** Something that would have to be otherwise for the request to be carried out. */
export interface Violation {
  /** For programs, such as `POINT_TAKEN`. */
  readonly type: string;
  /** Such as `stop/0`. */
  readonly subject: string;
  readonly description: string;
}

export interface FieldViolation {
  /** As in `stops[2].start`. */
  readonly field: string;
  readonly description: string;
}

export interface RpcStatus {
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** In capitals, such as `WOULD_LOSE_QUORUM`. */
  readonly reason: string;
  /** What else programs may want to know of the reason. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  readonly fieldViolations?: readonly FieldViolation[];
  /** When the same request may succeed; whole milliseconds. */
  readonly retryDelayMs?: number;
  /** The key under which to ask again, where the outcome is unknown. */
  readonly requestKey?: string;
}

/** The reason is always the first detail. */
export function encodeRpcStatus(status: RpcStatus): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(STATUS.code, WireType.Varint).int32(status.code);
  text(writer, STATUS.message, status.message);
  detail(writer, TYPES.errorInfo, errorInfo(status));
  const { violations = [], fieldViolations = [], retryDelayMs, requestKey } = status;
  if (violations.length > 0) detail(writer, TYPES.preconditionFailure, preconditionFailure(violations));
  if (fieldViolations.length > 0) detail(writer, TYPES.badRequest, badRequest(fieldViolations));
  if (retryDelayMs !== undefined) detail(writer, TYPES.retryInfo, retryInfo(retryDelayMs));
  if (requestKey !== undefined) {
    detail(writer, TYPES.requestInfo, text(new BinaryWriter(), REQUEST_INFO.requestId, requestKey));
  }
  return writer.finish();
}

function errorInfo({ reason, metadata = {} }: RpcStatus): BinaryWriter {
  const writer = new BinaryWriter();
  text(writer, ERROR_INFO.reason, reason);
  text(writer, ERROR_INFO.domain, DOMAIN);
  for (const [key, value] of Object.entries(metadata)) {
    const entry = text(new BinaryWriter(), MAP_ENTRY.key, key);
    message(writer, ERROR_INFO.metadata, text(entry, MAP_ENTRY.value, value));
  }
  return writer;
}

function preconditionFailure(violations: readonly Violation[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const { type, subject, description } of violations) {
    const violation = text(new BinaryWriter(), VIOLATION.type, type);
    text(violation, VIOLATION.subject, subject);
    message(writer, PRECONDITION_FAILURE.violations, text(violation, VIOLATION.description, description));
  }
  return writer;
}

function badRequest(violations: readonly FieldViolation[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const { field, description } of violations) {
    const violation = text(new BinaryWriter(), FIELD_VIOLATION.field, field);
    message(writer, BAD_REQUEST.violations, text(violation, FIELD_VIOLATION.description, description));
  }
  return writer;
}

function retryInfo(delayMs: number): BinaryWriter {
  const duration = new BinaryWriter();
  duration.tag(DURATION.seconds, WireType.Varint).int64(Math.floor(delayMs / 1_000));
  const nanos = (delayMs % 1_000) * 1_000_000;
  if (nanos !== 0) duration.tag(DURATION.nanos, WireType.Varint).int32(nanos);
  return message(new BinaryWriter(), RETRY_INFO.retryDelay, duration);
}

function detail(writer: BinaryWriter, typeUrl: string, value: BinaryWriter): void {
  const any = text(new BinaryWriter(), ANY.typeUrl, typeUrl);
  message(writer, STATUS.details, message(any, ANY.value, value));
}

/** An empty text is left out, as proto3 has it. */
function text(writer: BinaryWriter, number: number, value: string): BinaryWriter {
  return value === '' ? writer : writer.tag(number, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, number: number, value: BinaryWriter): BinaryWriter {
  return writer.tag(number, WireType.LengthDelimited).bytes(value.finish());
}
