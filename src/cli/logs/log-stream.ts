/**
 * The lines of all nodes from one of those that are named: from the next one, where the last one was, when a node cannot
 * be asked any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type LogEvent, logEventOf } from './log-events.js';
import { readEvents } from './sse-reader.js';

const ASK_TIMEOUT_MS = 5_000;
const AGAIN_MS = 1_000;

export interface LogQuestion {
  readonly nodes: readonly string[];
  readonly follow: boolean;
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** What a node answered instead of a stream: asking again is of no use. */
export class NoStream extends Error {
  override readonly name = 'NoStream';
}

/**
 * With `follow` without end, else until the node that answers has told all. Rejects with NoStream, or without `follow` when
 * no node can be asked. `lost` is told why a node is given up.
 */
export async function* logStream(
  { nodes, follow, query }: LogQuestion,
  lost: (why: string) => void,
): AsyncGenerator<LogEvent, void, undefined> {
  let place = '';
  for (let turn = 0; ; turn += 1) {
    const node = nodes[turn % nodes.length]!;
    let why = 'ended the stream';
    try {
      for await (const event of eventsOf(node, { ...query, follow: String(follow) }, place)) {
        place = event.id;
        const told = logEventOf(event);
        if (told !== null) yield told;
      }
      if (!follow) return;
    } catch (error) {
      if (error instanceof NoStream) throw error;
      why = wordsOf(error);
      if (!follow && turn + 1 >= nodes.length) throw new NoStream(`${node} ${why}`);
    }
    lost(`${node} ${why}`);
    if (follow) await sleep(AGAIN_MS);
  }
}

async function* eventsOf(node: string, query: LogQuestion['query'], place: string) {
  const url = new URL(`${node}/v1/logs`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  // Only until there is an answer: the stream itself may be silent for long.
  const asking = new AbortController();
  const late = setTimeout(() => asking.abort(), ASK_TIMEOUT_MS);
  const headers = place === '' ? {} : { 'last-event-id': place };
  const response = await fetch(url, { headers, signal: asking.signal }).finally(() => clearTimeout(late));
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (response.ok && isStream && response.body !== null) {
    yield* readEvents(response.body as AsyncIterable<Uint8Array>);
    return;
  }
  const text = await response.text();
  // Another node may have room for one more reader.
  if (response.status === 503 || response.status === 429) throw new Error(`answers ${response.status}`);
  throw new NoStream(`${node} answers ${response.status}: ${detailOf(text)}`);
}

/** Of a problem (RFC 9457), its sentence. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // Not one of ours.
  }
  return 'it is not a malha node of this version';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return `does not answer within ${ASK_TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  const why = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message;
  if (why === 'ECONNREFUSED') return 'does not answer';
  // What fetch says before there is an answer.
  return error.message === 'fetch failed' ? `cannot be asked: ${why}` : `broke off: ${why}`;
}
