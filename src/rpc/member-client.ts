/**
 * Calls of MemberService at one node. Each rejects with a CallFailure.
 */
import {
  type CallOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  type AddMemberRequest,
  type ListMembersResponse,
  MemberServiceClient,
  type MemberState,
  type ReplaceMemberRequest,
} from '../gen/malha/mesh/v1/member.js';
import { fromServiceError } from './call-failure.js';

/** Set by a node that passes a call on to the leader: it is not passed on again. */
export const PASSED_ON = 'malha-passed-on';

export interface MemberCallOptions {
  readonly timeoutMs: number;
  readonly passedOn?: boolean;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

export class MemberClient {
  readonly #client: MemberServiceClient;

  /** `address` is host:port. Nothing is dialled before the first call. */
  constructor(address: string) {
    this.#client = new MemberServiceClient(address, credentials.createInsecure(), {
      // A connection of its own: one that was shared may lead to a process that is gone.
      'grpc.use_local_subchannel_pool': 1,
      // Nodes are named by address: a proxy of the environment is not meant for them.
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
    });
  }

  list(options: MemberCallOptions): Promise<ListMembersResponse> {
    return call(options, (...rest) => this.#client.listMembers({}, ...rest));
  }

  add(request: AddMemberRequest, options: MemberCallOptions): Promise<{ member: MemberState | undefined }> {
    return call(options, (...rest) => this.#client.addMember(request, ...rest));
  }

  promote(company: string, options: MemberCallOptions): Promise<{ member: MemberState | undefined }> {
    return call(options, (...rest) => this.#client.promoteMember({ company }, ...rest));
  }

  remove(company: string, options: MemberCallOptions): Promise<{ removed: MemberState | undefined }> {
    return call(options, (...rest) => this.#client.removeMember({ company }, ...rest));
  }

  replace(
    request: ReplaceMemberRequest,
    options: MemberCallOptions,
  ): Promise<{ member: MemberState | undefined; removed: MemberState | undefined }> {
    return call(options, (...rest) => this.#client.replaceMember(request, ...rest));
  }

  close(): void {
    this.#client.close();
  }
}

function call<Response>(
  { timeoutMs, passedOn = false, signal }: MemberCallOptions,
  start: (metadata: Metadata, options: Partial<CallOptions>, callback: Callback<Response>) => ClientUnaryCall,
): Promise<Response> {
  const metadata = new Metadata();
  if (passedOn) metadata.set(PASSED_ON, '1');
  return new Promise((resolve, reject) => {
    const under = start(metadata, { deadline: Date.now() + timeoutMs }, (error, response) => {
      signal?.removeEventListener('abort', cancel);
      if (error === null) resolve(response);
      else reject(fromServiceError(error));
    });
    const cancel = (): void => under.cancel();
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
  });
}
