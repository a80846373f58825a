/**
 * Takes a state that a leader sends, down to the point at which nothing but consensus has to agree.
 *
 * 1. It is staged beside the state in use and restored into a ledger row by row as it comes, so that what is handed
 *    over is complete, on disk, and gives the digest that its sender had.
 * 2. One at a time: one of a later term, or a later cut of the same term, takes the place of what is under way (C23), an
 *    earlier one is refused; once one is handed over, others wait until it is installed or dropped.
 * 3. What a stream that broke has put down is kept for a while, in this process only. A stream of the very same cut goes
 *    on exactly behind it; any other stream begins at the beginning, or is refused (C24).
 */
import type { Ledger } from '../ledger/ledger.js';
import type { Logger } from '../observe/logger.js';
import type { SnapshotChunk, SnapshotHeader, SnapshotPlace, SnapshotTaker, StateStore } from './ports.js';
import { SnapshotPart } from './snapshot-part.js';
import { BEGINNING, isSamePlace } from './snapshot-place.js';
import { tooOldFor } from './versions.js';

/** How long a part is kept after its stream broke: memory and disk for a second state. */
export const PART_KEPT_MS = 60_000;

/** A state that is staged, with the ledger that was restored from it. */
export interface Received {
  readonly header: SnapshotHeader;
  readonly ledger: Ledger;
}

export interface SnapshotReceiverOptions {
  readonly state: StateStore;
  readonly logger: Logger;
  /** The newest ledger version that this program understands. */
  readonly understands: number;
  /** Real milliseconds, monotonic. */
  readonly realMs: () => number;
  /** The present term and commit index here. */
  readonly position: () => { readonly term: number; readonly commitIndex: number };
  /** Resolves when consensus took it and it is installed, or when it was not wanted and is dropped. */
  readonly install: (received: Received) => Promise<void>;
  /** A write failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

interface Transfer {
  readonly header: SnapshotHeader;
  /** Rejects when the transfer is to end. */
  readonly stopped: Promise<never>;
  readonly stop: (why: string) => void;
  isStopped: boolean;
  /** All of it arrived. */
  complete: boolean;
  handedOver: boolean;
}

/** What is kept of a stream that broke. */
interface Kept {
  readonly part: SnapshotPart;
  readonly header: SnapshotHeader;
  readonly sinceMs: number;
}

