/**
 * One reader of a node's lines.
 *
 * 1. In order, each once, none left out but those that a `gap` counts.
 * 2. Nothing is kept for a reader but its place: who reads slowly meets a gap, not a queue.
 */
import { isSaid, type LogLevel } from './log-level.js';
import type { KeptLine, LogRing } from './log-ring.js';

/** Behind which line a reader is. */
export interface LogPosition {
  /** Of the node's process; see LogRing. */
  readonly start: string;
  readonly number: number;
}

export interface LogFilter {
  readonly least: LogLevel;
  /** Only lines of this trace id; '' for all. */
  readonly trace: string;
}

export interface LogFollowing extends LogFilter {
  /** Where to go on; null: at the last lines of now. */
  readonly after: LogPosition | null;
  /** How many kept lines are looked through where there is no place to go on from. */
  readonly tail: number;
}

export type LogItem =
  | {
      readonly kind: 'line';
      readonly position: LogPosition;
      readonly level: LogLevel;
      /** One JSON object. */
      readonly text: string;
    }
  /** Lines before the next are left out: so many, or null where the process is another one than the reader knew. */
  | { readonly kind: 'gap'; readonly position: LogPosition; readonly lines: number | null }
  /** Everything that was said when the reader asked was told, or hidden by the filter. Told once, and now and then anew. */
  | { readonly kind: 'even'; readonly position: LogPosition };

/** After so many lines that the filter hides a reader is told its place. */
const HIDDEN_MAX = 1_000;

/** Ends when `signal` aborts. */
export async function* followRing(
  ring: LogRing,
  following: LogFollowing,
  signal: AbortSignal,
): AsyncGenerator<LogItem, void, undefined> {
  const { start } = ring;
  const { after, tail } = following;
  const isKnown = after !== null && after.start === start && after.number <= ring.newest;
  // Of a process that the reader did not know it is told whatever is kept.
  let place = isKnown ? after.number : Math.max(ring.oldest - 1, after === null ? ring.newest - tail : 0);
  const position = (): LogPosition => ({ start, number: place });
  if (after !== null && !isKnown) yield { kind: 'gap', position: position(), lines: null };
  // A log may grow faster than it is read: the end of what there was must come all the same.
  const goal = ring.newest;
  let hidden = 0;
  let isEven = false;
  while (!signal.aborted) {
    const lines = ring.oldest - 1 - place;
    if (lines > 0) {
      place += lines;
      yield { kind: 'gap', position: position(), lines };
      continue;
    }
    if (!isEven && place >= goal) {
      isEven = true;
      yield { kind: 'even', position: position() };
    } else if (place < ring.newest) {
      place += 1;
      const line = ring.at(place);
      if (line === undefined || !passes(line, following)) hidden += 1;
      else yield { kind: 'line', position: position(), level: line.level, text: line.text };
    } else if (hidden >= HIDDEN_MAX) {
      hidden = 0;
      yield { kind: 'even', position: position() };
    } else await news(ring, signal);
  }
}

function passes({ level, text }: KeptLine, { least, trace }: LogFilter): boolean {
  return isSaid(level, least) && (trace === '' || text.includes(trace));
}

/** Resolves with the next line, or when `signal` aborts. */
async function news(ring: LogRing, signal: AbortSignal): Promise<void> {
  let rouse = (): void => {};
  const roused = new Promise<void>((resolve) => {
    rouse = resolve;
  });
  const unlisten = ring.onNews(rouse);
  signal.addEventListener('abort', rouse);
  await roused;
  unlisten();
  signal.removeEventListener('abort', rouse);
}
