/**
 * One direction between two nodes: all connections' bytes that travel this way, and the weather that they meet.
 *
 * 1. Bytes come out whole and in order, or the connection ends: as on a network under TCP, nothing is lost in the middle.
 * 2. Ends travel like bytes: who is behind a black hole does not hear that the other one is gone.
 * 3. At most `HELD_BYTES_MAX` wait for each connection; then its sender is not read any more.
 */
import type { Socket } from 'node:net';

export interface Weather {
  /** A black hole: nothing comes out, and nobody is told. What waits goes on when it ends, as TCP sends again. */
  readonly holds: boolean;
  /** How much later everything comes out. */
  readonly delayMs: number;
  /** Of each connection; 0 for as fast as it goes. */
  readonly bytesPerSecond: number;
}

export const FAIR: Weather = { holds: false, delayMs: 0, bytesPerSecond: 0 };

const HELD_BYTES_MAX = 1 << 20;
/** A slow way gives bytes in parts of so long. */
const SLICE_MS = 20;

export class Lane {
  #weather: Weather = FAIR;
  readonly #flows = new Set<Flow>();
  /** Bytes that came in while the weather was bad: without any, no fault happened here. */
  suffered = 0;

  get weather(): Weather {
    return this.#weather;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    for (const flow of this.#flows) flow.pump();
  }

  /** Carries what `from` sends to `to` until that is gone, or the flow that it returns is stopped. */
  carry(from: Socket, to: Socket): { stop(): void } {
    const flow = new Flow(this, from, to);
    this.#flows.add(flow);
    const stop = (): void => {
      this.#flows.delete(flow);
      flow.stop();
    };
    to.once('close', stop);
    return { stop };
  }
}

type Item = { readonly dueAtMs: number } & (
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' | 'reset' }
);

class Flow {
  readonly #queue: Item[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #blocked = false;
  #ended = false;

  constructor(
    private readonly lane: Lane,
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (bytes: Buffer) => this.#take({ kind: 'bytes', bytes }));
    from.once('end', () => this.#take({ kind: 'end' }));
    from.once('close', () => this.#take({ kind: 'reset' }));
    to.on('drain', () => {
      this.#blocked = false;
      this.pump();
    });
  }

  /** From now on whatever comes is swallowed. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#ended = true;
    this.from.resume();
  }

  /** Lets out what is due. */
  pump(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { holds, bytesPerSecond } = this.lane.weather;
    let budget =
      bytesPerSecond > 0 ? Math.ceil((bytesPerSecond * SLICE_MS) / 1_000) : Number.POSITIVE_INFINITY;
    while (!holds && !this.#blocked && budget > 0) {
      const [item] = this.#queue;
      if (item === undefined) break;
      const waitMs = item.dueAtMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        return;
      }
      budget -= this.#emit(item, budget);
    }
    if (budget <= 0) this.#timer = setTimeout(() => this.pump(), SLICE_MS);
    if (this.#bytes < HELD_BYTES_MAX) this.from.resume();
  }

  #emit(item: Item, budget: number): number {
    if (item.kind !== 'bytes') {
      this.#queue.shift();
      if (item.kind === 'end') this.to.end();
      else if (!this.to.writableEnded) this.to.resetAndDestroy();
      return 0;
    }
    const bytes = item.bytes.subarray(0, Math.min(budget, item.bytes.length));
    if (bytes.length === item.bytes.length) this.#queue.shift();
    else this.#queue[0] = { ...item, bytes: item.bytes.subarray(bytes.length) };
    this.#bytes -= bytes.length;
    this.#blocked = !this.to.write(bytes);
    return bytes.length;
  }

  #take(what: { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'end' | 'reset' }): void {
    if (this.#ended) return;
    const { weather } = this.lane;
    if (what.kind === 'bytes') {
      this.#bytes += what.bytes.length;
      if (weather !== FAIR) this.lane.suffered += what.bytes.length;
      if (this.#bytes >= HELD_BYTES_MAX) this.from.pause();
    }
    this.#queue.push({ ...what, dueAtMs: performance.now() + weather.delayMs });
    if (this.#timer === null) this.pump();
  }
}
