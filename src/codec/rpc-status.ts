/**
 * Why a gRPC call failed, for programs: a `google.rpc.Status` with one `google.rpc.ErrorInfo`, as it travels in the
 * trailing metadata `grpc-status-details-bin`.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What reasons belong to. */
const DOMAIN = 'malha';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

const STATUS = { code: 1, message: 2, details: 3 };
const ANY = { typeUrl: 1, value: 2 };
const INFO = { reason: 1, domain: 2 };

export interface RpcStatus {
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** In capitals, such as `WOULD_LOSE_QUORUM`. */
  readonly reason: string;
}

export function encodeRpcStatus({ code, message, reason }: RpcStatus): Uint8Array {
  const info = new BinaryWriter();
  info.tag(INFO.reason, WireType.LengthDelimited).string(reason);
  info.tag(INFO.domain, WireType.LengthDelimited).string(DOMAIN);
  const any = new BinaryWriter();
  any.tag(ANY.typeUrl, WireType.LengthDelimited).string(ERROR_INFO);
  any.tag(ANY.value, WireType.LengthDelimited).bytes(info.finish());
  const status = new BinaryWriter();
  status.tag(STATUS.code, WireType.Varint).int32(code);
  status.tag(STATUS.message, WireType.LengthDelimited).string(message);
  status.tag(STATUS.details, WireType.LengthDelimited).bytes(any.finish());
  return status.finish();
}

/** The reason in the bytes that `encodeRpcStatus` gave; '' when there is none of malha's. */
export function reasonOf(bytes: Uint8Array): string {
  try {
    const details = fieldOf(bytes, STATUS.details);
    if (textOf(fieldOf(details, ANY.typeUrl)) !== ERROR_INFO) return '';
    const info = fieldOf(details, ANY.value);
    return textOf(fieldOf(info, INFO.domain)) === DOMAIN ? textOf(fieldOf(info, INFO.reason)) : '';
  } catch {
    return '';
  }
}

/** The first length-delimited field of that number; empty where there is none. Throws for what is no message. */
function fieldOf(bytes: Uint8Array, number: number): Uint8Array {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === number && wireType === WireType.LengthDelimited) return reader.bytes();
    reader.skip(wireType);
  }
  return new Uint8Array(0);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
