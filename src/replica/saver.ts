/**
 * Hands the core's saves to the log store, one at a time (R1). A commit index alone is only a help at start: it
 * is no save of its own, but travels with the next one.
 */
import type { HardState } from '../raft/entry.js';
import type { Save } from '../raft/ready.js';
import type { LogStore } from './ports.js';

export interface SaverOptions {
  readonly log: LogStore;
  /** Called, outside of any turn, when a save is on disk; a later turn calls `done`. */
  readonly onSaved: (save: Save) => void;
  /** Told of the save that failed: the process must end (R4). */
  readonly fail: (error: unknown) => void;
}

export class Saver {
  private saving: Promise<void> | null = null;
  /** The hard state whose commit index no save has carried yet. */
  private commitToSave: HardState | null = null;

  constructor(private readonly options: SaverOptions) {}

  get isBusy(): boolean {
    return this.saving !== null;
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
    const { log, onSaved, fail } = this.options;
    this.saving = log.save({ ...save, hardState }).then(() => onSaved(save), fail);
    return true;
  }

  /** The outstanding save is on disk, and a turn takes note of it. */
  done(): void {
    this.saving = null;
  }

  /** Resolves when the outstanding save, if any, is over. */
  async settled(): Promise<void> {
    await this.saving;
  }
}
