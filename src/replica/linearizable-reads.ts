/**
 * Reads that must see every write answered before them (Raft §6.4): asked of the leader in groups, one
 * read index a turn, served once this replica applied up to it.
 */
import { Failure } from './failure.js';

interface PendingRead {
  readonly deadlineMs: number;
  readonly serve: () => void;
  readonly fail: (failure: Failure) => void;
}

interface AskedGroup {
  readonly reads: readonly PendingRead[];
  readonly askedAtMs: number;
}

export class LinearizableReads {
  private unasked: PendingRead[] = [];
  private readonly asked = new Map<number, AskedGroup>();
  private confirmed: { readonly index: number; readonly reads: readonly PendingRead[] }[] = [];
  private nextRequestId = 1;

  constructor(private readonly readsMax: number) {}

  private get count(): number {
    let count = this.unasked.length;
    for (const group of this.asked.values()) count += group.reads.length;
    for (const group of this.confirmed) count += group.reads.length;
    return count;
  }

  /** Resolves when the read may be served from the ledger as it is then; rejects with a Failure. */
  add(timeoutMs: number, nowMs: number): Promise<void> {
    if (this.unasked.length >= this.readsMax) {
      return Promise.reject(new Failure('RESOURCE_EXHAUSTED', 'too many reads are waiting'));
    }
    return new Promise((serve, fail) => {
      this.unasked.push({ deadlineMs: nowMs + timeoutMs, serve, fail });
    });
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
    this.asked.set(requestId, { reads, askedAtMs: nowMs });
    if (!ask(requestId)) this.askAgain(requestId);
  }

  /** The leader answered; unknown ids are late answers to questions that were asked again. */
  answered(requestId: number, index: number): void {
    const group = this.asked.get(requestId);
    if (!group) return;
    this.asked.delete(requestId);
    this.confirmed.push({ index, reads: group.reads });
  }

  /** Serves what the applied index allows. */
  applied(index: number): void {
    if (this.confirmed.length === 0) return;
    const ready = this.confirmed.filter((group) => group.index <= index);
    if (ready.length === 0) return;
    this.confirmed = this.confirmed.filter((group) => group.index > index);
    for (const group of ready) for (const read of group.reads) read.serve();
  }

  /** Questions and answers get lost: those older than `olderThanMs` are asked again under a new id. */
  askOldOnesAgain(nowMs: number, olderThanMs: number): void {
    for (const [requestId, group] of [...this.asked]) {
      if (nowMs - group.askedAtMs >= olderThanMs) this.askAgain(requestId);
    }
  }

  /** Fails those whose time is over. A read has no effect, so this is never an unknown outcome. */
  expire(nowMs: number): void {
    if (this.count === 0) return;
    const failure = new Failure('UNAVAILABLE', 'no leader or no quorum confirmed this read in time');
    const keep = (reads: readonly PendingRead[]): PendingRead[] => {
      const late = reads.filter((read) => read.deadlineMs <= nowMs);
      for (const read of late) read.fail(failure);
      return late.length === 0 ? [...reads] : reads.filter((read) => read.deadlineMs > nowMs);
    };
    this.unasked = keep(this.unasked);
    for (const [requestId, group] of [...this.asked]) {
      const reads = keep(group.reads);
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

  private askAgain(requestId: number): void {
    const group = this.asked.get(requestId);
    if (!group) return;
    this.asked.delete(requestId);
    this.unasked.push(...group.reads);
  }
}
