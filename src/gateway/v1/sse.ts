/**
 * Server-sent events (WHATWG HTML, section 9.2) on an open response.
 *
 * 1. The client's pace is the stream's: nothing is taken from the source while the connection is full.
 * 2. A comment goes out when nothing else does, so that proxies keep the connection and a dead client is noticed. It
 *    carries the place as an id: who comes back after a quiet time need not read what its filter hid.
 * 3. A client that takes nothing for long is cut off, so that it does not keep others out.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** How long clients wait before they come back, and how often they hear that nothing happened. */
const RETRY_MS = 2_000;
export const HEARTBEAT_MS = 15_000;
/** Heartbeats in a row that find the connection full. */
const STALLED_BEATS_MAX = 4;
/** How long the last words may take: whoever closes the gateway waits for them. */
const LAST_WORDS_MS = 1_000;

/** Blocks, each as `block` makes it. */
export interface BlockSource extends AsyncIterable<string> {
  /** The id behind which a client goes on that comes back now. */
  readonly place: string;
  stop(): void;
  /** Resolves with `stop`. */
  readonly stopped: Promise<void>;
}

/** One event; `data` is JSON text, which has no line break of its own, so that it is one line. */
export function block(id: string, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

/** The headers of a stream. */
export function markStream(reply: FastifyReply): void {
  reply.type('text/event-stream').header('Cache-Control', 'no-store').header('X-Accel-Buffering', 'no');
}

/** Takes the response out of the framework's hands and sends its head. */
export function openStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  // A stream never ends by itself: its connection is not one to be used again.
  reply.header('Connection', 'close');
  for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value!);
  return reply.raw.writeHead(200);
}

/** Writes until the source ends, or the connection. Never rejects for what the connection does. */
export async function streamBlocks(response: ServerResponse, source: BlockSource): Promise<void> {
  const room = new Room();
  response.on('drain', () => room.tell());
  response.once('close', () => source.stop());
  void source.stopped.then(() => room.tellAlways());
  // The connection may have ended before there was somebody to notice.
  if (response.destroyed) source.stop();
  const heart = setInterval(makeBeat(response, source), HEARTBEAT_MS);
  try {
    response.write(`retry: ${RETRY_MS}\nid: ${source.place}\n\n`);
    for await (const each of source) {
      if (!response.write(each)) await room.wait();
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

function makeBeat(response: ServerResponse, source: BlockSource): () => void {
  let stalled = 0;
  return () => {
    stalled = response.writableNeedDrain ? stalled + 1 : 0;
    if (stalled === 0) response.write(`:\nid: ${source.place}\n\n`);
    else if (stalled >= STALLED_BEATS_MAX) response.destroy();
  };
}
