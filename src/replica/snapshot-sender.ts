/**
 * Sends states to peers that need what was compacted away. Consensus offers a snapshot by name; what is sent is a cut of
 * the state as it is written by then, at that index or a later one.
 *
 * 1. One stream to a peer at a time: a newer offer ends the older one (C23).
 * 2. An outcome is reported once, and only in the leadership that made the offer (C24).
 * 3. A failure is reported after a pause, because it is answered by a new offer.
 * 4. The cut of a stream that broke stays open for a while. An offer meanwhile goes on with it, behind what the peer says
 *    it has put down; when the peer has nothing of it, a new cut is made, which is newer.
 */
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { SnapshotOffer } from '../raft/message.js';
import type { SnapshotHeader, SnapshotPlace, SnapshotTransport, StateStore } from './ports.js';
import { firstIdOfProcess } from './process-ids.js';
import { SnapshotCut } from './snapshot-cut.js';
import { BEGINNING } from './snapshot-place.js';

/**
 * How long a cut is kept after a stream of it broke. Meanwhile the database keeps what was replaced since, and the log
 * everything behind the cut.
 */
export const CUT_KEPT_MS = 60_000;

/** A cut that is older is not gone on with, however often its streams moved on. */
export const CUT_AGE_MS_MAX = 30 * 60_000;

interface Stream {
  readonly offer: SnapshotOffer;
  readonly abort: AbortController;
  /** Set once it ended: whether the peer has the state, and when to say so. */
  outcome: { readonly delivered: boolean; readonly reportAtMs: number } | null;
}

/** What goes on towards one peer. */
interface Lane {
  /** Under way, or ended with an outcome that is not told yet. */
  stream: Stream | null;
  cut: SnapshotCut | null;
  /** Resolves when all that was begun is over. */
  last: Promise<void>;
}

export interface SnapshotSenderOptions {
  readonly state: StateStore;
  readonly transport: SnapshotTransport;
  readonly logger: Logger;
  /** Real milliseconds, monotonic. */
  readonly realMs: () => number;
  /** An integer in [0, bound). */
  readonly random: (bound: number) => number;
  readonly retryPauseMs: number;
  /** An outcome may be reported. */
  readonly wake: () => void;
  /** The own state could not be read. */
  readonly fail: (error: unknown) => void;
}

export class SnapshotSender {
  private readonly lanes = new Map<ReplicaId, Lane>();
  /** The number of the newest cut; 0 before the first one. */
  private newestCut = 0;

  constructor(private readonly options: SnapshotSenderOptions) {}

  /** Indexes of the states under way, or kept to go on with: the log above them must stay. */
  get indexes(): readonly number[] {
    return [...this.lanes.values()].flatMap(({ stream, cut }) => {
      if (cut !== null) return [cut.meta.appliedIndex];
      return isRunning(stream) ? [stream.offer.snapshot.index] : [];
    });
  }

  /** Starts to send in answer to an offer of consensus. */
  offer(offer: SnapshotOffer): void {
    const lane = this.lanes.get(offer.to) ?? { stream: null, cut: null, last: Promise.resolve() };
    this.lanes.set(offer.to, lane);
    lane.stream?.abort.abort();
    const stream: Stream = { offer, abort: new AbortController(), outcome: null };
    lane.stream = stream;
    this.inOrder(lane, () => this.run(lane, stream));
  }

  /** Hands out the outcomes that are due, each once. */
  report(report: (peer: ReplicaId, delivered: boolean) => void): void {
    for (const [peer, lane] of this.lanes) {
      const outcome = lane.stream?.outcome ?? null;
      if (outcome === null || outcome.reportAtMs > this.options.realMs()) continue;
      lane.stream = null;
      report(peer, outcome.delivered);
    }
  }

  /** Once a tick: lets go of cuts that were kept for long. */
  tick(): void {
    const nowMs = this.options.realMs();
    for (const lane of this.lanes.values()) {
      const { cut, stream } = lane;
      if (cut === null || isRunning(stream)) continue;
      if (nowMs - cut.idleSinceMs >= CUT_KEPT_MS || isOld(cut, nowMs)) this.letGo(lane);
    }
  }

