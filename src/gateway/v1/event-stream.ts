/**
 * The ledger's events as server-sent events: sse.ts says how a stream keeps its client's pace.
 */
import type { ServerResponse } from 'node:http';
import type { EventFollower, FeedItem } from '../../doors/event-follower.js';
import { timeText } from '../../doors/times.js';
import { happeningOf } from './event-shape.js';
import { block, streamBlocks } from './sse.js';

export type StreamSource = Pick<EventFollower, 'place' | 'stop' | 'stopped' | typeof Symbol.asyncIterator>;

/** Writes until the follower ends, or the connection. Never rejects for what the connection does. */
export function streamEvents(response: ServerResponse, follower: StreamSource): Promise<void> {
  return streamBlocks(response, {
    get place() {
      return follower.place;
    },
    stop: () => follower.stop(),
    stopped: follower.stopped,
    [Symbol.asyncIterator]: () => blocksOf(follower),
  });
}

async function* blocksOf(follower: StreamSource): AsyncGenerator<string, void, undefined> {
  for await (const item of follower) yield blockOf(item);
}

function blockOf(item: FeedItem): string {
  if (item.kind === 'reset') {
    return block(item.id, 'reset', JSON.stringify({ id: item.id, index: item.index }));
  }
  const { id, atMs, event } = item;
  return block(id, event.kind, JSON.stringify({ id, at: timeText(atMs), ...happeningOf(event) }));
}
