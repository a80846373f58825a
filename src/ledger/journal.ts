/**
 * What the entry at hand changed, with the digest of all rows kept in step. Tables write here, `Ledger` takes.
 */
import { SetDigest } from './digest.js';
import { type Hash128, hash128 } from './hash.js';
import type { RowChange } from './state.js';

export class Journal {
  readonly #digest = new SetDigest();
  #changes: RowChange[] = [];

  /** A row was written in place of one with the hash `replaced`, if any. Returns the new row's hash. */
  written(key: string, row: string, replaced: Hash128 | undefined): Hash128 {
    this.#changes.push({ key, row });
    return this.loaded(key, row, replaced);
  }

  /** A row was read from the store: the digest counts it, but it is no change. Returns its hash. */
  loaded(key: string, row: string, replaced?: Hash128): Hash128 {
    if (replaced !== undefined) this.#digest.remove(replaced);
    const hash = hash128(`${key}\n${row}`);
    this.#digest.add(hash);
    return hash;
  }

  /** A row with this hash was deleted. */
  deleted(key: string, hash: Hash128): void {
    this.#changes.push({ key, row: null });
    this.#digest.remove(hash);
  }

  /** The changes since the last call, in the order they were made. */
  take(): readonly RowChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Of all rows: 32 lower-case hex digits. */
  digest(): string {
    return this.#digest.hex();
  }
}
