/**
 * The digest of the ledger at moments that all nodes have in common, so that somebody who asks them one after the other
 * can compare. Behind the first entry at or beyond each multiple of a stride it is kept, for strides from 10 to a million
 * entries: however busy a mesh is, at one of them nodes stand at the same index long enough to be asked.
 */

export interface Checkpoint {
  readonly stride: number;
  readonly index: number;
  /** The low 48 bits of the digest: what a number of Prometheus holds exactly. */
  readonly digest: number;
}

export const STRIDES: readonly number[] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

const DIGITS = 12;

export class Checkpoints {
  private readonly kept = new Map<number, Checkpoint>();
  private lastIndex: number | null = null;

  /** One for each stride that was passed since this node looks. */
  get all(): readonly Checkpoint[] {
    return [...this.kept.values()];
  }

  /** The ledger is at `index` now; `digest` reads what it gives there. */
  reached(index: number, digest: () => string): void {
    const before = this.lastIndex;
    this.lastIndex = index;
    // Whether what it finds at first was reached by one entry nobody knows.
    if (before === null) return;
    const passed = STRIDES.filter((stride) => Math.floor(index / stride) > Math.floor(before / stride));
    if (passed.length === 0) return;
    const low = Number.parseInt(digest().slice(-DIGITS), 16);
    for (const stride of passed) this.kept.set(stride, { stride, index, digest: low });
  }

  /** The ledger goes on elsewhere: entries were left out. */
  skipped(): void {
    this.lastIndex = null;
  }
}
