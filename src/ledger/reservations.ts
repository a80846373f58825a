/**
 * The reservations, and what is derived from their rows: the points' calendars, who has which, what may be pruned.
 *
 * 1. A reservation is open until it has an end; its stops hold their windows while they are PLANNED or ACTIVE.
 * 2. Everything here follows from the rows alone and changes only together with them.
 */
import { BigMap } from './big-map.js';
import { Calendar } from './calendar.js';
import { Deadlines } from './deadlines.js';
import type { Journal } from './journal.js';
import { freeAgainMs, heldFromMs, isOpen } from './lifecycle.js';
import { ENDED_KEPT_MAX, ENDED_KEPT_MS } from './limits.js';
import { OrderedIds } from './ordered-ids.js';
import { idOfOrdinal, ordinalOf } from './reservation-id.js';
import { ReservationLists } from './reservation-lists.js';
import { ReservationsAtOnce } from './reservations-at-once.js';
import { RESERVATION_ROW } from './rows/reservation-row.js';
import { ReservationScan } from './rows/reservation-scan.js';
import type { Reservation } from './state.js';
import { Table, type Watcher } from './table.js';

/** What a holder has open; an offer counts once it is confirmed. */
export interface Usage {
  /** Those that documented doors made aside. */
  readonly bookings: number;
  /** Of them, those that are held. */
  readonly holds: number;
  /** Those that documented doors made. */
  readonly documented: number;
}

/** All that a holder has open. */
interface Holding extends Usage {
  readonly holder: string;
  open: OrderedIds;
  bookings: number;
  holds: number;
  documented: number;
}

const NOTHING: Usage = { bookings: 0, holds: 0, documented: 0 };

interface AtOnce {
  readonly reservations: ReservationsAtOnce;
  /** By the numbers of their holders there. */
  readonly holdings: Holding[];
}

export class Reservations {
  readonly table: Table<Reservation>;
  readonly calendar = new Calendar();
  readonly #holdings = new BigMap<Holding>();
  /** By point: the reservation whose vehicle stands there. */
  readonly #active = new Map<string, string>();
  /** To be read in pages. */
  readonly lists = new ReservationLists();
  /** The ended ones, by when they may leave memory. */
  readonly #ended = new Deadlines((id) => this.table.has(id));
  #openCount = 0;
  #heldCount = 0;
  /** While rows are loaded. */
  #scan: ReservationScan | null = null;
  /** While all rows of a state are loaded at once. */
  #atOnce: AtOnce | null = null;

  readonly #endedMax: number;

  /** `watch` is told after everything derived here is in step. `endedMax`: of ended ones that stay in memory. */
  constructor(journal: Journal, watch: Watcher<Reservation>, endedMax = ENDED_KEPT_MAX) {
    this.#endedMax = endedMax;
    const follow: Watcher<Reservation> = (before, after, loading) => {
      this.#follow(before, after, loading);
      watch(before, after, loading);
    };
    this.table = new Table(RESERVATION_ROW, journal, follow, (row) => {
      this.#scan ??= new ReservationScan((holder) => this.#knownHolder(holder));
      return this.#scan.read(row);
    });
  }

  /** From now on all rows of a state are loaded, and nobody asks for anything before `loaded`. */
  loadAtOnce(): void {
    this.#atOnce = { reservations: new ReservationsAtOnce(), holdings: [] };
  }

