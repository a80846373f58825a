/**
 * WatchEvents: what happens, as it happens, for as long as the caller reads.
 *
 * 1. Nothing is kept for a caller who does not read: the feed is asked for the next event once the last one is on its way.
 * 2. Now and then progress is told, so that who watches for something rare can go on from where it is.
 */
import { once } from 'node:events';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { eventMessage } from '../codec/event-messages.js';
import { timestampOf } from '../codec/time-messages.js';
import { toUint64 } from '../codec/uint64.js';
import type { EventFeed } from '../doors/event-feed.js';
import { EVENT_KINDS, type EventFilter, type EventKind } from '../doors/event-filter.js';
import type { EventFollower, FeedItem, Following } from '../doors/event-follower.js';
import { parsePosition } from '../doors/event-position.js';
import type {
  EventFilter as ProtoEventFilter,
  WatchEventsRequest,
  WatchEventsResponse,
} from '../gen/malha/mesh/v1/event.js';
import { Failure } from '../replica/failure.js';
import { FieldFault } from './field-fault.js';
import { counted, holderOf, idOrNone } from './fields.js';
import { thrown, Unreadable } from './problem.js';
import { statusOf } from './problem-status.js';
import { beginCall, type CallDoor } from './unary.js';

const PROGRESS_MS = 15_000;

type Call = ServerWritableStream<WatchEventsRequest | Unreadable, WatchEventsResponse>;

export function watchEventsHandler(
  door: CallDoor,
  feed: EventFeed,
  progressMs = PROGRESS_MS,
): handleServerStreamingCall<WatchEventsRequest, WatchEventsResponse> {
  return (call) => {
    const { traceId } = beginCall(door, call);
    const over = new AbortController();
    call.once('cancelled', () => over.abort());
    watch(call, door.company, feed, { progressMs, signal: over.signal }).catch((error: unknown) => {
      if (over.signal.aborted) return;
      call.emit('error', statusOf(thrown(error, door.logger, traceId)));
    });
  };
}

/** Resolves when `signal` aborts; rejects with why the stream is to end otherwise. */
async function watch(
  call: Call,
  company: string,
  feed: EventFeed,
  { progressMs, signal }: { readonly progressMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const follower = await feed.follow(followingOf(call.request, company));
  const leave = (): void => feed.leave(follower);
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  let choked = false;
  const write = async (message: WatchEventsResponse): Promise<void> => {
    if (call.write(message)) return;
    choked = true;
    await once(call, 'drain', { signal });
    choked = false;
  };
  const progress = setInterval(() => {
    if (!choked) call.write(progressMessage(follower));
  }, progressMs);
  try {
    for await (const item of follower) {
      await write(messageOf(item));
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
    throw new Failure('UNAVAILABLE', 'this node is ending');
  } finally {
    clearInterval(progress);
    leave();
  }
}

function followingOf(request: WatchEventsRequest | Unreadable, company: string): Following {
  if (request instanceof Unreadable) throw request;
  const { after, holder, filter } = request;
  return {
    after: after === '' ? null : parsePosition(after),
    filter: filter === undefined ? {} : filterOf(filter),
    viewer: { company, holder: holder === '' ? '' : holderOf(holder) },
  };
}

function filterOf({ holder, reservationId, pointId, company, kinds }: ProtoEventFilter): EventFilter {
  return {
    ...(holder === '' ? {} : { holder: holderOf(holder) }),
    ...(reservationId === '' ? {} : { reservationId: idOrNone(reservationId, 'filter.reservation_id') }),
    ...(pointId === '' ? {} : { pointId: idOrNone(pointId, 'filter.point_id') }),
    ...(company === '' ? {} : { company: idOrNone(company, 'filter.company') }),
    ...(kinds.length === 0 ? {} : { kinds: kindsOf(kinds) }),
  };
}

function kindsOf(kinds: readonly string[]): readonly EventKind[] {
  return counted(kinds, 0, EVENT_KINDS.length, 'filter.kinds').map((kind, n) => {
    const known = EVENT_KINDS.find((each) => each === kind);
    if (known !== undefined) return known;
    throw new FieldFault(`filter.kinds[${n}]`, `must be one of ${EVENT_KINDS.join(', ')}`);
  });
}

function messageOf(item: FeedItem): WatchEventsResponse {
  const { id } = item;
  if (item.kind === 'reset') {
    return { message: { $case: 'reset', value: { id, index: toUint64(item.index) } } };
  }
  const value = { id, at: timestampOf(item.atMs), event: eventMessage(item.event) };
  return { message: { $case: 'event', value } };
}

function progressMessage({ place }: EventFollower): WatchEventsResponse {
  return { message: { $case: 'progress', value: { id: place } } };
}
