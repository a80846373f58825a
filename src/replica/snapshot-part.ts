/**
 * What is put down here of one cut of a peer's state: staged beside the state in use, restored into a ledger, and summed
 * up in the chain of its place; all three always tell of the same rows.
 */
import { Ledger } from '../ledger/ledger.js';
import type { SnapshotChunk, SnapshotHeader, SnapshotPlace, StateStage, StateStore } from './ports.js';
import { BEGINNING, behind, isSamePlace } from './snapshot-place.js';

/** Passes a write on, and tells of its failure: the process must end then (R4). */
export type Written = <T>(write: Promise<T>) => Promise<T>;

export class SnapshotPart {
  private reached: SnapshotPlace = BEGINNING;
  private sound = true;

  private constructor(
    /** Of the stream that began it. */
    private readonly header: SnapshotHeader,
    private readonly restoration: ReturnType<typeof Ledger.restoring>,
    private readonly stage: StateStage,
    private readonly written: Written,
  ) {}

  /** Nothing of it yet; whatever was staged before is gone. Rejects for a senseless meta. */
  static async begin(header: SnapshotHeader, state: StateStore, written: Written): Promise<SnapshotPart> {
    const restoration = Ledger.restoring(header.meta);
    return new SnapshotPart(header, restoration, await written(state.stage()), written);
  }

  /** Up to here it is put down. */
  get place(): SnapshotPlace {
    return this.reached;
  }

  /** Whether there is anything that a later stream can go on with. */
  get isOfUse(): boolean {
    return this.sound && this.reached.chunks > 0;
  }

  /** Whether a stream with this header carries the very same cut. */
  isOf({ from, cut, meta }: SnapshotHeader): boolean {
    const own = this.header;
    return (
      from === own.from &&
      cut === own.cut &&
      meta.appliedIndex === own.meta.appliedIndex &&
      meta.appliedTerm === own.meta.appliedTerm &&
      meta.digest === own.meta.digest
    );
  }

  /** Puts down the next chunk. Rejects, with nothing put down, when its rows do not follow on those that are here. */
  async add({ rows, place }: SnapshotChunk): Promise<void> {
    const next = behind(this.reached, rows);
    if (!isSamePlace(next, place)) {
      throw new Error(`chunk ${place.chunks} does not follow on the ${this.reached.rows} rows that are here`);
    }
    // A row that is refused leaves a ledger with those before it, which are not staged.
    this.sound = false;
    this.restoration.load(rows);
    await this.written(this.stage.write(rows));
    this.reached = next;
    this.sound = true;
  }

  /** Nothing is missing: makes it complete on disk. Rejects, with nothing staged, when it gives another digest. */
  async complete(): Promise<Ledger> {
    this.sound = false;
    const ledger = this.restoration.finish();
    await this.written(this.stage.seal(this.header.meta));
    return ledger;
  }

  discard(): Promise<void> {
    return this.written(this.stage.discard());
  }
}
