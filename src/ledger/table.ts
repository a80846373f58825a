/**
 * The rows of one kind, by id. Values are never changed in place: whoever holds one keeps what it read.
 */
import { BigMap } from './big-map.js';
import type { Hash128 } from './hash.js';
import type { Journal } from './journal.js';
import { compareIds } from './order.js';
import { type RowFormat, readRow } from './rows/format.js';
import type { RowAtHand } from './rows/row-at-hand.js';

/** With the hash of its key and text, so that a replaced row leaves the digest without being written again. */
interface Row<T> extends Hash128 {
  readonly value: T;
}

/**
 * Keeps in step what is derived from a table's rows: told of each row that came (`before` undefined), changed, or went
 * (`after` undefined). `loading`: the row comes from the store, where it has been all along: nothing happened.
 */
export type Watcher<T> = (before: T | undefined, after: T | undefined, loading: boolean) => void;

/** A shorter way to read a row: what its format reads from its text, or null where only that can say what it is. */
export type Scan<T> = (row: RowAtHand) => T | null;

export class Table<T> {
  readonly #rows = new BigMap<Row<T>>();
  readonly #format: RowFormat<T>;
  readonly #journal: Journal;
  readonly #watch: Watcher<T>;
  readonly #scan: Scan<T>;
  /** Of all rows, in the order of `compareIds`; null until somebody asks for that, and after a row was loaded. */
  #sortedIds: string[] | null = null;

  constructor(
    format: RowFormat<T>,
    journal: Journal,
    watch: Watcher<T> = () => {},
    scan: Scan<T> = () => null,
  ) {
    this.#format = format;
    this.#scan = scan;
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
    if (replaced === undefined) this.#sortedIds?.splice(firstNotBefore(this.#sortedIds, id), 0, id);
    const { a, b, c, d } = this.#journal.written(this.#key(id), this.#format.write(value), replaced);
    this.#rows.set(id, { value, a, b, c, d });
    this.#watch(replaced?.value, value, false);
    return replaced?.value;
  }

  /** Deletes a row and returns its value. Throws when there is no such row. */
  delete(id: string): T {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error(`assertion: no row ${this.#key(id)} to delete`);
    this.#rows.delete(id);
    this.#sortedIds?.splice(firstNotBefore(this.#sortedIds, id), 1);
    this.#journal.deleted(this.#key(id), row);
    this.#watch(row.value, undefined, false);
    return row.value;
  }

  /** Takes a row from the store. Throws when it is not canonical, not of its key, or there already. */
  load(row: RowAtHand): T {
    const value = this.#scan(row) ?? readRow(this.#format, row.text);
    const id = this.#format.id(value);
    if (id !== row.id) throw new Error(`the row of ${this.#key(id)}`);
    const { a, b, c, d } = row.hash;
    if (!this.#rows.set(id, { value, a, b, c, d })) throw new Error('a second row');
    this.#journal.loaded(row.hash);
    this.#sortedIds = null;
    this.#watch(undefined, value, true);
    return value;
  }

  /** All values in the order of `compareIds`. */
  sorted(): readonly T[] {
    return [...this.sortedAfter('')];
  }

  /**
   * The values whose ids come after `after`, which need not be one, in the order of `compareIds`; all for ''. Sorts once
   * after rows were loaded; O(log n) besides what is walked. Not to be walked while rows come or go.
   */
  *sortedAfter(after: string): Iterable<T> {
    this.#sortedIds ??= [...this.#rows.keys()].sort(compareIds);
    const ids = this.#sortedIds;
    let at = after === '' ? 0 : firstNotBefore(ids, after);
    if (ids[at] === after) at += 1;
    for (; at < ids.length; at += 1) yield this.#rows.get(ids[at]!)!.value;
  }

  /** All rows as they are now, sorted by key; texts are written as they are asked for. */
  texts(): Iterable<{ readonly key: string; readonly row: string }> {
    const values = [...this.#rows.entries()]
      .map(([id, { value }]) => ({ key: this.#key(id), value }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return write(values, this.#format);
  }

  #key(id: string): string {
    return this.#format.prefix + id;
  }
}

function firstNotBefore(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(ids[middle]!, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* write<T>(
  values: readonly { readonly key: string; readonly value: T }[],
  format: RowFormat<T>,
): Iterable<{ readonly key: string; readonly row: string }> {
  for (const { key, value } of values) yield { key, row: format.write(value) };
}
