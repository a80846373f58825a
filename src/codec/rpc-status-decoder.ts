/**
 * Reads a `google.rpc.Status` and its details: for callers of malha, its own among them, and for tests.
 *
 * Details of other types are skipped; so is an ErrorInfo of another domain, whose reasons are not ours.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  ANY,
  BAD_REQUEST,
  DOMAIN,
  DURATION,
  ERROR_INFO,
  FIELD_VIOLATION,
  type FieldViolation,
  MAP_ENTRY,
  PRECONDITION_FAILURE,
  REQUEST_INFO,
  RETRY_INFO,
  type RpcStatus,
  STATUS,
  TYPES,
  VIOLATION,
  type Violation,
} from './rpc-status.js';

type Details = { -readonly [K in keyof Omit<RpcStatus, 'code' | 'message'>]: RpcStatus[K] };

/** Throws for bytes that are no such message. `reason` is '' where there is none of malha's. */
export function decodeRpcStatus(bytes: Uint8Array): RpcStatus {
  const fields = new Fields(bytes);
  const details: Details = { reason: '' };
  for (const any of fields.messages(STATUS.details)) {
    read(any.text(ANY.typeUrl), any.message(ANY.value), details);
  }
  return { code: fields.number(STATUS.code), message: fields.text(STATUS.message), ...details };
}

/** The reason in the bytes of a status; '' when there is none of malha's, or they are no status. */
export function reasonOf(bytes: Uint8Array): string {
  try {
    return decodeRpcStatus(bytes).reason;
  } catch {
    return '';
  }
}

function read(typeUrl: string, value: Fields, details: Details): void {
  switch (typeUrl) {
    case TYPES.errorInfo: {
      if (value.text(ERROR_INFO.domain) !== DOMAIN) return;
      details.reason = value.text(ERROR_INFO.reason);
      const entries = value
        .messages(ERROR_INFO.metadata)
        .map((entry) => [entry.text(MAP_ENTRY.key), entry.text(MAP_ENTRY.value)] as const);
      if (entries.length > 0) details.metadata = Object.fromEntries(entries);
      return;
    }
    case TYPES.preconditionFailure:
      details.violations = value.messages(PRECONDITION_FAILURE.violations).map(violationOf);
      return;
    case TYPES.badRequest:
      details.fieldViolations = value.messages(BAD_REQUEST.violations).map(fieldViolationOf);
      return;
    case TYPES.retryInfo: {
      const delay = value.message(RETRY_INFO.retryDelay);
      details.retryDelayMs = delay.number(DURATION.seconds) * 1_000 + delay.number(DURATION.nanos) / 1e6;
      return;
    }
    case TYPES.requestInfo:
      details.requestKey = value.text(REQUEST_INFO.requestId);
  }
}

function violationOf(fields: Fields): Violation {
  return {
    type: fields.text(VIOLATION.type),
    subject: fields.text(VIOLATION.subject),
    description: fields.text(VIOLATION.description),
  };
}

function fieldViolationOf(fields: Fields): FieldViolation {
  return {
    field: fields.text(FIELD_VIOLATION.field),
    description: fields.text(FIELD_VIOLATION.description),
  };
}

/** The fields of one message. What is absent is empty, as proto3 has it. */
class Fields {
  readonly #lengthDelimited: { readonly number: number; readonly bytes: Uint8Array }[] = [];
  readonly #varints = new Map<number, number>();

  constructor(bytes: Uint8Array) {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) {
        this.#lengthDelimited.push({ number, bytes: reader.bytes() });
      } else if (wireType === WireType.Varint) this.#varints.set(number, Number(reader.int64()));
      else reader.skip(wireType);
    }
  }

  text(number: number): string {
    return new TextDecoder().decode(this.#find(number));
  }

  number(number: number): number {
    return this.#varints.get(number) ?? 0;
  }

  message(number: number): Fields {
    return new Fields(this.#find(number));
  }

  messages(number: number): readonly Fields[] {
    return this.#lengthDelimited
      .filter((field) => field.number === number)
      .map(({ bytes }) => new Fields(bytes));
  }

  #find(number: number): Uint8Array {
    return this.#lengthDelimited.find((field) => field.number === number)?.bytes ?? new Uint8Array(0);
  }
}
