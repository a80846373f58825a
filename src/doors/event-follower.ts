/**
 * One reader of the ledger's events: the newest as they are applied, older ones from the audit trail.
 *
 * 1. In order, each once, none left out, also where trail and live events meet; or else a `reset` says so.
 * 2. Nothing is kept for a reader but its place: one who is slower than the ledger goes back to the trail, a page at a
 *    time, and one who is too far behind is reset.
 * 3. What the filter hides moves the place on all the same, so that resuming never means reading it again.
 */
import type { LedgerEvent } from '../ledger/event.js';
import type { Mesh } from '../replica/mesh.js';
import { type EventFilter, matches } from './event-filter.js';
import { type EventPosition, isBehind, positionText, WHOLE_ENTRY } from './event-position.js';
import { type Viewer, viewOf } from './event-view.js';
import type { EntryEvents, RecentEvents } from './recent-events.js';
import { readRecord } from './trail-record.js';

export type FeedItem =
  | {
      readonly kind: 'event';
      /** `index.k` */
      readonly id: string;
      /** Ledger time of the entry. */
      readonly atMs: number;
      /** As the viewer may see it. */
      readonly event: LedgerEvent;
    }
  /** Events are left out: read the ledger anew, at this index or later. Those that follow are behind it. */
  | { readonly kind: 'reset'; readonly id: string; readonly index: number };

export interface Following {
  /** Where to go on; null: from now on. */
  readonly after: EventPosition | null;
  readonly filter: EventFilter;
  readonly viewer: Viewer;
}

export interface FollowerBounds {
  /** Entries that a reader may be behind. */
  readonly behindMax: number;
  /** Records of the trail that are in memory at once. */
  readonly pageRecords: number;
}

type Telling = AsyncGenerator<FeedItem, void, undefined>;

export class EventFollower implements AsyncIterable<FeedItem> {
  readonly #mesh: Pick<Mesh, 'readTrail'>;
  readonly #recent: RecentEvents;
  readonly #following: Following;
  readonly #bounds: FollowerBounds;
  /** Everything up to here was told or need not be; null: the reader must begin anew. */
  #place: EventPosition | null;
  /** Ends the wait for something new; null while the reader does not wait. */
  #wake: (() => void) | null = null;
  #stopped = false;
  #tellStopped: () => void = () => {};
  /** Resolves with `stop`, for whoever waits for something else meanwhile. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#tellStopped = resolve;
  });

  /** `commitIndex`: as the mesh knows it. */
  constructor(
    mesh: Pick<Mesh, 'readTrail'>,
    recent: RecentEvents,
    commitIndex: number,
    following: Following,
    bounds: FollowerBounds,
  ) {
    this.#mesh = mesh;
    this.#recent = recent;
    this.#following = following;
    this.#bounds = bounds;
    const place = following.after ?? wholeEntry(recent.appliedIndex);
    // Behind what anybody committed there is nothing: the id is of another mesh, or of one that was restored.
    this.#place = place.index > Math.max(commitIndex, recent.appliedIndex) ? null : place;
  }

  /** The id behind which this reader would go on: of the last event it took, or of what was applied since in vain. */
  get place(): string {
    if (this.#wake !== null) this.#moveTo(this.#recent.appliedIndex);
    return positionText(this.#place ?? wholeEntry(this.#recent.appliedIndex));
  }

  /** The reader wants nothing more: its loop ends. */
  stop(): void {
    this.#stopped = true;
    this.#tellStopped();
    this.#rouse();
  }

  /** Ends after `stop`; rejects with a Failure when the trail cannot be read. One loop a follower. */
  async *[Symbol.asyncIterator](): Telling {
    while (!this.#stopped) {
      const place = this.#place;
      if (place === null || place.index < this.#recent.begunAt) {
        const { appliedIndex } = this.#recent;
        this.#place = wholeEntry(appliedIndex);
        yield { kind: 'reset', id: String(appliedIndex), index: appliedIndex };
      } else if (!this.#recent.reaches(place)) yield* this.#fromTrail(place);
      else {
        const entry = this.#recent.next(place);
        if (entry === undefined) await this.#news();
        else yield* this.#tell(entry);
      }
    }
  }

  async *#fromTrail(place: EventPosition): Telling {
    const { behindMax, pageRecords } = this.#bounds;
    const { appliedIndex, begunAt } = this.#recent;
    if (appliedIndex - place.index > behindMax) {
      this.#place = null;
      return;
    }
    const index = place.number === WHOLE_ENTRY ? place.index + 1 : place.index;
    const { records, completeFrom } = await this.#mesh.readTrail({ kind: 'from', index, limit: pageRecords });
    if (index < completeFrom) {
      this.#place = null;
      return;
    }
    for (const record of records) {
      // What a snapshot replaced is not to be told any more.
      if (this.#stopped || this.#recent.begunAt > begunAt) return;
      yield* this.#tell(readRecord(record));
    }
    // Entries without a record end here, too: the page reached the end of what was applied when it was asked for.
    if (records.length < pageRecords && !this.#stopped) this.#moveTo(appliedIndex);
  }

  *#tell({ index, atMs, events }: EntryEvents): Generator<FeedItem, void, undefined> {
    const { filter, viewer } = this.#following;
    for (const [number, event] of events.entries()) {
      if (this.#stopped) return;
      if (this.#place === null || isBehind(index, number, this.#place)) continue;
      this.#place = { index, number };
      if (!matches(event, filter)) continue;
      yield { kind: 'event', id: positionText(this.#place), atMs, event: viewOf(event, viewer) };
    }
    this.#moveTo(index);
  }

  /** Nothing up to and including the entry at `index` is still to be told. */
  #moveTo(index: number): void {
    if (this.#place !== null && index >= this.#place.index) this.#place = wholeEntry(index);
  }

  /** Resolves when there is something new to tell, or nothing any more. */
  async #news(): Promise<void> {
    let unlisten = (): void => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      unlisten = this.#recent.onNews(() => this.#rouse());
    });
    unlisten();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function wholeEntry(index: number): EventPosition {
  return { index, number: WHOLE_ENTRY };
}
