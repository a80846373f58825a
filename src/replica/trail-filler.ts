/**
 * Fetches from peers what the audit trail of this replica lacks, page by page, newest first.
 *
 * 1. A page is taken only when the chain of its heads arrives at the head that is known here: who sends it need not be
 *    trusted. All of a page, or nothing.
 * 2. It is nobody's business but its own: one question at a time, a pause after every page, a longer one after every
 *    failure, and what it cannot get stays a gap.
 */
import { FIRST_HEAD } from '../ledger/audit.js';
import type { ReplicaId } from '../raft/entry.js';
import type { TrailRecord } from './ports.js';
import type { ReplicaOptions } from './replica-options.js';
import { arrivesAt, headOf, withSubjects } from './trail-chain.js';

/** Records of a page. */
export const PAGE_RECORDS = 1_000;

const PAUSE_MS = 20;
/** The longest pause, in election time-outs. */
const BACKOFF_ELECTIONS_MAX = 32;

export interface TrailFillerOptions {
  readonly world: ReplicaOptions;
  /** The other members. */
  readonly peers: () => readonly ReplicaId[];
  /** Resolves when the trail has the records of everything applied before the call. */
  readonly recorded: () => Promise<void>;
  /** Told what a read failed with. */
  readonly unreadable: (error: unknown) => Promise<void>;
  /** A write failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class TrailFiller {
  private readonly stopping = new AbortController();
  /** What is under way; null while there is nothing to do. */
  private work: Promise<void> | null = null;
  private failures = 0;
  private asked = 0;
  private endPause: () => void = () => {};

  constructor(private readonly options: TrailFillerOptions) {}

  /** There may be a gap to fill. */
  wake(): void {
    if (this.work !== null || this.stopping.signal.aborted || this.options.world.trail.gaps.length === 0)
      return;
    this.work = this.run().then(
      () => {
        this.work = null;
        // One may have come since the last look.
        this.wake();
      },
      (error) => this.options.fail(error),
    );
  }

  /** Resolves when nothing of it is under way any more. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.endPause();
    await this.work;
  }

  private async run(): Promise<void> {
    const { trail, logger } = this.options.world;
    logger.info({ gaps: trail.gaps }, 'the audit trail has gaps: fetching what is missing from peers');
    for (let gap = trail.gaps.at(-1); gap !== undefined; gap = trail.gaps.at(-1)) {
      this.failures = (await this.narrow(gap)) ? 0 : this.failures + 1;
      await this.pause();
      if (this.stopping.signal.aborted) return;
    }
    logger.info({ from: trail.firstIndex }, 'the audit trail is whole again');
  }

  /** Makes the gap directly before `gap` smaller, or closes it. False when nothing came of it. */
  private async narrow(gap: number): Promise<boolean> {
    const { trail } = this.options.world;
    const head = await this.headBefore(gap);
    if (head === null) return false;
    // One that is damaged is as good as none.
    const [own] = await trail.readBefore(gap, 1).catch(() => []);
    if (head === FIRST_HEAD || (own !== undefined && headOf(own) === head)) {
      await trail.append([], { closed: gap });
      return true;
    }
    const page = await this.fetch(gap);
    if (page === null || !arrivesAt(head, page, gap)) return false;
    const opened = page[0]!.index;
    // Durable before the note of what it stands for moves: both are in one batch.
    await trail.append(page.map(withSubjects), { closed: gap, opened });
    return true;
  }

  /** The head that the record before `gap` must have after it; null when it cannot be told now. */
  private async headBefore(gap: number): Promise<string | null> {
    const { trail, ledger } = this.options.world;
    try {
      await this.options.recorded();
      const [next] = await trail.read(gap, 1);
      if (next !== undefined) return next.before;
    } catch (error) {
      await this.options.unreadable(error);
      return null;
    }
    const head = ledger.auditHead();
    return head === null || head.index >= gap ? null : head.head;
  }

  /** From one peer after the other. */
  private async fetch(before: number): Promise<readonly TrailRecord[] | null> {
    const { trails } = this.options.world;
    const peers = this.options.peers();
    this.asked += 1;
    const peer = peers[this.asked % Math.max(1, peers.length)];
    if (peer === undefined) return null;
    return trails.ask(peer, { before, limit: PAGE_RECORDS }, this.stopping.signal);
  }

  private pause(): Promise<void> {
    const { after, random, timing } = this.options.world;
    const elections = Math.min(BACKOFF_ELECTIONS_MAX, 2 ** (this.failures - 1));
    const backoffMs = Math.floor((timing.electionMs * elections) / 2);
    const delayMs = this.failures === 0 ? PAUSE_MS : backoffMs + random(Math.max(1, backoffMs));
    return new Promise((resolve) => {
      const cancel = after(delayMs, resolve);
      this.endPause = () => {
        cancel();
        resolve();
      };
      if (this.stopping.signal.aborted) this.endPause();
    });
  }
}
