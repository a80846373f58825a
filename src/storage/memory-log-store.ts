/**
 * The log in memory: for tests and simulation, where the disk's behaviour is a command.
 *
 * With `manual` completion a save takes effect when `complete` is called. `crash` is a power loss, after which
 * the same object is the store as reopened.
 */
import { EMPTY_HARD_STATE, type Entry, type HardState, type SnapshotMeta } from '../raft/entry.js';
import type { LogSave, LogStore } from '../replica/ports.js';
import { EMPTY_BASE } from './log-rows.js';
import { checkRange, takeWithin } from './read-range.js';
import { planSave, type SavePlan } from './save-plan.js';

export interface MemoryLogOptions {
  readonly completion?: 'immediate' | 'manual';
}

interface Pending {
  readonly plan: SavePlan;
  readonly synced: boolean;
  readonly resolve: () => void;
}

export class MemoryLogStore implements LogStore {
  readonly #completion: 'immediate' | 'manual';
  #hardState: HardState = EMPTY_HARD_STATE;
  /** The hard state without what was saved unsynced since: only its commit index can differ. */
  #syncedHardState: HardState = EMPTY_HARD_STATE;
  #snapshot: SnapshotMeta = EMPTY_BASE.snapshot;
  /** Entry `i` has index `snapshot.index + 1 + i`. */
  #held: Entry[] = [];
  #pending: Pending | null = null;
  #closed = false;

  constructor({ completion = 'immediate' }: MemoryLogOptions = {}) {
    this.#completion = completion;
  }

  hardState(): HardState {
    return this.#hardState;
  }

  snapshot(): SnapshotMeta {
    return this.#snapshot;
  }

  firstIndex(): number {
    return this.#snapshot.index + 1;
  }

  lastIndex(): number {
    return this.#snapshot.index + this.#held.length;
  }

  term(index: number): number | undefined {
    return index === this.#snapshot.index ? this.#snapshot.term : this.#at(index)?.term;
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    checkRange(this, low, high);
    return takeWithin(low, high, bytesMax, (index) => this.#at(index)!);
  }

  async save(save: LogSave): Promise<void> {
    if (this.#closed) throw new Error('bug: a save after the log was closed');
    if (this.#pending !== null) throw new Error('bug: a save while another one is outstanding');
    const plan = planSave(this, save);
    await new Promise<void>((resolve) => {
      this.#pending = { plan, synced: save.mustSync, resolve };
      if (this.#completion === 'immediate') queueMicrotask(() => this.#finish(plan));
    });
  }

  /** Whether a save waits for `complete`. */
  get saving(): boolean {
    return this.#pending !== null;
  }

  /** Lets the outstanding save reach the disk. Throws when there is none. */
  complete(): void {
    if (this.#pending === null) throw new Error('bug: no save to complete');
    this.#finish(this.#pending.plan);
  }

  /**
   * A power loss and a reopening. What was saved unsynced is forgotten; the outstanding save, whose promise
   * never settles, is lost whole or was on disk already, as `outstanding` says.
   */
  crash(outstanding: 'lost' | 'on-disk' = 'lost'): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#closed = false;
    this.#hardState = this.#syncedHardState;
    if (pending?.synced && outstanding === 'on-disk') this.#apply(pending.plan, true);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** After `close`: the same log, opened again. */
  reopen(): void {
    this.#closed = false;
  }

  #finish(plan: SavePlan): void {
    const pending = this.#pending;
    // A crash came first.
    if (pending?.plan !== plan) return;
    this.#pending = null;
    this.#apply(plan, pending.synced);
    pending.resolve();
  }

  #apply({ base, replacedFrom, entries, hardState }: SavePlan, synced: boolean): void {
    if (replacedFrom !== null) this.#held.length = replacedFrom - this.firstIndex();
    if (base !== null) {
      this.#held = this.#held.slice(base.snapshot.index - this.#snapshot.index);
      this.#snapshot = base.snapshot;
    }
    for (const entry of entries) this.#held.push(entry);
    this.#hardState = hardState;
    if (synced) this.#syncedHardState = hardState;
  }

  #at(index: number): Entry | undefined {
    return this.#held[index - this.#snapshot.index - 1];
  }
}
