/**
 * The ledger's events for whoever follows them, through any door: a bounded number of readers, ended all at once when
 * the door closes.
 */
import { Failure } from '../replica/failure.js';
import type { Mesh } from '../replica/mesh.js';
import { EventFollower, type FollowerBounds, type Following } from './event-follower.js';
import { RecentEvents } from './recent-events.js';

export interface FeedBounds extends FollowerBounds {
  readonly followersMax: number;
  /** Live events that are kept for readers who keep up. */
  readonly recentMax: number;
}

export const FEED_BOUNDS: FeedBounds = {
  followersMax: 256,
  recentMax: 8_192,
  behindMax: 100_000,
  pageRecords: 64,
};

/** How long a reader who comes from a node that is ahead waits for this one to catch up, in real milliseconds. */
const CATCH_UP_MS = 2_000;

export type FeedMesh = Pick<Mesh, 'status' | 'query' | 'readTrail' | 'onApplied'>;

export class EventFeed {
  readonly #mesh: FeedMesh;
  readonly #bounds: FeedBounds;
  readonly #followers = new Set<EventFollower>();
  /** From the first reader on. */
  #recent: RecentEvents | null = null;
  #closed = false;

  constructor(mesh: FeedMesh, bounds: FeedBounds = FEED_BOUNDS) {
    this.#mesh = mesh;
    this.#bounds = bounds;
  }

  /** How many follow now. */
  get size(): number {
    return this.#followers.size;
  }

  /**
   * A reader, for which `leave` must be called when it is done. Rejects with a Failure: RESOURCE_EXHAUSTED when too many
   * follow, UNAVAILABLE while this node has no ledger yet, or when the feed is closed.
   */
  async follow(following: Following): Promise<EventFollower> {
    if (following.after !== null) await this.#catchUp(following.after.index);
    const { ledgerVersion, appliedIndex, commitIndex } = this.#mesh.status();
    if (this.#closed) throw new Failure('UNAVAILABLE', 'this node is ending');
    if (ledgerVersion === 0) throw new Failure('UNAVAILABLE', 'this node is starting');
    const { followersMax, recentMax } = this.#bounds;
    if (this.#followers.size >= followersMax) {
      throw new Failure('RESOURCE_EXHAUSTED', `${followersMax} readers follow the events already`);
    }
    this.#recent ??= new RecentEvents(this.#mesh, appliedIndex, recentMax);
    const follower = new EventFollower(this.#mesh, this.#recent, commitIndex, following, this.#bounds);
    this.#followers.add(follower);
    return follower;
  }

  /** Frees what is kept for a reader, and ends its loop. */
  leave(follower: EventFollower): void {
    this.#followers.delete(follower);
    follower.stop();
  }

  /** Ends all readers and takes no more. */
  close(): void {
    this.#closed = true;
    for (const follower of [...this.#followers]) this.leave(follower);
    this.#recent?.close();
  }

  /** A node that heard of fewer entries than the reader did asks for one linearizable read, which brings it up to date. */
  async #catchUp(index: number): Promise<void> {
    if (index <= this.#mesh.status().commitIndex) return;
    try {
      await this.#mesh.query({ kind: 'totals' }, { consistency: 'linearizable', timeoutMs: CATCH_UP_MS });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}
