/**
 * Hands saves to the log store, one at a time (R1): those of the core, with or without a snapshot, and compactions.
 * A commit index alone is only a help at start: it is no save of its own, but travels with the next one.
 */
import type { HardState } from '../raft/entry.js';
import type { Save } from '../raft/ready.js';
import type { CompactionSave } from './compactor.js';
import type { LogStore } from './ports.js';
import type { Snapshots } from './snapshots.js';

/** A save that succeeded, as an input of a later turn. */
export type Saved =
  | { readonly kind: 'saved'; readonly save: Save }
  | { readonly kind: 'compacted'; readonly save: CompactionSave };

export interface SaverOptions {
  readonly log: LogStore;
  readonly snapshots: Snapshots;
  /** Called, outside of any turn, when a save is on disk; a later turn calls `done`. */
  readonly onSaved: (saved: Saved) => void;
  /** Told of the save that failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class Saver {
  /** How many saves were begun; with `isWriting` it tells one that goes on from the next one. */
  saves = 0;
  private saving: Promise<void> | null = null;
  private installing = false;
  /** The hard state whose commit index no save has carried yet. */
  private commitToSave: HardState | null = null;

  constructor(private readonly options: SaverOptions) {}

  get isBusy(): boolean {
    return this.saving !== null;
  }

  /** Whether the log is being written. The installation of a snapshot is none of that: it takes as long as it takes. */
  get isWriting(): boolean {
    return this.saving !== null && !this.installing;
  }

  /** Starts `save`, while none is outstanding. False when it needs no disk: it is done already. */
  start(save: Save): boolean {
    // Null: the same as when the last save was handed out.
    const hardState = save.hardState ?? this.commitToSave;
    if (!save.mustSync && save.entries.length === 0 && save.snapshot === null) {
      this.commitToSave = hardState;
      return false;
    }
    this.commitToSave = null;
    const { log, snapshots } = this.options;
    const whole = { ...save, hardState };
    this.installing = save.snapshot !== null;
    this.run(this.installing ? snapshots.install(whole) : log.save(whole), { kind: 'saved', save });
    return true;
  }

  /** Starts the save of a compaction, if one is due and no other is outstanding. */
  compactIfDue(): void {
    const save = this.isBusy ? null : this.options.snapshots.takeCompaction();
    if (save !== null) this.run(this.options.log.save(save), { kind: 'compacted', save });
  }

  /** The outstanding save is on disk, and a turn takes note of it. */
  done(): void {
    this.saving = null;
    this.installing = false;
  }

  /** Resolves when the outstanding save, if any, is over. */
  async settled(): Promise<void> {
    await this.saving;
  }

  private run(write: Promise<void>, saved: Saved): void {
    const { onSaved, fail } = this.options;
    this.saves += 1;
    this.saving = write.then(() => onSaved(saved), fail);
  }
}
