/**
 * Takes a state that a leader sends, down to the point at which nothing but consensus has to agree.
 *
 * 1. It is staged beside the state in use and restored into a ledger row by row as it comes, so that what is handed
 *    over is complete, on disk, and gives the digest that its sender had.
 * 2. One at a time: a newer one of the same or a later term takes the place of one that is under way (C23); once one
 *    is handed over, others wait until it is installed or dropped.
 */
import { Ledger } from '../ledger/ledger.js';
import type { Logger } from '../observe/logger.js';
import type { SnapshotHeader, StateRow, StateStore } from './ports.js';

/** A state that is staged, with the ledger that was restored from it. */
export interface Received {
  readonly header: SnapshotHeader;
  readonly ledger: Ledger;
}

export interface SnapshotReceiverOptions {
  readonly state: StateStore;
  readonly logger: Logger;
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
  handedOver: boolean;
}

export class SnapshotReceiver {
  private current: Transfer | null = null;
  private last: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: SnapshotReceiverOptions) {}

  /** See SnapshotHandler: resolves when the state is installed or found needless, rejects when it is not taken. */
  async take(header: SnapshotHeader, pages: AsyncIterable<readonly StateRow[]>): Promise<void> {
    const { term, commitIndex } = this.options.position();
    if (this.closed) throw new Error('this replica is shutting down');
    if (header.term < term) throw new Error(`a snapshot of term ${header.term} in term ${term}`);
    if (header.meta.appliedIndex <= commitIndex) return;
    const { current } = this;
    if (current !== null && (current.handedOver || header.term < current.header.term)) {
      throw new Error('another snapshot is on its way');
    }
    current?.stop('a newer snapshot took over');

    const transfer = newTransfer(header);
    this.current = transfer;
    const before = this.last;
    const run = before.then(() => this.run(transfer, pages));
    // The next one waits until this one has cleaned up, however it ended.
    this.last = run.catch(() => {});
    try {
      await run;
    } finally {
      if (this.current === transfer) this.current = null;
    }
  }

  /** Ends what is under way, and resolves when nothing of it is in use any more. */
  async close(): Promise<void> {
    this.closed = true;
    this.current?.stop('this replica is shutting down');
    await this.last;
  }

  private async run(transfer: Transfer, pages: AsyncIterable<readonly StateRow[]>): Promise<void> {
    const { header } = transfer;
    if (transfer.isStopped) return transfer.stopped;
    const ledger = await this.stage(transfer, pages);
    if (transfer.isStopped) {
      await this.written(this.options.state.dropStaged());
      return transfer.stopped;
    }
    transfer.handedOver = true;
    const { from, meta } = header;
    this.options.logger.info({ from, index: meta.appliedIndex }, 'a snapshot arrived');
    await this.options.install({ header, ledger });
  }

  private async stage(transfer: Transfer, pages: AsyncIterable<readonly StateRow[]>): Promise<Ledger> {
    const { state, position } = this.options;
    const { term, meta } = transfer.header;
    const restoration = Ledger.restoring(meta);
    const stage = await this.written(state.stage());
    let ledger: Ledger;
    try {
      const iterator = pages[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([iterator.next(), transfer.stopped]);
        if (next.done) break;
        // Its sender leads no more: whoever does offers another one (C24).
        if (position().term > term) throw new Error(`a snapshot of term ${term} in term ${position().term}`);
        restoration.load(next.value);
        await this.written(stage.write(next.value));
      }
      ledger = restoration.finish();
    } catch (error) {
      await this.written(stage.discard());
      throw error;
    }
    await this.written(stage.seal(meta));
    return ledger;
  }

  private async written<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } catch (error) {
      this.options.fail(error);
      throw error;
    }
  }
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
    handedOver: false,
    stop(why) {
      transfer.isStopped = true;
      reject(new Error(why));
    },
  };
  return transfer;
}
