/**
 * The way of whole states between nodes: pages in order, a few ahead of who takes them, each with a latency.
 * A stream ends with either process, with a cut in either direction, or by chance; what arrived until then was right.
 */
import type {
  SnapshotHandler,
  SnapshotHeader,
  SnapshotTransport,
  StateRow,
} from '../../src/replica/ports.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import { NEVER, type Process } from './process.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

/** Pages on their way or not taken yet, after which a sender waits. */
const WINDOW_PAGES = 4;
const PAGE_US = [200, 3_000] as const;
const WATCH_US = 20_000;
/** Per page. */
const BREAKS_PER_MILLION = 10_000;

type Page = readonly StateRow[];

interface Receiver {
  readonly process: Process;
  readonly handler: SnapshotHandler;
}

interface Way {
  readonly from: SimNode;
  readonly to: SimNode;
  readonly process: Process;
  readonly receiver: Receiver;
}

export interface SnapshotNetworkOptions {
  readonly network: Network;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly nodeOf: (header: SnapshotHeader) => SimNode | undefined;
}

export class SnapshotNetwork {
  private readonly receivers = new Map<SimNode, Receiver>();

  constructor(private readonly options: SnapshotNetworkOptions) {}

  /** The way as a process of `node` has it. */
  transportOf(node: SimNode, process: Process): SnapshotTransport {
    return {
      send: (header, pages, signal) => this.send(node, process, header, pages, signal),
      receive: (handler) => this.receivers.set(node, { process, handler }),
    };
  }

  private async send(
    from: SimNode,
    process: Process,
    header: SnapshotHeader,
    pages: AsyncIterable<Page>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { trace, coverage, network, nodeOf } = this.options;
    if (!process.isAlive()) return NEVER;
    const to = nodeOf(header);
    const receiver = to === undefined ? undefined : this.receivers.get(to);
    if (to === undefined || receiver === undefined || !network.joins(from, to)) return false;
    const index = header.meta.appliedIndex;
    trace.note(() => `${from.name} => ${to.name} snapshot at ${index}`, 50, from.number, to.number, index);
    coverage.count('snapshot sent');
    const stream = new Stream();
    signal.addEventListener('abort', () => stream.end(false));
    this.later(receiver.process, () => {
      receiver.handler(header, stream.taken()).then(
        () => this.later(process, () => stream.end(true)),
        () => this.later(process, () => stream.end(false)),
      );
    });
    const way = { from, to, process, receiver };
    this.watch(stream, way);
    await this.carry(stream, pages, way);
    const delivered = await stream.outcome;
    trace.note(
      () => `${from.name} => ${to.name} ${delivered ? 'taken' : 'broken'}`,
      51,
      from.number,
      to.number,
    );
    if (!delivered) coverage.count('snapshot stream broken');
    return delivered;
  }

  private async carry(stream: Stream, pages: AsyncIterable<Page>, { process, receiver }: Way): Promise<void> {
    const { network, chance } = this.options;
    for await (const page of pages) {
      await stream.room();
      if (!process.isAlive()) await NEVER;
      if (!network.isCalm && chance.hits(BREAKS_PER_MILLION)) stream.end(false);
      if (stream.isOver) return;
      stream.underWay += 1;
      this.later(receiver.process, () => stream.deliver(page));
    }
    this.later(receiver.process, () => stream.close());
  }

  /** Each end finds out by itself, after a while, that the other one or the way is gone. */
  private watch(stream: Stream, way: Way): void {
    const { network, timeline } = this.options;
    const { from, to, process, receiver } = way;
    if (stream.isOver) return;
    if (process.isAlive() && receiver.process.isAlive() && network.joins(from, to)) {
      timeline.after(WATCH_US, () => this.watch(stream, way));
      return;
    }
    this.later(receiver.process, () => stream.breakOff());
    this.later(process, () => stream.end(false));
  }

  private later(process: Process, run: () => void): void {
    const { timeline, chance } = this.options;
    process.at(timeline.nowUs + chance.between(...PAGE_US), run);
  }
}

/** One stream: pages in order, at most a window of them ahead of their taker. */
class Stream {
  readonly outcome: Promise<boolean>;
  underWay = 0;
  isOver = false;
  private tell: (delivered: boolean) => void = () => {};
  private broken = false;
  private closed = false;
  private readonly arrived: Page[] = [];
  private onArrival: () => void = () => {};
  private onRoom: () => void = () => {};

  constructor() {
    this.outcome = new Promise((resolve) => {
      this.tell = resolve;
    });
  }

  /** For the sender: resolves when one more page may be sent, or it is over. */
  async room(): Promise<void> {
    while (!this.isOver && this.underWay + this.arrived.length >= WINDOW_PAGES) {
      await new Promise<void>((resolve) => {
        this.onRoom = resolve;
      });
    }
  }

  /** For the taker. Throws when the stream broke. */
  async *taken(): AsyncGenerator<Page> {
    for (;;) {
      if (this.broken) throw new Error('the stream broke');
      const page = this.arrived.shift();
      if (page !== undefined) {
        this.onRoom();
        yield page;
      } else if (this.closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.onArrival = resolve;
        });
      }
    }
  }

  deliver(page: Page): void {
    this.underWay -= 1;
    this.arrived.push(page);
    this.onArrival();
  }

  /** No page follows. */
  close(): void {
    this.closed = true;
    this.onArrival();
  }

  /** The taker finds the way gone. */
  breakOff(): void {
    this.broken = true;
    this.onArrival();
  }

  /** The sender learns the outcome; the first one counts. */
  end(delivered: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.tell(delivered);
    this.onRoom();
    if (!delivered) this.breakOff();
  }
}
