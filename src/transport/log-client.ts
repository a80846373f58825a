/**
 * The lines of another node, over LogService: what it says is taken as fast as whoever follows takes it.
 */
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { followRequestOf, logItemOf } from '../codec/log-messages.js';
import { type FollowResponse, LogServiceClient } from '../gen/malha/mesh/v1/log.js';
import type { LogFollowing, LogItem } from '../observe/log-follower.js';
import { OwnedSockets } from './owned-sockets.js';

export interface LogClientTimeouts {
  /** Until a node has said the first thing; it always has one to say. */
  readonly firstMs: number;
  /** How often a silent node is asked whether it lives, and how long it has to answer. */
  readonly keepaliveMs: number;
  readonly keepaliveAnswerMs: number;
}

const TIMEOUTS: LogClientTimeouts = { firstMs: 3_000, keepaliveMs: 10_000, keepaliveAnswerMs: 3_000 };

/**
 * Follows the node at `address` (host:port) until `signal` aborts. Rejects with an Error that says why the node cannot be
 * reached any more.
 */
export async function* followNode(
  address: string,
  following: LogFollowing,
  signal: AbortSignal,
  { firstMs, keepaliveMs, keepaliveAnswerMs }: LogClientTimeouts = TIMEOUTS,
): AsyncGenerator<LogItem, void, undefined> {
  const sockets = new OwnedSockets(credentials.createInsecure(), () => {});
  const client = new LogServiceClient(address, sockets, {
    // A connection of its own: lines must hold up nothing else, and go when their reader goes.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveAnswerMs,
  });
  const call = client.follow(followRequestOf(following));
  let isSilent = false;
  const late = setTimeout(() => {
    isSilent = true;
    call.cancel();
  }, firstMs);
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    for await (const response of call as AsyncIterable<FollowResponse>) {
      clearTimeout(late);
      yield logItemOf(response);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw new Error(isSilent ? `no answer within ${firstMs} ms` : wordsFor(error), { cause: error });
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', cancel);
    call.cancel();
    client.close();
    sockets.destroy();
  }
}

function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, details } = error as Partial<ServiceError>;
  if (code === status.UNAVAILABLE) return 'it does not answer';
  if (code === status.UNIMPLEMENTED) return 'it is of a version that shows no log';
  return details || error.message;
}
