/**
 * The disk: how long the log's saves take, how much room is left, what is missing of the audit trail; and the states that
 * went to peers or came from them.
 */
import type { Entry, HardState, SnapshotMeta } from '../../raft/entry.js';
import type {
  LogSave,
  LogStore,
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPlace,
  SnapshotTaker,
  SnapshotTransport,
} from '../../replica/ports.js';
import { DISK_SECONDS, type Families, flag, show } from './families.js';

/** Room on the disk, as last measured. */
export interface DiskFacts {
  /** Null while it cannot be measured. */
  readonly freeBytes: number | null;
  readonly reserveBytes: number;
  belowReserve(): boolean;
}

export class DiskMetrics {
  private readonly saves;
  private readonly savedEntries;
  private readonly free;
  private readonly reserve;
  private readonly below;
  private readonly gaps;
  private readonly sent;
  private readonly received;

  constructor(families: Families) {
    this.saves = families.histogram(
      'malha_log_save_duration_seconds',
      'One save of the log, its sync (fsync) included.',
      DISK_SECONDS,
    );
    this.savedEntries = families.counter(
      'malha_log_saved_entries_total',
      'Entries that saves of the log carried.',
    );
    this.free = families.gauge(
      'malha_disk_free_bytes',
      'Free where the data directory is, as last measured.',
    );
    this.reserve = families.gauge(
      'malha_disk_reserve_bytes',
      'Below so much free this node takes no proposals and hands leadership on.',
    );
    this.below = families.gauge(
      'malha_disk_below_reserve',
      'Whether the disk is filled into its reserve (1), also when it cannot be measured.',
    );
    this.gaps = families.gauge(
      'malha_audit_trail_gaps',
      'Places of the audit trail where records are missing here.',
    );
    this.sent = families.counter(
      'malha_snapshots_sent_total',
      'States that were sent to a peer, by whether it has taken them.',
      ['outcome'],
    );
    this.received = families.counter(
      'malha_snapshots_received_total',
      'States that a peer sent, by whether they were taken.',
      ['outcome'],
    );
    for (const outcome of ['taken', 'failed']) {
      this.sent.inc({ outcome }, 0);
      this.received.inc({ outcome }, 0);
    }
  }

  disk(disk: DiskFacts | null): void {
    show(this.free, disk?.freeBytes);
    show(this.reserve, disk?.reserveBytes);
    show(this.below, flag(disk?.belowReserve()));
  }

  trailGaps(gaps: number | null): void {
    show(this.gaps, gaps);
  }

  /** The same log, with every save timed. `nowMs`: monotonic real milliseconds. */
  meterLog(log: LogStore, nowMs: () => number): LogStore {
    return new TimedLog(
      log,
      (save, tookMs) => {
        this.saves.observe(tookMs / 1_000);
        if (save.entries.length > 0) this.savedEntries.inc(save.entries.length);
      },
      nowMs,
    );
  }

  /** The same transport, with what went and came counted. */
  meterSnapshots(snapshots: SnapshotTransport): SnapshotTransport {
    return new CountedSnapshots(snapshots, (way, taken) => {
      const outcome = taken ? 'taken' : 'failed';
      (way === 'sent' ? this.sent : this.received).inc({ outcome });
    });
  }
}

class TimedLog implements LogStore {
  constructor(
    private readonly log: LogStore,
    private readonly saved: (save: LogSave, tookMs: number) => void,
    private readonly nowMs: () => number,
  ) {}

  async save(save: LogSave): Promise<void> {
    const sinceMs = this.nowMs();
    await this.log.save(save);
    this.saved(save, this.nowMs() - sinceMs);
  }

  hardState(): HardState {
    return this.log.hardState();
  }

  snapshot(): SnapshotMeta {
    return this.log.snapshot();
  }

  firstIndex(): number {
    return this.log.firstIndex();
  }

  lastIndex(): number {
    return this.log.lastIndex();
  }

  term(index: number): number | undefined {
    return this.log.term(index);
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    return this.log.entries(low, high, bytesMax);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

class CountedSnapshots implements SnapshotTransport {
  constructor(
    private readonly snapshots: SnapshotTransport,
    private readonly count: (way: 'sent' | 'received', taken: boolean) => void,
  ) {}

  ask(header: SnapshotHeader, signal: AbortSignal): Promise<SnapshotPlace | null> {
    return this.snapshots.ask(header, signal);
  }

  async send(
    header: SnapshotHeader,
    chunks: AsyncIterable<SnapshotChunk>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const taken = await this.snapshots.send(header, chunks, signal);
    this.count('sent', taken);
    return taken;
  }

  receive(taker: SnapshotTaker): void {
    this.snapshots.receive({
      placeOf: (header) => taker.placeOf(header),
      take: async (header, chunks) => {
        try {
          await taker.take(header, chunks);
        } catch (error) {
          this.count('received', false);
          throw error;
        }
        this.count('received', true);
      },
    });
  }
}
