/**
 * What time does next, over all kinds of rows that have deadlines: in the order (due, key of the row), which is the same
 * on every replica.
 */
import { type Deadline, Deadlines } from './deadlines.js';

/** The tables whose rows have deadlines, in the order of their keys. */
const PREFIXES = ['f:', 'n:', 'p:', 't:', 'v:', 'w:'] as const;

export type DatedPrefix = (typeof PREFIXES)[number];

/** When time acts on a row; null or undefined for never, or for there is none. */
export type DueMs = number | null | undefined;

/** By table: what the row with this id says now. */
export type DueDates = Readonly<Record<DatedPrefix, (id: string) => DueMs>>;

export class Agenda {
  readonly #kinds: readonly { readonly prefix: DatedPrefix; readonly deadlines: Deadlines }[];

  constructor(dueDates: DueDates) {
    this.#kinds = PREFIXES.map((prefix) => ({
      prefix,
      deadlines: new Deadlines((id, dueMs) => dueDates[prefix](id) === dueMs),
    }));
  }

  /** The row with this id came, changed or went: it was due then, and is now. */
  follow(prefix: DatedPrefix, id: string, beforeMs: DueMs, dueMs: DueMs, loading: boolean): void {
    if (dueMs === null || dueMs === undefined || dueMs === beforeMs) return;
    const { deadlines } = this.#kinds[PREFIXES.indexOf(prefix)]!;
    if (loading) deadlines.load(id, dueMs);
    else deadlines.add(id, dueMs);
  }

  /** The first deadline by the key of its row. */
  first(): Deadline | undefined {
    return this.due(Number.MAX_SAFE_INTEGER);
  }

  /** The first, if it is due at `atMs`. */
  due(atMs: number): Deadline | undefined {
    let first: Deadline | undefined;
    for (const { prefix, deadlines } of this.#kinds) {
      const due = deadlines.due(atMs);
      // Of equal ones the lower key comes first, as the prefixes do.
      if (due !== undefined && (first === undefined || due.dueMs < first.dueMs)) {
        first = { id: prefix + due.id, dueMs: due.dueMs };
      }
    }
    return first;
  }
}
