/**
 * Lines that wait for the disk: a bounded number, and what finds no room is counted by kind. What waits is older than what
 * was lost, and what comes later is newer: so one line, written when the queue is empty again, tells of the loss in its place.
 */
import type { FileKind, Line } from './day-file.js';

export interface QueueBounds {
  readonly linesMax: number;
  readonly charsMax: number;
}

export const QUEUE_BOUNDS: QueueBounds = { linesMax: 10_000, charsMax: 4_000_000 };

export class LineQueue {
  readonly #bounds: QueueBounds;
  #lines: Line[] = [];
  #chars = 0;
  /** Since the last that was told. */
  readonly #lost = new Map<FileKind, number>();

  constructor(bounds: QueueBounds = QUEUE_BOUNDS) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#lines.length + this.#lost.size;
  }

  /** False when there is no room. Once something was lost, all of it is, until it is told. */
  put(line: Line): boolean {
    const { linesMax, charsMax } = this.#bounds;
    const full = this.#lines.length >= linesMax || this.#chars + line.text.length > charsMax;
    if (full || this.#lost.size > 0) {
      this.#lost.set(line.kind, (this.#lost.get(line.kind) ?? 0) + 1);
      return false;
    }
    this.#lines.push(line);
    this.#chars += line.text.length;
    return true;
  }

  /** All that waits, and behind it what was lost; the queue is empty then. `atMs`: now. */
  take(atMs: number): readonly Line[] {
    const lines = this.#lines;
    for (const [kind, count] of this.#lost) {
      const text = JSON.stringify({ kind: 'lost', v: 1, at: new Date(atMs).toISOString(), lines: count });
      lines.push({ kind, atMs, text });
    }
    this.#lines = [];
    this.#chars = 0;
    this.#lost.clear();
    return lines;
  }

  /** Lines that were taken and could not be written are the first to be taken again. */
  putBack(lines: readonly Line[]): void {
    this.#lines = [...lines, ...this.#lines];
    this.#chars += lines.reduce((sum, { text }) => sum + text.length, 0);
  }
}
