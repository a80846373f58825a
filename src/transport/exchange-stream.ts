/**
 * The dialler's end of one Exchange stream: sends batches, counts acknowledgements, and ends exactly once.
 *
 * 1. It is up once the peer let it in (its response headers came), and never again after it ended.
 * 2. While batches wait for an acknowledgement, one must come every `acknowledgeMs`, else it ends.
 * 3. When `write` says no, nothing more is written until the stream drained.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { fromUint64 } from '../codec/uint64.js';
import type { ExchangeResponse } from '../gen/malha/mesh/v1/peer.js';
import { LinkBuffer } from './link-buffer.js';
import { type LinkProblem, problemOf } from './link-problem.js';
import type { LinkTimeouts } from './timeouts.js';

export interface ExchangeStreamOptions {
  readonly stream: ClientDuplexStream<Buffer, ExchangeResponse>;
  readonly bufferBytesMax: number;
  readonly timeouts: LinkTimeouts;
  /** The peer let the stream in. */
  readonly onUp: () => void;
  /** The peer took batches, for the first time on this stream. */
  readonly onProven: () => void;
}

export class ExchangeStream {
  /** Resolves with why the stream ended; never rejects. */
  readonly ended: Promise<LinkProblem>;
  readonly #stream: ClientDuplexStream<Buffer, ExchangeResponse>;
  readonly #timeouts: LinkTimeouts;
  readonly #buffer: LinkBuffer;
  readonly #onProven: () => void;
  readonly #resolveEnded: (problem: LinkProblem) => void;
  #state: 'opening' | 'up' | 'ended' = 'opening';
  #draining = false;
  /** Batches that the peer said it took on this stream. */
  #acknowledged = 0;
  #watchdog: NodeJS.Timeout;

  constructor({ stream, bufferBytesMax, timeouts, onUp, onProven }: ExchangeStreamOptions) {
    this.#stream = stream;
    this.#timeouts = timeouts;
    this.#buffer = new LinkBuffer(bufferBytesMax);
    this.#onProven = onProven;
    let resolveEnded!: (problem: LinkProblem) => void;
    this.ended = new Promise((resolve) => {
      resolveEnded = resolve;
    });
    this.#resolveEnded = resolveEnded;
    this.#watchdog = setTimeout(
      () => this.end({ reason: 'silent', detail: `not let in within ${timeouts.connectMs} ms` }),
      timeouts.connectMs,
    );
    stream.on('metadata', () => {
      if (this.#state !== 'opening') return;
      this.#state = 'up';
      clearTimeout(this.#watchdog);
      onUp();
    });
    stream.on('data', (response: ExchangeResponse) => this.#onAcknowledgement(response));
    stream.on('drain', () => {
      this.#draining = false;
      this.#flush();
    });
    // A stream without an 'error' listener would end the process; it stays on for errors that come late.
    stream.on('error', (error) => this.end(problemOf(error)));
    stream.on('end', () => this.end({ reason: 'ended', detail: 'the peer ended the stream' }));
  }

  /** Bytes that were taken and are not yet acknowledged. */
  get pendingBytes(): number {
    return this.#buffer.bytes;
  }

  /** Whether a batch may be taken now; saves encoding one for nothing. */
  get open(): boolean {
    return this.#state === 'up' && !this.#buffer.full;
  }

  /** Takes an encoded batch. False when it was dropped: not up, or no room for it. */
  send(batch: Buffer): boolean {
    if (this.#state !== 'up' || !this.#buffer.offer(batch)) return false;
    this.#flush();
    return true;
  }

  /** Ends the stream here and now; what was not sent is lost. */
  end(problem: LinkProblem): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#watchdog);
    this.#stream.cancel();
    this.#resolveEnded(problem);
  }

  #flush(): void {
    while (this.#state === 'up' && !this.#draining) {
      const batch = this.#buffer.next();
      if (batch === undefined) return;
      if (this.#buffer.unacknowledged === 1) this.#watch();
      this.#draining = !this.#stream.write(batch);
    }
  }

  #onAcknowledgement(response: ExchangeResponse): void {
    if (this.#state === 'ended') return;
    try {
      const batches = fromUint64(response.batches);
      if (batches < this.#acknowledged) throw new RangeError('acknowledgements went back');
      this.#buffer.acknowledge(batches - this.#acknowledged);
      if (this.#acknowledged === 0 && batches > 0) this.#onProven();
      this.#acknowledged = batches;
    } catch (error) {
      this.end(problemOf(error));
      return;
    }
    if (this.#buffer.unacknowledged > 0) this.#watchdog.refresh();
    else clearTimeout(this.#watchdog);
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      const seen = this.#acknowledged;
      // After a stall of our own the timer fires first, while acknowledgements wait in the socket: they are
      // read before an immediate runs.
      setImmediate(() => {
        if (this.#acknowledged !== seen) return;
        const { acknowledgeMs } = this.#timeouts;
        this.end({ reason: 'silent', detail: `nothing acknowledged for ${acknowledgeMs} ms` });
      });
    }, this.#timeouts.acknowledgeMs);
  }
}
