/**
 * The last lines of this node's log, for whoever follows it.
 *
 * 1. Bounded in lines and in bytes; the oldest go first. No reader keeps a line: each has a place, and hears of a gap
 *    when the ring went on without it.
 * 2. Lines are numbered from 1, without holes, from the start of the process on; `start` tells one start from another.
 */
import type { LogLevel } from './log-level.js';

export interface LogRingBounds {
  readonly linesMax: number;
  /** Of all lines together, in UTF-8. */
  readonly bytesMax: number;
  /** A longer line is kept as a remark that there was one. */
  readonly lineBytesMax: number;
}

export const LOG_RING_BOUNDS: LogRingBounds = {
  linesMax: 5_000,
  bytesMax: 4 * 1024 * 1024,
  lineBytesMax: 16 * 1024,
};

export interface KeptLine {
  readonly level: LogLevel;
  /** One JSON object, without the line break. */
  readonly text: string;
}

interface Slot extends KeptLine {
  readonly bytes: number;
}

export class LogRing {
  readonly #bounds: LogRingBounds;
  /** A line is at its number modulo their count. */
  readonly #slots: (Slot | undefined)[];
  #oldest = 1;
  #newest = 0;
  #bytes = 0;
  #waiting = new Set<() => void>();

  /** `start`: an id that no other start of a node has. */
  constructor(
    readonly start: string,
    bounds: LogRingBounds = LOG_RING_BOUNDS,
  ) {
    this.#bounds = bounds;
    this.#slots = new Array<Slot | undefined>(bounds.linesMax).fill(undefined);
  }

  /** Number of the first line that is kept; one more than `newest` when none is. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Number of the last line; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Of all lines that are kept, in UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  add(level: LogLevel, text: string): void {
    const { linesMax, bytesMax, lineBytesMax } = this.#bounds;
    const length = Buffer.byteLength(text);
    const kept = length > lineBytesMax ? remarkOn(length, level) : text;
    const bytes = length > lineBytesMax ? kept.length : length;
    if (this.#newest - this.#oldest + 1 >= linesMax) this.#dropOldest();
    this.#newest += 1;
    this.#slots[this.#newest % linesMax] = { level, text: kept, bytes };
    this.#bytes += bytes;
    while (this.#bytes > bytesMax && this.#oldest < this.#newest) this.#dropOldest();
    if (this.#waiting.size > 0) this.#wakeAll();
  }

  /** The line of this number; undefined when it is kept no more, or was not said yet. */
  at(number: number): KeptLine | undefined {
    if (number < this.#oldest || number > this.#newest) return undefined;
    return this.#slots[number % this.#bounds.linesMax];
  }

  /** Calls `wake` once, when there is a line behind the newest of now; returns how to stop waiting. */
  onNews(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  #dropOldest(): void {
    const slot = this.#oldest % this.#bounds.linesMax;
    this.#bytes -= this.#slots[slot]?.bytes ?? 0;
    this.#slots[slot] = undefined;
    this.#oldest += 1;
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}

function remarkOn(bytes: number, level: LogLevel): string {
  return JSON.stringify({ level, msg: `a line of ${bytes} bytes stands only in the log of its node` });
}