  /** This replica leads no more, or another term: what was offered is void. */
  stop(): void {
    for (const lane of this.lanes.values()) {
      lane.stream?.abort.abort();
      lane.stream = null;
      this.letGo(lane);
    }
  }

  /** Stops, and resolves when nothing of the state is in use any more. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all([...this.lanes.values()].map(({ last }) => last));
  }

  private inOrder(lane: Lane, task: () => Promise<void>): void {
    lane.last = lane.last.then(task).catch(this.options.fail);
  }

  /** The cut is of no use from now on; it is closed once nothing reads it. */
  private letGo(lane: Lane): void {
    const { cut } = lane;
    lane.cut = null;
    if (cut !== null) this.inOrder(lane, () => cut.close());
  }

  private async run(lane: Lane, stream: Stream): Promise<void> {
    const { logger, realMs, retryPauseMs, wake, fail } = this.options;
    const { offer, abort } = stream;
    if (abort.signal.aborted) return;
    let delivered = false;
    try {
      delivered = await this.send(offer, lane, abort.signal);
    } catch (error) {
      // The state that was being read is replaced or closed while a stream that is stopped still runs out.
      if (!abort.signal.aborted) fail(error);
    }
    if (abort.signal.aborted) return;
    const { cut } = lane;
    const fields = { peer: offer.to, index: cut?.meta.appliedIndex ?? offer.snapshot.index };
    if (delivered) logger.info(fields, 'a peer took a snapshot');
    else logger.warn(fields, 'a snapshot did not reach its peer');
    stream.outcome = { delivered, reportAtMs: realMs() + (delivered ? 0 : retryPauseMs) };
    if (delivered || cut?.isBegun === false) this.letGo(lane);
    wake();
  }

  private async send(offer: SnapshotOffer, lane: Lane, signal: AbortSignal): Promise<boolean> {
    const { transport, logger, realMs } = this.options;
    const after = await this.placeToGoOn(offer, lane, signal);
    if (after === null) return false;
    const cut = lane.cut ?? (await this.open(offer, lane, signal));
    if (cut === null) return false;
    const header = headerOf(offer, cut, after);
    if (after !== BEGINNING) {
      const { appliedIndex: index } = cut.meta;
      logger.info({ peer: offer.to, index, rows: after.rows }, 'a snapshot that broke off goes on');
    }
    try {
      return await transport.send(header, cut.chunks(after), signal);
    } finally {
      cut.idleSinceMs = realMs();
    }
  }

  /** Where the stream begins; at the beginning of a new cut where there is none to go on with; null for: not now. */
  private async placeToGoOn(
    offer: SnapshotOffer,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<SnapshotPlace | null> {
    const { transport, realMs } = this.options;
    const { cut } = lane;
    if (cut === null) return BEGINNING;
    if (cut.meta.appliedIndex >= offer.snapshot.index && !isOld(cut, realMs())) {
      const place = await transport.ask(headerOf(offer, cut, BEGINNING), signal);
      if (place === null || signal.aborted) return null;
      if (cut.reached(place)) return place;
    }
    lane.cut = null;
    await cut.close();
    return signal.aborted ? null : BEGINNING;
  }

  /** A new cut; null when the state is not written as far as the offer, or nobody wants it any more. */
  private async open(
    { snapshot }: SnapshotOffer,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<SnapshotCut | null> {
    const { state, random, realMs } = this.options;
    const written = await state.snapshot();
    if (written === null) return null;
    if (signal.aborted || written.meta.appliedIndex < snapshot.index) {
      await written.close();
      return null;
    }
    this.newestCut = this.newestCut === 0 ? firstIdOfProcess(random) : this.newestCut + 1;
    lane.cut = new SnapshotCut(this.newestCut, realMs(), written);
    return lane.cut;
  }
}

function headerOf(
  { from, to, term }: SnapshotOffer,
  { id, meta }: SnapshotCut,
  after: SnapshotPlace,
): SnapshotHeader {
  return { from, to, term, meta, cut: id, after };
}

function isRunning(stream: Stream | null): stream is Stream {
  return stream !== null && stream.outcome === null;
}

function isOld(cut: SnapshotCut, nowMs: number): boolean {
  return nowMs - cut.openedAtMs > CUT_AGE_MS_MAX;
}
