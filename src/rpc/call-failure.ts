/**
 * Why a call is answered with an error, on both ends of it: a gRPC status, a reason for programs, words for people.
 */
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { encodeRpcStatus } from '../codec/rpc-status.js';
import { reasonOf } from '../codec/rpc-status-decoder.js';

/** Where the details of a status travel, as all of gRPC does it. */
export const DETAILS_KEY = 'grpc-status-details-bin';

export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  constructor(
    readonly code: status,
    /** In capitals, such as `WOULD_LOSE_QUORUM`; '' from a server that gives none, or when the call did not reach one. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** As a handler hands it to grpc-js. What is no CallFailure is a bug of the handler, and says no more than that. */
export function toStatus(error: unknown): Partial<StatusObject> {
  const failure =
    error instanceof CallFailure
      ? error
      : new CallFailure(status.INTERNAL, 'BUG', 'this node failed to answer');
  const { code, reason, message } = failure;
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(encodeRpcStatus({ code, message, reason })));
  return { code, details: message, metadata };
}

/** As a caller gets it from grpc-js. */
export function fromServiceError({ code, details, message, metadata }: ServiceError): CallFailure {
  const [bytes] = metadata?.get(DETAILS_KEY) ?? [];
  return new CallFailure(code, typeof bytes === 'object' ? reasonOf(bytes) : '', details || message);
}
