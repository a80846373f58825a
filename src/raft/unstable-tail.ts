/**
 * The end of the log that is not yet known to be on disk: entries from `offset` on, and perhaps a snapshot before them.
 *
 * 1. It hides whatever the durable log holds at `offset` and beyond, until the save that replaces that is done.
 * 2. Entries before `nextToSave` are being saved; what is truncated meanwhile is saved again.
 */
import { assert } from './assert.js';
import type { Entry, SnapshotMeta } from './entry.js';

export class UnstableTail {
  /** The index of the first unstable entry, or of the next one to come. */
  offset: number;
  entries: Entry[] = [];
  snapshot: SnapshotMeta | null = null;
  private nextToSave: number;
  private savingSnapshot = false;

  constructor(offset: number) {
    this.offset = offset;
    this.nextToSave = offset;
  }

  /** The last index held here, or undefined when nothing is. */
  lastIndex(): number | undefined {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.index;
  }

  /** The term at `index`, or undefined when that is not held here. */
  term(index: number): number | undefined {
    if (index >= this.offset) return this.entries[index - this.offset]?.term;
    return this.snapshot?.index === index ? this.snapshot.term : undefined;
  }

  /** Whether there is something that no save carries yet. */
  hasUnsaved(): boolean {
    return (
      this.nextToSave < this.offset + this.entries.length || (this.snapshot !== null && !this.savingSnapshot)
    );
  }

  /** Takes what the next save must carry; from now on it counts as being saved. */
  takeUnsaved(): { readonly entries: readonly Entry[]; readonly snapshot: SnapshotMeta | null } {
    const entries = this.entries.slice(this.nextToSave - this.offset);
    const snapshot = this.savingSnapshot ? null : this.snapshot;
    this.nextToSave = this.offset + this.entries.length;
    this.savingSnapshot = this.snapshot !== null;
    return { entries, snapshot };
  }

  /** Appends `entries`, which follow one another, after dropping everything from the first one's index on. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]!.index;
    const end = this.offset + this.entries.length;
    assert(first <= end, 'a gap in the log');
    if (first <= this.offset) {
      this.offset = first;
      this.nextToSave = first;
      this.entries = entries.slice();
      return;
    }
    if (first < end) {
      this.entries.length = first - this.offset;
      this.nextToSave = Math.min(this.nextToSave, first);
    }
    for (const entry of entries) this.entries.push(entry);
  }

  /** Starts anew behind `snapshot`. */
  restore(snapshot: SnapshotMeta): void {
    this.offset = snapshot.index + 1;
    this.nextToSave = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.savingSnapshot = false;
  }

  /** Everything up to the entry (index, term) is on disk. Ignored when that entry was replaced meanwhile. */
  stableTo(index: number, term: number): void {
    if (index < this.offset || this.term(index) !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.nextToSave = Math.max(this.nextToSave, this.offset);
  }

  /** The snapshot at `index` is on disk. Ignored when a newer one took its place. */
  stableSnapshot(index: number): void {
    if (this.snapshot?.index !== index) return;
    this.snapshot = null;
    this.savingSnapshot = false;
  }
}
