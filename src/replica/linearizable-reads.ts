/**
 * Reads that must see every write answered before them (Raft §6.4): asked of the leader in groups, one
 * read index a turn, served once this replica applied up to it.
 */
import { Failure } from './failure.js';

interface PendingRead {
  readonly deadlineMs: number;
  readonly serve: () => void;
  readonly fail: (failure: Failure) => void;
  /** Neither confirmed nor failed yet. It may stand in more than one group. */
  isOpen: boolean;
}

interface AskedGroup {
  readonly reads: readonly PendingRead[];
  readonly askedAtMs: number;
  readonly isAskedAgain: boolean;
}

export class LinearizableReads {
  private unasked: PendingRead[] = [];
  private readonly asked = new Map<number, AskedGroup>();
  private confirmed: { readonly index: number; readonly reads: readonly PendingRead[] }[] = [];
  private count = 0;

  /** `readsMax`: more than this many at a time are turned away. `nextRequestId`: the first id to ask under. */
  constructor(
    private readonly readsMax: number,
    private nextRequestId = 1,
  ) {}

  /** Resolves when the read may be served from the ledger as it is then; rejects with a Failure. */
  add(timeoutMs: number, nowMs: number): Promise<void> {
    if (this.count >= this.readsMax) {
      return Promise.reject(new Failure('RESOURCE_EXHAUSTED', 'too many reads are waiting'));
    }
    this.count += 1;
    return new Promise((serve, fail) => {
      this.unasked.push({ deadlineMs: nowMs + timeoutMs, serve, fail, isOpen: true });
    });
  }

  /** Reads that are neither served nor failed. */
  get waiting(): number {
    return this.count;
  }

  get hasUnasked(): boolean {
    return this.unasked.length > 0;
  }

  /** Asks for all new reads at once; `ask` says whether there was a leader to ask. */
  ask(ask: (requestId: number) => boolean, nowMs: number): void {
    if (this.unasked.length === 0) return;
    const requestId = this.nextRequestId++;
    const reads = this.unasked;
    this.unasked = [];
    if (ask(requestId)) this.asked.set(requestId, { reads, askedAtMs: nowMs, isAskedAgain: false });
    else this.unasked = reads;
  }

  /**
   * The leader answered. Also a late answer counts, for those who had asked by then: were it dropped, a leader
   * further away than the time after which reads are asked again would never be heard.
   */
  answered(requestId: number, index: number): void {
    const group = this.asked.get(requestId);
    if (!group) return;
    this.asked.delete(requestId);
    const reads = group.reads.filter((read) => read.isOpen);
    for (const read of reads) read.isOpen = false;
    this.confirmed.push({ index, reads });
    if (group.isAskedAgain) this.unasked = this.unasked.filter((read) => read.isOpen);
  }

  /** Serves what the applied index allows. */
  applied(index: number): void {
    if (this.confirmed.length === 0) return;
    const ready = this.confirmed.filter((group) => group.index <= index);
    if (ready.length === 0) return;
    this.confirmed = this.confirmed.filter((group) => group.index > index);
    for (const { reads } of ready) {
      this.count -= reads.length;
      for (const read of reads) read.serve();
    }
  }

  /** Questions and answers get lost: those older than `olderThanMs` are asked again under a new id. */
  askOldOnesAgain(nowMs: number, olderThanMs: number): void {
    for (const [requestId, group] of this.asked) {
      if (group.isAskedAgain || nowMs - group.askedAtMs < olderThanMs) continue;
      this.asked.set(requestId, { ...group, isAskedAgain: true });
      this.unasked.push(...group.reads.filter((read) => read.isOpen));
    }
  }

  /** Fails those whose time is over. A read has no effect, so this is never an unknown outcome. */
  expire(nowMs: number): void {
    if (this.count === 0) return;
    const failure = new Failure('UNAVAILABLE', 'no leader or no quorum confirmed this read in time');
    const keep = (reads: readonly PendingRead[]): PendingRead[] => {
      const late = reads.filter((read) => read.deadlineMs <= nowMs);
      this.count -= late.length;
      for (const read of late) {
        read.isOpen = false;
        read.fail(failure);
      }
      return reads.filter((read) => read.deadlineMs > nowMs);
    };
    const keepOpen = (reads: readonly PendingRead[]) => keep(reads.filter((read) => read.isOpen));
    this.unasked = keepOpen(this.unasked);
    for (const [requestId, group] of this.asked) {
      const reads = keepOpen(group.reads);
      if (reads.length === 0) this.asked.delete(requestId);
      else this.asked.set(requestId, { ...group, reads });
    }
    this.confirmed = this.confirmed
      .map((group) => ({ index: group.index, reads: keep(group.reads) }))
      .filter((group) => group.reads.length > 0);
  }

  close(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }
}
