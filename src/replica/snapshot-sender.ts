/**
 * Sends states to peers that need what was compacted away. Consensus offers a snapshot by name; what is sent is the
 * state as it is written by then, at that index or a later one.
 *
 * 1. One stream to a peer at a time: a newer offer ends the older one (C23).
 * 2. An outcome is reported once, and only in the leadership that made the offer (C24).
 * 3. A failure is reported after a pause, because it is answered by a new offer.
 */
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { SnapshotOffer } from '../raft/message.js';
import type { SnapshotTransport, StateStore } from './ports.js';

interface Stream {
  /** What the peer will have; the log above it must stay. */
  index: number;
  readonly abort: AbortController;
  /** Set once it ended: whether the peer has the state, and when to say so. */
  outcome: { readonly delivered: boolean; readonly reportAtMs: number } | null;
}

export interface SnapshotSenderOptions {
  readonly state: StateStore;
  readonly transport: SnapshotTransport;
  readonly logger: Logger;
  /** Real milliseconds, monotonic. */
  readonly realMs: () => number;
  readonly retryPauseMs: number;
  /** An outcome may be reported. */
  readonly wake: () => void;
  /** The own state could not be read. */
  readonly fail: (error: unknown) => void;
}

export class SnapshotSender {
  private readonly streams = new Map<ReplicaId, Stream>();
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: SnapshotSenderOptions) {}

  /** Indexes of the states under way. */
  get indexes(): readonly number[] {
    return [...this.streams.values()].filter(({ outcome }) => outcome === null).map(({ index }) => index);
  }

  /** Starts to send in answer to an offer of consensus. */
  offer(offer: SnapshotOffer): void {
    this.streams.get(offer.to)?.abort.abort();
    const stream: Stream = { index: offer.snapshot.index, abort: new AbortController(), outcome: null };
    this.streams.set(offer.to, stream);
    const run = this.run(offer, stream).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Hands out the outcomes that are due, each once. */
  report(report: (peer: ReplicaId, delivered: boolean) => void): void {
    for (const [peer, { outcome }] of this.streams) {
      if (outcome === null || outcome.reportAtMs > this.options.realMs()) continue;
      this.streams.delete(peer);
      report(peer, outcome.delivered);
    }
  }

  /** This replica leads no more, or another term: what was offered is void. */
  stop(): void {
    for (const { abort } of this.streams.values()) abort.abort();
    this.streams.clear();
  }

  /** Stops, and resolves when nothing of the state is in use any more. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.running);
  }

  private async run(offer: SnapshotOffer, stream: Stream): Promise<void> {
    const { logger, realMs, retryPauseMs, wake, fail } = this.options;
    const { signal } = stream.abort;
    let delivered = false;
    try {
      delivered = await this.send(offer, stream);
    } catch (error) {
      // The state that was being read is replaced or closed while a stream that is stopped still runs out.
      if (!signal.aborted) fail(error);
    }
    if (signal.aborted) return;
    const fields = { peer: offer.to, index: stream.index };
    if (delivered) logger.info(fields, 'a peer took a snapshot');
    else logger.warn(fields, 'a snapshot did not reach its peer');
    stream.outcome = { delivered, reportAtMs: realMs() + (delivered ? 0 : retryPauseMs) };
    wake();
  }

  private async send({ from, to, term, snapshot }: SnapshotOffer, stream: Stream): Promise<boolean> {
    const { state, transport } = this.options;
    const { signal } = stream.abort;
    const written = await state.snapshot();
    if (written === null) return false;
    try {
      const { meta } = written;
      if (signal.aborted || meta.appliedIndex < snapshot.index) return false;
      stream.index = meta.appliedIndex;
      return await transport.send({ from, to, term, meta }, written.pages(), signal);
    } finally {
      await written.close();
    }
  }
}
