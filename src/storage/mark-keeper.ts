/**
 * Keeps the high-water mark file as near behind the log as the disk allows: one write in flight, what is
 * wanted meanwhile goes together into the next.
 */
import type { Mark, MarkFile } from './mark-file.js';

export class MarkKeeper {
  readonly #file: MarkFile;
  #wanted: Mark;
  #written: Mark;
  #writing: Promise<void> | null = null;

  constructor(file: MarkFile) {
    this.#file = file;
    this.#wanted = file.found;
    this.#written = file.found;
  }

  /** What was asked for last; on disk once `settled`. */
  get mark(): Mark {
    return this.#wanted;
  }

  /** Changes the mark and resolves once that is on disk. Throws StoreFailed, then and ever after. */
  update(change: Partial<Mark>): Promise<void> {
    this.#wanted = { ...this.#wanted, ...change };
    this.#writing ??= this.#write();
    return this.#writing;
  }

  /** Resolves when nothing is in flight; throws what `update` threw. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(): Promise<void> {
    while (this.#written !== this.#wanted) {
      const next = this.#wanted;
      await this.#file.write(next);
      this.#written = next;
    }
    // Only after success, and in the same step as the last look at what is wanted: no change slips between,
    // and a failure stays the answer to every later update.
    this.#writing = null;
  }
}
