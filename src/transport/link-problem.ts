/** Why a link is not up. A closed set of reasons, so that a log tells a change from a repetition. */
import { status } from '@grpc/grpc-js';

export interface LinkProblem {
  readonly reason:
    | 'unreachable' // nobody there, or the connection broke
    | 'silent' // somebody there who does not answer in time
    | 'refused' // the peer ended the stream because of what it carried
    | 'ended' // the peer ended the stream for no fault of it
    | 'misunderstood' // an answer that makes no sense here
    | 'self' // the address leads back to this replica
    | 'other-company'
    | 'other-cluster'
    | 'peer-without-cluster' // the peer waits to be taken in, or boots
    | 'no-cluster' // so do we
    | 'closed'; // by us
  readonly detail: string;
}

/** What an error of a call to a peer, or of reading its answer, says about the link. */
export function problemOf(error: unknown): LinkProblem {
  const detail = error instanceof Error ? error.message : String(error);
  switch (grpcCode(error)) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return { reason: 'unreachable', detail };
    case status.DEADLINE_EXCEEDED:
      return { reason: 'silent', detail };
    case status.FAILED_PRECONDITION:
    case status.INVALID_ARGUMENT:
    case status.RESOURCE_EXHAUSTED:
      return { reason: 'refused', detail };
    case status.ABORTED:
      return { reason: 'ended', detail };
    default:
      return { reason: 'misunderstood', detail };
  }
}

function grpcCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
