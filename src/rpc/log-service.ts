/**
 * LogService: the lines of this node for other nodes, which show them beside their own.
 *
 * Nothing is kept for a caller who does not read: the ring is asked for the next line once the last one is on its way.
 */
import { once } from 'node:events';
import { type handleServerStreamingCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { followingOf, followResponseOf } from '../codec/log-messages.js';
import { type FollowRequest, type FollowResponse, LogServiceService } from '../gen/malha/mesh/v1/log.js';
import { followRing, type LogFollowing } from '../observe/log-follower.js';
import type { LogRing } from '../observe/log-ring.js';
import type { GrpcService } from './grpc-server.js';

/** Other nodes ask once for each of their own readers. */
const FOLLOWERS_MAX = 256;

type Call = ServerWritableStream<FollowRequest, FollowResponse>;

/** The service over the lines of a node. */
export function logService(ring: LogRing, followersMax = FOLLOWERS_MAX): GrpcService {
  const calls = new Set<AbortController>();
  const follow: handleServerStreamingCall<FollowRequest, FollowResponse> = (call) => {
    if (calls.size >= followersMax) {
      refuse(call, status.RESOURCE_EXHAUSTED, `${followersMax} readers follow this log already`);
      return;
    }
    let following: LogFollowing;
    try {
      following = followingOf(call.request);
    } catch (error) {
      refuse(call, status.INVALID_ARGUMENT, error instanceof Error ? error.message : String(error));
      return;
    }
    const over = new AbortController();
    calls.add(over);
    call.once('cancelled', () => over.abort());
    tell(call, ring, following, over.signal)
      .catch(() => {}) // Only an aborted wait for the caller rejects.
      .finally(() => {
        calls.delete(over);
        call.end();
      });
  };
  return {
    definition: LogServiceService,
    implementation: { follow },
    close: () => {
      for (const over of calls) over.abort();
    },
  };
}

async function tell(call: Call, ring: LogRing, following: LogFollowing, signal: AbortSignal): Promise<void> {
  for await (const item of followRing(ring, following, signal)) {
    if (!call.write(followResponseOf(item))) await once(call, 'drain', { signal });
  }
}

function refuse(call: Call, code: status, details: string): void {
  call.emit('error', { code, details });
}
