/**
 * The log as consensus sees it: the durable part, hidden from `unstable.offset` on by the part still to be saved.
 *
 * 1. `applied <= applying <= committed <= lastIndex`, and none of them ever falls.
 * 2. Entries are handed out for applying only once they are committed and saved here.
 * 3. A committed entry is never replaced.
 */
import { assert } from './assert.js';
import type { Entry, SnapshotMeta } from './entry.js';
import { countThatFits, entryBytes, payloadsBytes } from './entry-size.js';
import type { LogView } from './log-view.js';
import { UnstableTail } from './unstable-tail.js';

/** A position in a log by which two logs are compared. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

/** Committed entries handed out together and not yet applied. */
interface Handout {
  readonly lastIndex: number;
  readonly bytes: number;
  readonly payloadBytes: number;
}

export class RaftLog {
  readonly unstable: UnstableTail;
  committed: number;
  /** Handed out for applying up to here. */
  private applying: number;
  applied: number;
  private handouts: Handout[] = [];
  private applyingBytes = 0;

  /** `commit` as last saved; `applied` as the state machine says, which may be ahead of it. */
  constructor(
    private readonly view: LogView,
    applied: number,
    private readonly committedBytesMax: number,
  ) {
    const snapshotIndex = view.snapshot().index;
    assert(applied >= snapshotIndex, `applied ${applied} is behind the snapshot ${snapshotIndex}`);
    this.unstable = new UnstableTail(view.lastIndex() + 1);
    // What was applied was committed, even where the lazily saved commit index does not know.
    this.committed = Math.max(view.hardState().commit, applied);
    this.applied = applied;
    this.applying = applied;
    assert(
      this.committed <= view.lastIndex(),
      `the log ends at ${view.lastIndex()}, before the committed index ${this.committed}`,
    );
  }

  firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === null ? this.view.firstIndex() : snapshot.index + 1;
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.view.lastIndex();
  }

  /** The term at `index`; undefined when it is compacted away or beyond the end. */
  term(index: number): number | undefined {
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex() || index > this.lastIndex()) return undefined;
    return this.view.term(index);
  }

  last(): LogPosition {
    const index = this.lastIndex();
    const term = this.term(index);
    assert(term !== undefined, `no term for the last index ${index}`);
    return { index, term };
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Raft §5.4.1: whether a log that ends at `other` holds at least what this one does. */
  isUpToDate(other: LogPosition): boolean {
    const own = this.last();
    return other.term > own.term || (other.term === own.term && other.index >= own.index);
  }

  /** The newest snapshot. */
  snapshot(): SnapshotMeta {
    return this.unstable.snapshot ?? this.view.snapshot();
  }

  /** Entries from `low` on, at least one, then as many as fit in `bytesMax`; undefined when compacted away. */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | undefined {
    if (low > this.lastIndex()) return [];
    if (low < this.firstIndex()) return undefined;
    return this.slice(low, this.lastIndex() + 1, bytesMax);
  }

  /** Entries of `[low, high)`, at least one, then as many as fit in `bytesMax`. Asserts that they are held. */
  slice(low: number, high: number, bytesMax: number): readonly Entry[] {
    assert(low >= this.firstIndex() && high <= this.lastIndex() + 1, `no entries [${low}, ${high})`);
    if (low >= high) return [];
    const { offset, entries } = this.unstable;
    if (low >= offset) {
      const start = low - offset;
      return entries.slice(start, start + countThatFits(entries, start, high - offset, bytesMax));
    }
    const stableEnd = Math.min(high, offset);
    const stable = this.view.entries(low, stableEnd, bytesMax);
    if (stable.length < stableEnd - low || high <= offset) return stable;
    let bytesLeft = bytesMax;
    for (const entry of stable) bytesLeft -= entryBytes(entry);
    if (bytesLeft < entryBytes(entries[0]!)) return stable;
    return stable.concat(entries.slice(0, countThatFits(entries, 0, high - offset, bytesLeft)));
  }

  /** Appends what a leader made; `entries` follow on the last index. */
  append(entries: readonly Entry[]): void {
    assert(entries[0]!.index > this.committed, 'a committed entry would be replaced');
    this.unstable.truncateAndAppend(entries);
  }

  /**
   * Raft §5.3: takes `entries` after (prevIndex, prevTerm). Returns the last index that now matches the
   * sender's log, or undefined when the logs do not match there. `prevIndex` is at least the committed index.
   */
  tryAppend(prevIndex: number, prevTerm: number, entries: readonly Entry[]): number | undefined {
    if (!this.matches(prevIndex, prevTerm)) return undefined;
    // Only a conflict truncates: a late, shorter append must not cut off what followed it (C9).
    let known = 0;
    while (known < entries.length && this.matches(entries[known]!.index, entries[known]!.term)) known++;
    if (known < entries.length) {
      assert(entries[known]!.index > this.committed, 'a committed entry would be replaced');
      this.unstable.truncateAndAppend(known === 0 ? entries : entries.slice(known));
    }
    return prevIndex + entries.length;
  }

  /**
   * Where this log may end matching another one, of which only (index, term) is known: the largest index
   * up to `index` with a term up to `term`. Skips a whole conflicting tail in one round trip (Raft §5.3).
   */
  findConflictByTerm(index: number, term: number): LogPosition {
    for (let guess = index; guess > 0; guess--) {
      const own = this.term(guess);
      // Compacted or beyond the end: it may match, its term is unknown.
      if (own === undefined) return { index: guess, term: 0 };
      if (own <= term) return { index: guess, term: own };
    }
    return { index: 0, term: 0 };
  }

  /** Advances the commit index to `index`; never back. Asserts that the log reaches so far. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(index <= this.lastIndex(), `commit ${index} is beyond the end of the log, ${this.lastIndex()}`);
    this.committed = index;
  }

  /** Whether there are committed entries to hand out. */
  hasCommitted(): boolean {
    return this.unstable.snapshot === null && !this.full() && this.applying < this.appliableIndex();
  }

  /**
   * Takes the next committed entries for applying, as many as fit in what is not yet applied of
   * `committedBytesMax`, at least one; none while a snapshot waits to be saved.
   */
  takeCommitted(): readonly Entry[] {
    if (!this.hasCommitted()) return [];
    const room = this.committedBytesMax - this.applyingBytes;
    const entries = this.slice(this.applying + 1, this.appliableIndex() + 1, room);
    let bytes = 0;
    for (const entry of entries) bytes += entryBytes(entry);
    const lastIndex = entries[entries.length - 1]!.index;
    this.handouts.push({ lastIndex, bytes, payloadBytes: payloadsBytes(entries) });
    this.applyingBytes += bytes;
    this.applying = lastIndex;
    return entries;
  }

  /** The state machine has everything up to `index`. Returns the payload bytes that are thereby done with. */
  appliedTo(index: number): number {
    assert(index <= this.committed, `applied ${index} is beyond the committed index ${this.committed}`);
    this.applied = Math.max(this.applied, index);
    this.applying = Math.max(this.applying, index);
    let payloadBytes = 0;
    while (this.handouts.length > 0 && this.handouts[0]!.lastIndex <= this.applied) {
      const handout = this.handouts.shift()!;
      this.applyingBytes -= handout.bytes;
      payloadBytes += handout.payloadBytes;
    }
    return payloadBytes;
  }

  /** Starts anew behind `snapshot`, which is committed by definition. */
  restore(snapshot: SnapshotMeta): void {
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  private appliableIndex(): number {
    return Math.min(this.committed, this.unstable.offset - 1);
  }

  private full(): boolean {
    return this.applyingBytes >= this.committedBytesMax;
  }
}