  /** All rows were loaded. Throws when they contradict each other. */
  loaded(): void {
    this.#scan = null;
    if (this.#atOnce === null) return;
    const { reservations, holdings } = this.#atOnce;
    this.#atOnce = null;
    reservations.build(this.calendar, this.lists, (number, open) => {
      const holding = holdings[number]!;
      holding.open = open;
      this.#holdings.set(holding.holder, holding);
    });
  }

  /** How many are open, how many of these only held, and how many are remembered in all. */
  counts(): { readonly open: number; readonly held: number; readonly all: number } {
    return { open: this.#openCount, held: this.#heldCount, all: this.table.size };
  }

  /** The open ones of a holder, in the order in which they were made. Not to be walked while they change. */
  *openOf(holder: string): Iterable<Reservation> {
    for (const ordinal of this.#holdings.get(holder)?.open.above(-1) ?? []) {
      yield this.table.get(idOfOrdinal(ordinal))!;
    }
  }

  usageOf(holder: string): Usage {
    return this.#holdings.get(holder) ?? NOTHING;
  }

  /** The reservation that has an ACTIVE stop at the point, also when its window is over or yet to come. */
  activeAt(pointId: string): Reservation | undefined {
    const id = this.#active.get(pointId);
    return id === undefined ? undefined : this.table.get(id)!;
  }

  /** The one whose memory may be given up first; undefined when that is not yet at `atMs`. */
  prunable(atMs: number): Reservation | undefined {
    const due = this.#isFull() ? this.#ended.first() : this.#ended.due(atMs);
    return due === undefined ? undefined : this.table.get(due.id)!;
  }

  /** From when on there is something to prune; null for nothing. */
  nextPruneMs(): number | null {
    const first = this.#ended.first();
    if (first === undefined) return null;
    return this.#isFull() ? first.dueMs - ENDED_KEPT_MS : first.dueMs;
  }

  /** Whether more ended ones are in memory than may stay there. */
  #isFull(): boolean {
    return this.table.size - this.#openCount > this.#endedMax;
  }

  #follow(before: Reservation | undefined, after: Reservation | undefined, loading: boolean): void {
    if (before !== undefined && before.end === null) this.#close(before);
    if (this.#atOnce === null) this.lists.follow(before, after);
    if (after === undefined) return;
    if (this.#atOnce !== null) this.#gather(after, this.#atOnce);
    else if (after.end === null) this.#open(after);
    if (after.end === null) return;
    if (loading) this.#ended.load(after.id, after.end.atMs + ENDED_KEPT_MS);
    else this.#ended.add(after.id, after.end.atMs + ENDED_KEPT_MS);
  }

  /** `#open` and the lists, as far as they do not wait for all others. */
  #gather(reservation: Reservation, { reservations, holdings }: AtOnce): void {
    const { id, holder, stops, end, state } = reservation;
    this.lists.addToOthers(reservation);
    const number = reservations.add(reservation);
    if (end !== null) return;
    for (const { pointId, state } of stops) if (state === 'ACTIVE') this.#occupy(pointId, id);
    holdings[number] ??= newHolding(holder);
    count(holdings[number], reservation, 1);
    this.#openCount += 1;
    if (state === 'HELD') this.#heldCount += 1;
  }

  #open(reservation: Reservation): void {
    const { id, holder, stops, state } = reservation;
    for (const stop of stops) {
      if (!isOpen(stop)) continue;
      const { pointId } = stop;
      const window = { startMs: heldFromMs(stop), endMs: freeAgainMs(stop) };
      this.calendar.book(pointId, { ...window, reservationId: id });
      if (stop.state === 'ACTIVE') this.#occupy(pointId, id);
    }
    let holding = this.#holdings.get(holder);
    if (holding === undefined) {
      holding = newHolding(holder);
      this.#holdings.set(holder, holding);
    }
    holding.open.add(ordinalOf(id));
    count(holding, reservation, 1);
    this.#openCount += 1;
    if (state === 'HELD') this.#heldCount += 1;
  }

  #close(reservation: Reservation): void {
    const { id, holder, stops, state } = reservation;
    for (const stop of stops) {
      if (!isOpen(stop)) continue;
      this.calendar.free(stop.pointId, heldFromMs(stop), id);
      if (stop.state === 'ACTIVE') this.#active.delete(stop.pointId);
    }
    const holding = this.#holdings.get(holder)!;
    holding.open.remove(ordinalOf(id));
    count(holding, reservation, -1);
    if (holding.open.length === 0) this.#holdings.delete(holder);
    this.#openCount -= 1;
    if (state === 'HELD') this.#heldCount -= 1;
  }

  /** So that all reservations of a holder share one text. */
  #knownHolder(name: string): string | undefined {
    return this.#atOnce?.reservations.holderOf(name) ?? this.#holdings.get(name)?.holder;
  }

  #occupy(pointId: string, id: string): void {
    const other = this.#active.get(pointId);
    if (other !== undefined) throw new Error(`assertion: ${id} and ${other} are ACTIVE at point ${pointId}`);
    this.#active.set(pointId, id);
  }
}

function newHolding(holder: string): Holding {
  return { holder, open: new OrderedIds(), bookings: 0, holds: 0, documented: 0 };
}

function count(holding: Holding, { documented, state, waitId }: Reservation, by: 1 | -1): void {
  const isHeld = state === 'HELD';
  if (documented) holding.documented += by;
  if (documented || (isHeld && waitId !== '')) return;
  holding.bookings += by;
  if (isHeld) holding.holds += by;
}