export class SnapshotReceiver implements SnapshotTaker {
  private current: Transfer | null = null;
  private kept: Kept | null = null;
  /** Resolves when everything that was begun on the stage is over. */
  private last: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: SnapshotReceiverOptions) {}

  async placeOf(header: SnapshotHeader): Promise<SnapshotPlace> {
    this.checkTerm(header);
    const { current } = this;
    // Its sender has one stream at a time: by asking it says that this one is over.
    if (current !== null && isSameCut(current.header, header)) {
      if (current.complete) throw new Error('all of that snapshot is here, and not yet in use');
      current.stop('its sender goes on with another stream');
      await this.last;
    }
    const { kept } = this;
    return kept?.part.isOf(header) === true ? kept.part.place : BEGINNING;
  }

  async take(header: SnapshotHeader, chunks: AsyncIterable<SnapshotChunk>): Promise<void> {
    this.checkTerm(header);
    const tooOld = tooOldFor(header.meta.ledgerVersion, this.options.understands);
    if (tooOld !== null) {
      // For whoever runs this node: its sender can do nothing about it.
      this.options.logger.warn({ from: header.from }, tooOld);
      throw new Error(tooOld);
    }
    if (header.meta.appliedIndex <= this.options.position().commitIndex) return;
    const { current } = this;
    if (current !== null && (current.handedOver || isEarlier(header, current.header))) {
      throw new Error('another snapshot is on its way');
    }
    current?.stop('a newer stream took over');

    const transfer = newTransfer(header);
    this.current = transfer;
    try {
      // Only when the one before has cleaned up, however it ended.
      await this.inOrder(() => this.run(transfer, chunks));
    } finally {
      if (this.current === transfer) this.current = null;
    }
  }

  /** Once a tick: lets go of a part that was kept for long, or that nobody will go on with. */
  tick(): void {
    if (this.kept === null) return;
    const { header, sinceMs } = this.kept;
    const { term, commitIndex } = this.options.position();
    const isVoid = term > header.term || commitIndex >= header.meta.appliedIndex;
    if (isVoid || this.options.realMs() - sinceMs >= PART_KEPT_MS) this.letGo();
  }

  /** Ends what is under way, and resolves when nothing of it is in use any more. */
  async close(): Promise<void> {
    this.closed = true;
    this.current?.stop('this replica is shutting down');
    await this.last;
    this.letGo();
    await this.last;
  }

  private checkTerm(header: SnapshotHeader): void {
    const { term } = this.options.position();
    if (this.closed) throw new Error('this replica is shutting down');
    if (header.term < term) throw new Error(`a snapshot of term ${header.term} in term ${term}`);
  }

  private inOrder(task: () => Promise<void>): Promise<void> {
    const run = this.last.then(task);
    this.last = run.catch(() => {});
    return run;
  }

  private letGo(): void {
    const { kept } = this;
    this.kept = null;
    // A failure is told by `written`.
    if (kept !== null) this.inOrder(() => kept.part.discard()).catch(() => {});
  }

  private async run(transfer: Transfer, chunks: AsyncIterable<SnapshotChunk>): Promise<void> {
    const { header } = transfer;
    if (transfer.isStopped) return transfer.stopped;
    const ledger = await this.stage(await this.partFor(header), transfer, chunks);
    if (transfer.isStopped) {
      await this.written(this.options.state.dropStaged());
      return transfer.stopped;
    }
    transfer.handedOver = true;
    const { from, meta } = header;
    this.options.logger.info({ from, index: meta.appliedIndex }, 'a snapshot arrived');
    await this.options.install({ header, ledger });
  }

  /** What the stream goes on with; an empty part for one that begins at the beginning. */
  private async partFor(header: SnapshotHeader): Promise<SnapshotPart> {
    const { kept } = this;
    if (kept !== null) {
      if (kept.part.isOf(header) && isSamePlace(kept.part.place, header.after)) {
        this.kept = null;
        return kept.part;
      }
      if (isEarlier(header, kept.header)) throw new Error('a part of a later snapshot is here');
    }
    if (!isSamePlace(header.after, BEGINNING)) {
      throw new Error(
        `a stream that begins behind row ${header.after.rows}, and up to there nothing of it is here`,
      );
    }
    this.kept = null;
    if (kept !== null) await kept.part.discard();
    return SnapshotPart.begin(header, this.options.state, this.written);
  }

  private async stage(
    part: SnapshotPart,
    transfer: Transfer,
    chunks: AsyncIterable<SnapshotChunk>,
  ): Promise<Ledger> {
    const { position, realMs } = this.options;
    const { header } = transfer;
    try {
      const iterator = chunks[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([iterator.next(), transfer.stopped]);
        if (next.done) break;
        // Its sender leads no more: whoever does offers another one (C24).
        const { term } = position();
        if (term > header.term) throw new Error(`a snapshot of term ${header.term} in term ${term}`);
        await part.add(next.value);
      }
      transfer.complete = true;
      return await part.complete();
    } catch (error) {
      if (part.isOfUse) this.kept = { part, header, sinceMs: realMs() };
      else await part.discard();
      throw error;
    }
  }

  private readonly written = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write;
    } catch (error) {
      this.options.fail(error);
      throw error;
    }
  };
}

function isSameCut(a: SnapshotHeader, b: SnapshotHeader): boolean {
  return a.from === b.from && a.cut === b.cut;
}

/** Of an older term, or of an earlier cut of the one sender that a term has. */
function isEarlier(a: SnapshotHeader, b: SnapshotHeader): boolean {
  return a.term < b.term || (a.term === b.term && a.cut < b.cut);
}

function newTransfer(header: SnapshotHeader): Transfer {
  let reject: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, rejectStopped) => {
    reject = rejectStopped;
  });
  // It may be stopped when nobody waits for it.
  stopped.catch(() => {});
  const transfer: Transfer = {
    header,
    stopped,
    isStopped: false,
    complete: false,
    handedOver: false,
    stop(why) {
      transfer.isStopped = true;
      reject(new Error(why));
    },
  };
  return transfer;
}
