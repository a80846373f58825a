/**
 * The in-memory twin of InstallSnapshot streams: the same frames and the same checks, with each frame delivered in
 * its own turn of `defer`, and a hook by which frames get lost, repeated, reordered or changed. Questions and answers
 * take a turn each, and are lost with the way.
 */
import type { InstallSnapshotRequest } from '../gen/malha/mesh/v1/peer.js';
import type { ReplicaId } from '../raft/entry.js';
import type { SnapshotChunk, SnapshotHeader, SnapshotPlace, SnapshotTaker } from '../replica/ports.js';
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
  readonly #takers = new Map<ReplicaId, SnapshotTaker>();
  readonly #streams = new Set<Stream>();
  readonly #questions = new Set<UnderWay>();
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

  receive(id: ReplicaId, taker: SnapshotTaker): void {
    this.#takers.set(id, taker);
  }

  /** The process of `id` ended: so do its streams. */
  remove(id: ReplicaId): void {
    this.#takers.delete(id);
    for (const each of this.#underWay()) if (each.from === id || each.to === id) each.break();
  }

  breakBetween(from: ReplicaId, to: ReplicaId): void {
    for (const each of this.#underWay()) {
      if ((each.from === from && each.to === to) || (each.from === to && each.to === from)) each.break();
    }
  }

  ask(header: SnapshotHeader, signal: AbortSignal): Promise<SnapshotPlace | null> {
    const taker = this.#reach(header);
    if (taker === null || signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (place: SnapshotPlace | null): void => {
        signal.removeEventListener('abort', question.break);
        this.#questions.delete(question);
        resolve(place);
      };
      const question: UnderWay = { from: header.from, to: header.to, break: () => end(null) };
      signal.addEventListener('abort', question.break);
      this.#questions.add(question);
      const answer = (place: SnapshotPlace | null): void => this.defer(() => end(place));
      this.defer(() => {
        if (this.#questions.has(question)) taker.placeOf(header).then(answer, () => answer(null));
      });
    });
  }

  async send(
    header: SnapshotHeader,
    chunks: AsyncIterable<SnapshotChunk>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { from, to } = header;
    const taker = this.#reach(header);
    if (taker === null || signal.aborted) return false;
    const stream = new Stream(from, to);
    const abort = (): void => stream.break();
    signal.addEventListener('abort', abort);
    this.#streams.add(stream);
    takeSnapshot(stream, () => null, taker).then(
      () => this.defer(() => stream.finish(true)),
      () => this.defer(() => stream.finish(false)),
    );
    try {
      for await (const frame of framesOf({ cluster: '', header }, chunks)) {
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

  #underWay(): readonly UnderWay[] {
    return [...this.#streams, ...this.#questions];
  }

  /** Who is at the other end of the way, if it is open in both directions. */
  #reach({ from, to }: SnapshotHeader): SnapshotTaker | null {
    if (this.isDown(from, to) || this.isDown(to, from)) return null;
    return this.#takers.get(to) ?? null;
  }
}

/** Something under way that ends with the way. */
interface UnderWay {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly break: () => void;
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
