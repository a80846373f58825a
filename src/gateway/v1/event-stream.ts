/**
 * Events on an open response, as server-sent events (WHATWG HTML, section 9.2).
 *
 * 1. The client's pace is the stream's: nothing is taken from the feed while the connection is full.
 * 2. A comment goes out when nothing else does, so that proxies keep the connection and a dead client is noticed. It
 *    carries the place as an id: who comes back after a quiet time need not read what its filter hid.
 * 3. A client that takes nothing for long is cut off, so that it does not keep others out.
 */
import type { ServerResponse } from 'node:http';
import type { EventFollower, FeedItem } from '../../doors/event-follower.js';
import { timeText } from '../../doors/times.js';
import { happeningOf } from './event-shape.js';

/** How long clients wait before they come back, and how often they hear that nothing happened. */
const RETRY_MS = 2_000;
export const HEARTBEAT_MS = 15_000;
/** Heartbeats in a row that find the connection full. */
const STALLED_BEATS_MAX = 4;
/** How long the last words may take: whoever closes the gateway waits for them. */
const LAST_WORDS_MS = 1_000;

export type StreamSource = Pick<EventFollower, 'place' | 'stop' | 'stopped' | typeof Symbol.asyncIterator>;

/** Writes until the follower ends, or the connection. Never rejects for what the connection does. */
export async function streamEvents(response: ServerResponse, follower: StreamSource): Promise<void> {
  const room = new Room();
  response.on('drain', () => room.tell());
  response.once('close', () => follower.stop());
  void follower.stopped.then(() => room.tellAlways());
  // The connection may have ended before there was somebody to notice.
  if (response.destroyed) follower.stop();
  const heart = setInterval(makeBeat(response, follower), HEARTBEAT_MS);
  try {
    response.write(`retry: ${RETRY_MS}\nid: ${follower.place}\n\n`);
    for await (const item of follower) {
      if (!response.write(blockOf(item))) await room.wait();
    }
  } finally {
    clearInterval(heart);
    endSoon(response);
  }
}

/** Whoever waits until more can be written, or nothing any more. */
class Room {
  #tell: () => void = () => {};
  #always = false;

  tell(): void {
    this.#tell();
  }

  tellAlways(): void {
    this.#always = true;
    this.#tell();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
      if (this.#always) resolve();
    });
  }
}

/** A client that reads nothing would keep the connection for ever. */
function endSoon(response: ServerResponse): void {
  if (response.destroyed) return;
  const cut = setTimeout(() => response.destroy(), LAST_WORDS_MS);
  response.once('close', () => clearTimeout(cut));
  response.end();
}

function makeBeat(response: ServerResponse, follower: StreamSource): () => void {
  let stalled = 0;
  return () => {
    stalled = response.writableNeedDrain ? stalled + 1 : 0;
    if (stalled === 0) response.write(`:\nid: ${follower.place}\n\n`);
    else if (stalled >= STALLED_BEATS_MAX) response.destroy();
  };
}

/** JSON text has no line break of its own, so that each is one line of data. */
function blockOf(item: FeedItem): string {
  if (item.kind === 'reset') return block(item.id, 'reset', { id: item.id, index: item.index });
  const { id, atMs, event } = item;
  return block(id, event.kind, { id, at: timeText(atMs), ...happeningOf(event) });
}

function block(id: string, event: string, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
