/**
 * The in-memory twin of InstallSnapshot streams: the same frames and the same checks, with each frame delivered in
 * its own turn of `defer`, and a hook by which frames get lost, repeated, reordered or changed.
 */
import type { InstallSnapshotRequest } from '../gen/malha/mesh/v1/peer.js';
import type { ReplicaId } from '../raft/entry.js';
import type { SnapshotHandler, SnapshotHeader, StateRow } from '../replica/ports.js';
import { framesOf, takeSnapshot } from './snapshot-frames.js';

/** Frames on their way or not taken yet, after which a sender waits. */
const WINDOW_FRAMES = 4;

/** What arrives in the place of one frame: nothing, itself, others. */
export type Tamper = (
  frame: InstallSnapshotRequest,
  from: ReplicaId,
  to: ReplicaId,
) => readonly InstallSnapshotRequest[];

export class MemorySnapshots {
  readonly #handlers = new Map<ReplicaId, SnapshotHandler>();
  readonly #streams = new Set<Stream>();
  /** What happens to frames on their way. */
  tamper: Tamper = (frame) => [frame];

  constructor(
    private readonly defer: (task: () => void) => void,
    private readonly isDown: (from: ReplicaId, to: ReplicaId) => boolean,
  ) {}

  /** How many streams are under way. */
  get open(): number {
    return this.#streams.size;
  }

  receive(id: ReplicaId, handler: SnapshotHandler): void {
    this.#handlers.set(id, handler);
  }

  /** The process of `id` ended: so do its streams. */
  remove(id: ReplicaId): void {
    this.#handlers.delete(id);
    for (const stream of this.#streams) if (stream.from === id || stream.to === id) stream.break();
  }

  breakBetween(from: ReplicaId, to: ReplicaId): void {
    for (const stream of this.#streams) {
      if (stream.joins(from, to)) stream.break();
    }
  }

  async send(
    header: SnapshotHeader,
    pages: AsyncIterable<readonly StateRow[]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { from, to } = header;
    const handler = this.#handlers.get(to);
    if (handler === undefined || this.isDown(from, to) || this.isDown(to, from) || signal.aborted)
      return false;
    const stream = new Stream(from, to);
    const abort = (): void => stream.break();
    signal.addEventListener('abort', abort);
    this.#streams.add(stream);
    takeSnapshot(stream, () => null, handler).then(
      () => this.defer(() => stream.finish(true)),
      () => this.defer(() => stream.finish(false)),
    );
    try {
      for await (const frame of framesOf({ cluster: '', header }, pages)) {
        await stream.room();
        if (stream.over) break;
        const arriving = this.tamper(frame, from, to);
        stream.underWay += 1;
        this.defer(() => stream.deliver(arriving));
      }
      this.defer(() => stream.end());
      return await stream.outcome;
    } finally {
      signal.removeEventListener('abort', abort);
      stream.break();
      this.#streams.delete(stream);
    }
  }
}

/** One stream: frames in order, at most a window of them ahead of their taker. */
class Stream {
  readonly outcome: Promise<boolean>;
  underWay = 0;
  over = false;
  #resolve: (delivered: boolean) => void = () => {};
  #ended = false;
  readonly #arrived: InstallSnapshotRequest[] = [];
  #onArrival: () => void = () => {};
  #onRoom: () => void = () => {};

  constructor(
    readonly from: ReplicaId,
    readonly to: ReplicaId,
  ) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  joins(a: ReplicaId, b: ReplicaId): boolean {
    return (this.from === a && this.to === b) || (this.from === b && this.to === a);
  }

  /** Resolves when one more frame may be sent. */
  async room(): Promise<void> {
    while (!this.over && this.underWay + this.#arrived.length >= WINDOW_FRAMES) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }

  deliver(frames: readonly InstallSnapshotRequest[]): void {
    this.underWay -= 1;
    if (this.over) return;
    this.#arrived.push(...frames);
    this.#onArrival();
    this.#onRoom();
  }

  end(): void {
    this.#ended = true;
    this.#onArrival();
  }

  /** The next frame, for the taker. */
  async next(): Promise<IteratorResult<InstallSnapshotRequest, undefined>> {
    for (;;) {
      if (this.over) throw new Error('the stream broke');
      const frame = this.#arrived.shift();
      if (frame !== undefined) {
        this.#onRoom();
        return { done: false, value: frame };
      }
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#onArrival = resolve;
      });
    }
  }

  finish(delivered: boolean): void {
    if (this.over) return;
    this.over = true;
    this.#resolve(delivered);
    this.#onArrival();
    this.#onRoom();
  }

  break(): void {
    this.finish(false);
  }
}
