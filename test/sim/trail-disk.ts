/**
 * The audit trail of a node on a simulated disk. Writes are not synced: a process that ends leaves what it had written; a
 * power loss takes the end of it away, write by write from the last one, down to what was synced. Apart from the state:
 * either may lose more than the other.
 */
import type { AuditRecord } from '../../src/ledger/audit.js';
import type { TrailGaps, TrailRecord, TrailStore } from '../../src/replica/ports.js';
import { MemoryTrailStore } from '../../src/storage/memory-trail-store.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { type Disk, DiskFull } from './disk.js';
import { NEVER, type Process } from './process.js';

interface Write {
  readonly records: readonly AuditRecord[];
  readonly gaps: TrailGaps;
}

/** Writes that may be in memory only; beyond them the oldest are on disk. */
const UNSYNCED_MAX = 40;

export class TrailDisk {
  /** All that was written. */
  content = new MemoryTrailStore();
  private synced = new MemoryTrailStore();
  private unsynced: Write[] = [];
  /** How many writes there have been. */
  writes = 0;

  constructor(
    private readonly chance: Chance,
    private readonly coverage: Coverage,
  ) {}

  write(write: Write): void {
    this.writes += 1;
    this.unsynced.push(write);
    put(this.content, write);
    if (this.unsynced.length > UNSYNCED_MAX) this.sync(this.writes);
  }

  /** The first `count` of all writes are on disk. */
  sync(count: number): void {
    const kept = Math.min(this.unsynced.length, this.writes - count);
    for (const write of this.unsynced.splice(0, this.unsynced.length - kept)) put(this.synced, write);
  }

  crash(powerLost: boolean): void {
    if (!powerLost || this.unsynced.length === 0) return;
    const lost = this.chance.below(this.unsynced.length + 1);
    if (lost === 0) return;
    this.coverage.count('trail writes lost in a crash');
    this.unsynced.length -= lost;
    this.writes -= lost;
    this.content = this.synced.reopened();
    for (const write of this.unsynced) put(this.content, write);
  }

  /** It was found damaged, and put aside. */
  beginAnew(): void {
    this.content = new MemoryTrailStore();
    this.synced = new MemoryTrailStore();
    this.unsynced = [];
  }
}

function put(store: MemoryTrailStore, { records, gaps }: Write): void {
  void store.append(records, gaps);
}

export interface TrailStoreOptions {
  readonly trail: TrailDisk;
  readonly disk: Disk;
  readonly coverage: Coverage;
  readonly process: Process;
}

export class SimTrailStore implements TrailStore {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly options: TrailStoreOptions) {}

  get firstIndex(): number {
    return this.options.trail.content.firstIndex;
  }

  get lastIndex(): number {
    return this.options.trail.content.lastIndex;
  }

  get gaps(): readonly number[] {
    return this.options.trail.content.gaps;
  }

  append(records: readonly AuditRecord[], gaps: TrailGaps = {}): Promise<void> {
    const { trail, coverage } = this.options;
    return this.onDisk(() => {
      trail.write({ records, gaps });
      if (gaps.closed === undefined) return;
      coverage.count(records.length > 0 ? 'trail page taken' : 'trail gap closed');
    });
  }

  read(fromIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.inProcess(() => this.options.trail.content.read(fromIndex, limit));
  }

  readBefore(index: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.inProcess(() => this.options.trail.content.readBefore(index, limit));
  }

  of(subject: string, afterIndex: number, limit: number): Promise<readonly TrailRecord[]> {
    return this.inProcess(() => this.options.trail.content.of(subject, afterIndex, limit));
  }

  sync(): Promise<void> {
    const { trail } = this.options;
    // What is under way lands before, for nothing overtakes.
    return this.onDisk(() => trail.sync(trail.writes));
  }

  async close(): Promise<void> {}

  private inProcess<T>(read: () => Promise<T>): Promise<T> {
    return this.options.process.isAlive() ? read() : NEVER;
  }

  /** Lets something be on disk after a while and after all before it; rejects when the disk is full. */
  private onDisk(land: () => void): Promise<void> {
    const { disk, process } = this.options;
    this.last = this.last.then(
      () =>
        new Promise((resolve, reject) => {
          process.at(disk.landsAtUs(), () => {
            if (disk.full) return reject(new DiskFull('no space left for the trail'));
            land();
            resolve();
          });
        }),
    );
    return this.last;
  }
}
