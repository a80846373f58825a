/**
 * The reservations, and what is derived from their rows: the points' calendars, who has which, what may be pruned.
 *
 * 1. A reservation is open until it has an end; its stops hold their windows while they are PLANNED or ACTIVE.
 * 2. Everything here follows from the rows alone and changes only together with them.
 */
import { Calendar } from './calendar.js';
import { Deadlines } from './deadlines.js';
import type { Journal } from './journal.js';
import { freeAgainMs, heldFromMs, isOpen } from './lifecycle.js';
import { ENDED_KEPT_MS } from './limits.js';
import { OrderedIds } from './ordered-ids.js';
import { idOfOrdinal, ordinalOf } from './reservation-id.js';
import { RESERVATION_ROW } from './rows/reservation-row.js';
import type { Reservation } from './state.js';
import { Table, type Watcher } from './table.js';

/** What a holder has open, documented doors aside; an offer counts once it is confirmed. */
export interface Usage {
  readonly bookings: number;
  /** Of them, those that are held. */
  readonly holds: number;
}

const NOTHING: Usage = { bookings: 0, holds: 0 };

export class Reservations {
  readonly table: Table<Reservation>;
  readonly calendar = new Calendar();
  readonly #openByHolder = new Map<string, Set<string>>();
  readonly #usage = new Map<string, Usage>();
  /** By point: the reservation whose vehicle stands there. */
  readonly #active = new Map<string, string>();
  readonly #all = new OrderedIds((ordinal) => this.table.has(idOfOrdinal(ordinal)));
  readonly #byHolder = new Map<string, OrderedIds>();
  /** By the companies of its stops; one that version 1 made is in none. */
  readonly #byCompany = new Map<string, OrderedIds>();
  /** The ended ones, by when they may leave memory. */
  readonly #ended = new Deadlines(({ id }) => this.table.has(id));
  #openCount = 0;

  /** `watch` is told after everything derived here is in step. */
  constructor(journal: Journal, watch: Watcher<Reservation>) {
    this.table = new Table(RESERVATION_ROW, journal, (before, after, loading) => {
      this.#follow(before, after, loading);
      watch(before, after, loading);
    });
  }

  /** How many are open, and how many are remembered in all. */
  counts(): { readonly open: number; readonly all: number } {
    return { open: this.#openCount, all: this.table.size };
  }

  /** The open ones of a holder, in no particular order. */
  *openOf(holder: string): Iterable<Reservation> {
    for (const id of this.#openByHolder.get(holder) ?? []) yield this.table.get(id)!;
  }

  usageOf(holder: string): Usage {
    return this.#usage.get(holder) ?? NOTHING;
  }

  /** The reservation that has an ACTIVE stop at the point, also when its window is over or yet to come. */
  activeAt(pointId: string): Reservation | undefined {
    const id = this.#active.get(pointId);
    return id === undefined ? undefined : this.table.get(id)!;
  }

  /** All, a holder's, or a company's, by ordinals, to be read in pages; undefined when there are none. */
  list(of: { readonly holder: string } | { readonly company: string } | null): OrderedIds | undefined {
    if (of === null) return this.#all;
    return 'holder' in of ? this.#byHolder.get(of.holder) : this.#byCompany.get(of.company);
  }

  /** The one whose memory may be given up first; undefined when that is not yet at `atMs`. */
  prunable(atMs: number): Reservation | undefined {
    const due = this.#ended.due(atMs);
    return due === undefined ? undefined : this.table.get(due.id)!;
  }

  /** From when on there is something to prune; null for nothing. */
  nextPruneMs(): number | null {
    return this.#ended.first()?.dueMs ?? null;
  }

  #follow(before: Reservation | undefined, after: Reservation | undefined, loading: boolean): void {
    if (before !== undefined && before.end === null) this.#close(before);
    this.#list(before, after, loading);
    if (after === undefined) return;
    if (after.end === null) this.#open(after);
    else this.#ended.add(after.id, after.end.atMs + ENDED_KEPT_MS);
  }

  #open(reservation: Reservation): void {
    const { id, holder, stops } = reservation;
    for (const stop of stops) {
      if (!isOpen(stop)) continue;
      const { pointId } = stop;
      const window = { startMs: heldFromMs(stop), endMs: freeAgainMs(stop) };
      this.calendar.book(pointId, { ...window, reservationId: id });
      if (stop.state === 'ACTIVE') this.#occupy(pointId, id);
    }
    this.#count(reservation, 1);
    const ids = this.#openByHolder.get(holder);
    if (ids === undefined) this.#openByHolder.set(holder, new Set([id]));
    else ids.add(id);
    this.#openCount += 1;
  }

  #close(reservation: Reservation): void {
    const { id, holder, stops } = reservation;
    for (const stop of stops) {
      if (!isOpen(stop)) continue;
      this.calendar.free(stop.pointId, heldFromMs(stop), id);
      if (stop.state === 'ACTIVE') this.#active.delete(stop.pointId);
    }
    this.#count(reservation, -1);
    const ids = this.#openByHolder.get(holder)!;
    ids.delete(id);
    if (ids.size === 0) this.#openByHolder.delete(holder);
    this.#openCount -= 1;
  }

  #occupy(pointId: string, id: string): void {
    const other = this.#active.get(pointId);
    if (other !== undefined) throw new Error(`assertion: ${id} and ${other} are ACTIVE at point ${pointId}`);
    this.#active.set(pointId, id);
  }

  #count({ holder, documented, state, waitId }: Reservation, by: 1 | -1): void {
    const isHeld = state === 'HELD';
    if (documented || (isHeld && waitId !== '')) return;
    const { bookings, holds } = this.usageOf(holder);
    if (bookings + by === 0) this.#usage.delete(holder);
    else this.#usage.set(holder, { bookings: bookings + by, holds: isHeld ? holds + by : holds });
  }

  #list(before: Reservation | undefined, after: Reservation | undefined, loading: boolean): void {
    const { id, holder } = (after ?? before)!;
    const ordinal = ordinalOf(id);
    const add = (list: OrderedIds) => (loading ? list.load(ordinal) : list.add(ordinal));
    if (before === undefined) {
      add(this.#all);
      add(this.#ofHolder(holder));
    }
    if (after === undefined) {
      this.#all.forget();
      if (this.#byHolder.get(holder)!.forget()) this.#byHolder.delete(holder);
    }
    const had = companiesOf(before);
    const has = companiesOf(after);
    for (const company of has) if (!had.has(company)) add(this.#ofCompany(company));
    for (const company of had) {
      if (!has.has(company) && this.#byCompany.get(company)!.forget()) this.#byCompany.delete(company);
    }
  }

  #ofHolder(holder: string): OrderedIds {
    let list = this.#byHolder.get(holder);
    if (list === undefined) {
      list = new OrderedIds((ordinal) => this.table.has(idOfOrdinal(ordinal)));
      this.#byHolder.set(holder, list);
    }
    return list;
  }

  #ofCompany(company: string): OrderedIds {
    let list = this.#byCompany.get(company);
    if (list === undefined) {
      list = new OrderedIds((ordinal) => companiesOf(this.table.get(idOfOrdinal(ordinal))).has(company));
      this.#byCompany.set(company, list);
    }
    return list;
  }
}

/** Whose points its stops are at. */
function companiesOf(reservation: Reservation | undefined): ReadonlySet<string> {
  const companies = new Set<string>();
  for (const { terms } of reservation?.stops ?? []) if (terms !== null) companies.add(terms.company);
  return companies;
}
