/**
 * The newest entries of the log, within a number of bytes: what followers are sent and what is applied next is
 * nearly always among them.
 */
import type { Entry } from '../raft/entry.js';
import { entryBytes } from '../raft/entry-size.js';

export class RecentEntries {
  readonly #bytesMax: number;
  /** Without gaps in their indexes. Those before `#head` are evicted and leave the array in bulk. */
  #held: Entry[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The entry at `index`, if it is still held. */
  at(index: number): Entry | undefined {
    const first = this.#held[this.#head]?.index;
    return first === undefined || index < first ? undefined : this.#held[this.#head + index - first];
  }

  /** Adds the entry after the newest one, and evicts the oldest while they are too many bytes. */
  push(entry: Entry): void {
    const newest = this.#held.length > this.#head ? this.#held.at(-1)!.index : entry.index - 1;
    if (entry.index !== newest + 1) throw new Error(`bug: entry ${entry.index} remembered after ${newest}`);
    this.#held.push(entry);
    this.#bytes += entryBytes(entry);
    while (this.#bytes > this.#bytesMax && this.#head < this.#held.length) {
      this.#bytes -= entryBytes(this.#held[this.#head]!);
      this.#head += 1;
    }
    if (this.#head * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets the entry at `index` and all above it. */
  truncateFrom(index: number): void {
    while (this.#held.length > this.#head && this.#held.at(-1)!.index >= index) {
      this.#bytes -= entryBytes(this.#held.pop()!);
    }
  }
}
