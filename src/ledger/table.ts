/**
 * The rows of one kind, by id. Values are never changed in place: whoever holds one keeps what it read.
 */
import type { Hash128 } from './hash.js';
import type { Journal } from './journal.js';
import { compareIds } from './order.js';
import { type RowFormat, readRow } from './rows/format.js';

interface Row<T> {
  readonly value: T;
  /** Of key and text, so that a replaced row leaves the digest without being written again. */
  readonly hash: Hash128;
}

/**
 * Keeps in step what is derived from a table's rows: told of each row that came (`before` undefined), changed, or went
 * (`after` undefined). `loading`: the row comes from the store, where it has been all along: nothing happened.
 */
export type Watcher<T> = (before: T | undefined, after: T | undefined, loading: boolean) => void;

export class Table<T> {
  readonly #rows = new Map<string, Row<T>>();
  readonly #format: RowFormat<T>;
  readonly #journal: Journal;
  readonly #watch: Watcher<T>;
  #sortedIds: readonly string[] | null = null;

  constructor(format: RowFormat<T>, journal: Journal, watch: Watcher<T> = () => {}) {
    this.#format = format;
    this.#journal = journal;
    this.#watch = watch;
  }

  get size(): number {
    return this.#rows.size;
  }

  get prefix(): string {
    return this.#format.prefix;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id)?.value;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** Writes a row and returns the value that it replaced, if any. `id`: the value's, for who has it at hand. */
  put(value: T, id = this.#format.id(value)): T | undefined {
    const replaced = this.#rows.get(id);
    if (replaced === undefined) this.#sortedIds = null;
    const hash = this.#journal.written(this.#key(id), this.#format.write(value), replaced?.hash);
    this.#rows.set(id, { value, hash });
    this.#watch(replaced?.value, value, false);
    return replaced?.value;
  }

  /** Deletes a row and returns its value. Throws when there is no such row. */
  delete(id: string): T {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error(`assertion: no row ${this.#key(id)} to delete`);
    this.#rows.delete(id);
    this.#sortedIds = null;
    this.#journal.deleted(this.#key(id), row.hash);
    this.#watch(row.value, undefined, false);
    return row.value;
  }

  /** Takes a row from the store. Throws when it is not canonical, not of this key, or there already. */
  load(key: string, text: string): T {
    const value = readRow(this.#format, text);
    const id = this.#format.id(value);
    if (this.#key(id) !== key) throw new Error(`the row of ${this.#key(id)}`);
    if (this.#rows.has(id)) throw new Error('a second row');
    this.#rows.set(id, { value, hash: this.#journal.loaded(key, text) });
    this.#sortedIds = null;
    this.#watch(undefined, value, true);
    return value;
  }

  /** All values in the order of `compareIds`. Sorts only when ids came or went since the last call. */
  sorted(): readonly T[] {
    this.#sortedIds ??= [...this.#rows.keys()].sort(compareIds);
    return this.#sortedIds.map((id) => this.#rows.get(id)!.value);
  }

  /** All rows as they are now, sorted by key; texts are written as they are asked for. */
  texts(): Iterable<{ readonly key: string; readonly row: string }> {
    const values = [...this.#rows]
      .map(([id, { value }]) => ({ key: this.#key(id), value }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return write(values, this.#format);
  }

  #key(id: string): string {
    return this.#format.prefix + id;
  }
}

function* write<T>(
  values: readonly { readonly key: string; readonly value: T }[],
  format: RowFormat<T>,
): Iterable<{ readonly key: string; readonly row: string }> {
  for (const { key, value } of values) yield { key, row: format.write(value) };
}
