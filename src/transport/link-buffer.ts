/**
 * What a link has taken and its peer has not yet acknowledged, in order and bounded in bytes.
 *
 * 1. A batch counts from `offer` until it is acknowledged, wherever its bytes are meanwhile: here, in grpc-js
 *    or in the sockets. So the bound holds whatever those buffer.
 * 2. Batches leave in the order they came, each exactly once.
 */
import { Fifo } from './fifo.js';

/** What a batch costs beside its bytes: objects here and in grpc-js. Without it tiny batches would be free. */
export const BATCH_OVERHEAD_BYTES = 256;

export class LinkBuffer {
  readonly #bytesMax: number;
  readonly #unsent = new Fifo<Buffer>();
  /** The cost of each batch that is sent and not yet acknowledged, in bytes. */
  readonly #sent = new Fifo<number>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes taken and not yet acknowledged, with the overhead of each batch. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Batches sent and not yet acknowledged. */
  get unacknowledged(): number {
    return this.#sent.length;
  }

  /** Whether nothing more is taken until something is acknowledged. */
  get full(): boolean {
    return this.#bytes >= this.#bytesMax;
  }

  /**
   * Takes a batch. False when it does not fit; an empty buffer takes any one batch, or one that is larger
   * than the bound could never be sent.
   */
  offer(batch: Buffer): boolean {
    const cost = batch.length + BATCH_OVERHEAD_BYTES;
    if (this.#bytes > 0 && this.#bytes + cost > this.#bytesMax) return false;
    this.#bytes += cost;
    this.#unsent.push(batch);
    return true;
  }

  /** The next batch to send, which then counts as sent; undefined when all are. */
  next(): Buffer | undefined {
    const batch = this.#unsent.shift();
    if (batch !== undefined) this.#sent.push(batch.length + BATCH_OVERHEAD_BYTES);
    return batch;
  }

  /** The peer took the oldest `count` sent batches. Throws a RangeError when fewer are on their way. */
  acknowledge(count: number): void {
    if (count > this.#sent.length) {
      throw new RangeError(`${count} batches acknowledged, ${this.#sent.length} are on their way`);
    }
    for (let i = 0; i < count; i += 1) this.#bytes -= this.#sent.shift()!;
  }
}
