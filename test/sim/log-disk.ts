/**
 * The log on a simulated disk. `LogDisk` is what lies on the platters and outlives processes; a `SimLogStore` is
 * how one process has it open.
 *
 * 1. A save takes its time, and shows only when it is acknowledged. A crash before that finds it lost, torn (which is
 *    found at open and cut off, hence lost), or on disk though nobody was told.
 * 2. On a full disk a save is rejected, and may be on disk all the same.
 * 3. A flipped bit is found when its entry is read, and at the next open: nothing is served then.
 */
import { EMPTY_HARD_STATE, type Entry, type HardState, type SnapshotMeta } from '../../src/raft/entry.js';
import type { LogSave, LogStore } from '../../src/replica/ports.js';
import { checkRange, takeWithin } from '../../src/storage/read-range.js';
import { planSave, type SavePlan } from '../../src/storage/save-plan.js';
import type { Chance } from './chance.js';
import type { Coverage } from './coverage.js';
import { Damaged, type Disk, DiskFull } from './disk.js';
import { NEVER, type Process } from './process.js';

interface Pending {
  readonly plan: SavePlan;
  readonly landsAtUs: number;
}

export class LogDisk {
  hardState: HardState = EMPTY_HARD_STATE;
  base: SnapshotMeta;
  /** Entry `i` has index `base.index + 1 + i`. */
  private entries: Entry[] = [];
  /** The entry with a flipped bit; null when all is well. */
  damagedAt: number | null = null;
  private pending: Pending | null = null;

  /** A log that begins, like that of a founder, behind `base`. */
  constructor(
    base: SnapshotMeta,
    private readonly chance: Chance,
    private readonly coverage: Coverage,
  ) {
    this.base = base;
    this.hardState = { ...EMPTY_HARD_STATE, term: base.term, commit: base.index };
  }

  get lastIndex(): number {
    return this.base.index + this.entries.length;
  }

  /** The entry at `index`, if it is on disk. */
  at(index: number): Entry | undefined {
    return this.entries[index - this.base.index - 1];
  }

  term(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.at(index)?.term;
  }

  /** Flips a bit somewhere in the entries; false when there is none. */
  flipBit(): boolean {
    if (this.entries.length === 0) return false;
    this.damagedAt = this.base.index + 1 + this.chance.below(this.entries.length);
    return true;
  }

  begin(pending: Pending): void {
    this.pending = pending;
  }

  /** The save under way is on disk. */
  land(): void {
    const { plan } = this.pending!;
    this.pending = null;
    if (plan.replacedFrom !== null) this.entries.length = plan.replacedFrom - this.base.index - 1;
    if (plan.base !== null) {
      const { snapshot } = plan.base;
      this.entries = this.entries.slice(snapshot.index - this.base.index);
      this.base = snapshot;
      this.coverage.count(plan.base.keepsSuffix ? 'log compacted' : 'log begun anew');
    }
    if (this.damagedAt !== null && this.at(this.damagedAt) === undefined) this.damagedAt = null;
    for (const entry of plan.entries) this.entries.push(entry);
    this.hardState = plan.hardState;
  }

  /** The process ends while a save may be under way. With the power, a write may also end in the middle. */
  crash(nowUs: number, powerLost: boolean): void {
    if (this.pending === null) return;
    const fate = nowUs >= this.pending.landsAtUs ? 'landed' : this.chance.pick(['lost', 'torn', 'landed']);
    if (fate === 'landed') {
      this.coverage.count('save on disk, never acknowledged');
      this.land();
      return;
    }
    this.coverage.count(fate === 'torn' && powerLost ? 'save torn in a crash' : 'save lost in a crash');
    this.pending = null;
  }

  /** A save is rejected; whether it is on disk nobody knows. */
  reject(): void {
    if (this.chance.hits(500_000)) this.land();
    this.pending = null;
  }
}

export interface LogStoreOptions {
  readonly log: LogDisk;
  readonly disk: Disk;
  readonly coverage: Coverage;
  readonly process: Process;
  readonly onDisk: (save: LogSave) => LogSave;
  /** Called for each save that begins. */
  readonly onSave: (plan: SavePlan) => void;
}

export class SimLogStore implements LogStore {
  private saving = false;

  constructor(private readonly options: LogStoreOptions) {}

  hardState(): HardState {
    return this.options.log.hardState;
  }

  snapshot(): SnapshotMeta {
    return this.options.log.base;
  }

  firstIndex(): number {
    return this.options.log.base.index + 1;
  }

  lastIndex(): number {
    return this.options.log.lastIndex;
  }

  term(index: number): number | undefined {
    return this.options.log.term(index);
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    checkRange(this, low, high);
    return takeWithin(low, high, bytesMax, (index) => this.read(index));
  }

  save(save: LogSave): Promise<void> {
    const { log, disk, coverage, process, onDisk, onSave } = this.options;
    if (!process.isAlive()) return NEVER;
    if (this.saving) return Promise.reject(new Error('bug: a save while another one is outstanding'));
    let plan: SavePlan;
    try {
      plan = planSave(this, onDisk(save));
    } catch (error) {
      return Promise.reject(error);
    }
    onSave(plan);
    this.saving = true;
    const landsAtUs = disk.landsAtUs();
    log.begin({ plan, landsAtUs });
    return new Promise((resolve, reject) => {
      process.at(landsAtUs, () => {
        this.saving = false;
        if (disk.full) {
          coverage.count('save rejected');
          log.reject();
          reject(new DiskFull('no space left for the log'));
          return;
        }
        if (plan.replacedFrom !== null) coverage.count('uncommitted entries replaced');
        log.land();
        resolve();
      });
    });
  }

  async close(): Promise<void> {}

  private read(index: number): Entry {
    const { log } = this.options;
    if (log.damagedAt === index) throw new Damaged(`entry ${index} of the log`);
    return log.at(index)!;
  }
}
