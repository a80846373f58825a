/**
 * The way of whole states between nodes: chunks in order, a few ahead of who takes them, each with a latency.
 * A stream ends with either process, with a cut in either direction, or by chance; what arrived until then was right.
 * So does a question how much of a state arrived.
 */
import type {
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPlace,
  SnapshotTaker,
  SnapshotTransport,
} from '../../src/replica/ports.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import type { Network } from './network.js';
import type { SimNode } from './node.js';
import { NEVER, type Process } from './process.js';
import type { Timeline } from './timeline.js';
import type { Trace } from './trace.js';

/** Chunks on their way or not taken yet, after which a sender waits. */
const WINDOW_CHUNKS = 4;
const CHUNK_US = [200, 3_000] as const;
const WATCH_US = 20_000;
const ASK_US_MAX = 500_000;
/** Per chunk. */
const BREAKS_PER_MILLION = 10_000;

interface Receiver {
  readonly process: Process;
  readonly taker: SnapshotTaker;
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
  /** Called when a node begins to send a state. */
  readonly onSend: (from: SimNode, to: SimNode, header: SnapshotHeader) => void;
}

export class SnapshotNetwork {
  private readonly receivers = new Map<SimNode, Receiver>();

  constructor(private readonly options: SnapshotNetworkOptions) {}

  /** The way as a process of `node` has it. */
  transportOf(node: SimNode, process: Process): SnapshotTransport {
    return {
      ask: (header, signal) => this.ask(node, process, header, signal),
      send: (header, chunks, signal) => this.send(node, process, header, chunks, signal),
      receive: (taker) => this.receivers.set(node, { process, taker }),
    };
  }

  private async ask(
    from: SimNode,
    process: Process,
    header: SnapshotHeader,
    signal: AbortSignal,
  ): Promise<SnapshotPlace | null> {
    const { coverage, network, nodeOf, timeline } = this.options;
    if (!process.isAlive()) return NEVER;
    const to = nodeOf(header);
    const receiver = to === undefined ? undefined : this.receivers.get(to);
    if (to === undefined || receiver === undefined || !network.joins(from, to)) return null;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(null));
      const answer = (place: SnapshotPlace | null): void => {
        if (place !== null && place.chunks > 0) coverage.count('snapshot stream goes on');
        this.later(process, () => resolve(network.joins(from, to) ? place : null));
      };
      this.later(receiver.process, () => receiver.taker.placeOf(header).then(answer, () => answer(null)));
      // The answer may be lost with who was asked.
      process.at(timeline.nowUs + ASK_US_MAX, () => resolve(null));
    });
  }

  private async send(
    from: SimNode,
    process: Process,
    header: SnapshotHeader,
    chunks: AsyncIterable<SnapshotChunk>,
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
    this.options.onSend(from, to, header);
    const stream = new Stream();
    signal.addEventListener('abort', () => stream.end(false));
    this.later(receiver.process, () => {
      receiver.taker.take(header, stream.taken()).then(
        () => this.later(process, () => stream.end(true)),
        () => this.later(process, () => stream.end(false)),
      );
    });
    const way = { from, to, process, receiver };
    this.watch(stream, way);
    await this.carry(stream, chunks, way);
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

  private async carry(
    stream: Stream,
    chunks: AsyncIterable<SnapshotChunk>,
    { process, receiver }: Way,
  ): Promise<void> {
    const { network, chance } = this.options;
    for await (const chunk of chunks) {
      await stream.room();
      if (!process.isAlive()) await NEVER;
      if (!network.isCalm && chance.hits(BREAKS_PER_MILLION)) stream.end(false);
      if (stream.isOver) return;
      stream.underWay += 1;
      this.inOrder(stream, receiver.process, () => stream.deliver(chunk));
    }
    this.inOrder(stream, receiver.process, () => stream.close());
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

  /** On a stream nothing overtakes. */
  private inOrder(stream: Stream, process: Process, run: () => void): void {
    const { timeline, chance } = this.options;
    stream.lastArrivalUs = Math.max(stream.lastArrivalUs, timeline.nowUs + chance.between(...CHUNK_US));
    process.at(stream.lastArrivalUs, run);
  }

  private later(process: Process, run: () => void): void {
    const { timeline, chance } = this.options;
    process.at(timeline.nowUs + chance.between(...CHUNK_US), run);
  }
}

/** One stream: chunks in order, at most a window of them ahead of their taker. */
class Stream {
  readonly outcome: Promise<boolean>;
  underWay = 0;
  /** When the last of what was sent arrives. */
  lastArrivalUs = 0;
  isOver = false;
  private tell: (delivered: boolean) => void = () => {};
  private broken = false;
  private closed = false;
  private readonly arrived: SnapshotChunk[] = [];
  private onArrival: () => void = () => {};
  private onRoom: () => void = () => {};

  constructor() {
    this.outcome = new Promise((resolve) => {
      this.tell = resolve;
    });
  }

  /** For the sender: resolves when one more chunk may be sent, or it is over. */
  async room(): Promise<void> {
    while (!this.isOver && this.underWay + this.arrived.length >= WINDOW_CHUNKS) {
      await new Promise<void>((resolve) => {
        this.onRoom = resolve;
      });
    }
  }

  /** For the taker. Throws when the stream broke. */
  async *taken(): AsyncGenerator<SnapshotChunk> {
    for (;;) {
      if (this.broken) throw new Error('the stream broke');
      const chunk = this.arrived.shift();
      if (chunk !== undefined) {
        this.onRoom();
        yield chunk;
      } else if (this.closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.onArrival = resolve;
        });
      }
    }
  }

  deliver(chunk: SnapshotChunk): void {
    this.underWay -= 1;
    this.arrived.push(chunk);
    this.onArrival();
  }

  /** No chunk follows. */
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
