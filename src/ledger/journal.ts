/**
 * What the entry at hand changed, with the digest of all rows kept in step. Tables write here, `Ledger` takes.
 */
import { SetDigest } from './digest.js';
import { type Hash128, hash128 } from './hash.js';
import type { RowChange } from './state.js';

/** What has become of a row since the last `take`. */
interface Pending {
  readonly row: string | null;
  /** It was not there before: if it goes again, nothing happened to it. */
  readonly isNew: boolean;
}

export class Journal {
  readonly #digest = new SetDigest();
  #changes = new Map<string, Pending>();

  /** A row was written in place of one with the hash `replaced`, if any. Returns the new row's hash. */
  written(key: string, row: string, replaced: Hash128 | undefined): Hash128 {
    const isNew = this.#changes.get(key)?.isNew ?? replaced === undefined;
    this.#changes.set(key, { row, isNew });
    if (replaced !== undefined) this.#digest.remove(replaced);
    const hash = hash128(row, `${key}\n`);
    this.#digest.add(hash);
    return hash;
  }

  /** A row with this hash was read from the store: the digest counts it, but it is no change. */
  loaded(hash: Hash128): void {
    this.#digest.add(hash);
  }

  /** A row with this hash was deleted. */
  deleted(key: string, hash: Hash128): void {
    if (this.#changes.get(key)?.isNew === true) this.#changes.delete(key);
    else this.#changes.set(key, { row: null, isNew: false });
    this.#digest.remove(hash);
  }

  /** The changes since the last call, each row once, in the order in which rows were first changed. */
  take(): readonly RowChange[] {
    const changes = Array.from(this.#changes, ([key, { row }]): RowChange => ({ key, row }));
    this.#changes.clear();
    return changes;
  }

  /** Of all rows: 32 lower-case hex digits. */
  digest(): string {
    return this.#digest.hex();
  }
}
