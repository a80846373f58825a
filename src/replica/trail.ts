/**
 * The audit trail of one replica: takes records, answers doors and peers, and knows from where on it is whole.
 *
 * 1. Nothing is appended before it is known whether it goes on from what is there: a state that came from a peer, a new
 *    disk and a loss of power leave a gap, which is noted before the records behind it.
 * 2. The trail stops nobody: what cannot be read is missing, and fetched anew (trail-filler.ts). Only a failed write ends
 *    the process (R4).
 */
import { type AuditRecord, subjectOf } from '../ledger/audit.js';
import { Failure } from './failure.js';
import type { TrailAnswer, TrailQuery } from './mesh.js';
import type { TrailPageRequest, TrailRecord } from './ports.js';
import type { ReplicaOptions } from './replica-options.js';
import { damagedIndex, noteBreaks, noteGapAtEnd } from './trail-end.js';
import { TrailFiller, type TrailFillerOptions } from './trail-filler.js';

/** Text of one page for a peer: far below a message between peers, and little work for both. */
const PAGE_CHARS_MAX = 256 * 1024;

export interface TrailOptions extends Pick<TrailFillerOptions, 'peers' | 'recorded'> {
  readonly world: ReplicaOptions;
  /** A write failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class Trail {
  private readonly filler: TrailFiller;
  /** Resolves when it is known whether the next record goes on from what is there. */
  private settled: Promise<void> = Promise.resolve();

  constructor(private readonly options: TrailOptions) {
    const { world } = options;
    this.filler = new TrailFiller({ ...options, unreadable: (error) => this.unreadable(error) });
    world.trails.serve((request) => this.page(request));
    this.settle(noteBreaks(world.trail));
  }

  /** Appends what applying entries made. */
  async append(records: readonly AuditRecord[]): Promise<void> {
    await this.settled;
    await this.options.world.trail.append(records);
  }

  /** Resolves when everything appended before the call is on disk. */
  async sync(): Promise<void> {
    await this.settled;
    await this.options.world.trail.sync();
  }

  /** The ledger goes on from a state that was not made from the records here; nothing may be waiting to be appended. */
  restarted(): void {
    this.settle(this.settled);
  }

  private settle(proven: Promise<void>): void {
    const { trail, ledger } = this.options.world;
    const head = ledger.auditHead();
    this.settled = proven.then(() => noteGapAtEnd(trail, head));
    this.settled.then(
      () => this.filler.wake(),
      (error) => this.options.fail(error),
    );
  }

  async read(query: TrailQuery): Promise<TrailAnswer> {
    const { trail, ledger } = this.options.world;
    const next = ledger.appliedIndex + 1;
    try {
      await this.settled;
      await this.options.recorded();
      const records =
        query.kind === 'from'
          ? await trail.read(query.index, query.limit)
          : await trail.of(subjectOf(query.what, query.id), query.afterIndex, query.limit);
      return { records, completeFrom: trail.gaps.at(-1) ?? (trail.firstIndex || next) };
    } catch (error) {
      await this.unreadable(error);
      throw new Failure('UNAVAILABLE', 'the audit trail of this node cannot be read now: ask another one');
    }
  }

  /** Ends what is under way; the store is its owner's. */
  async close(): Promise<void> {
    await this.settled.catch(() => {});
    await this.filler.close();
  }

  /** For a peer: never across a gap of its own, which the peer would find anyway. */
  private async page({ before, limit }: TrailPageRequest): Promise<readonly TrailRecord[]> {
    const { trail } = this.options.world;
    await this.settled;
    const records = await trail.readBefore(before, limit);
    const gap = trail.gaps.findLast((each) => each <= before) ?? 0;
    let chars = 0;
    const from = records.findLastIndex(({ index, text }, at) => {
      chars += text.length;
      return index < gap || (chars > PAGE_CHARS_MAX && at < records.length - 1);
    });
    return records.slice(from + 1);
  }

  /** What is damaged counts as missing. */
  private async unreadable(error: unknown): Promise<void> {
    const { trail, logger } = this.options.world;
    logger.warn({ err: error }, 'the audit trail cannot be read');
    const index = damagedIndex(error);
    if (index === null) return;
    await trail.append([], { opened: index + 1 });
    this.filler.wake();
  }
}
