/**
 * All that the ledger holds in memory: its rows, and what is derived from them.
 *
 * 1. Calendar, deadlines and the open reservations of a holder follow from the reservations' rows alone.
 *    They change only here, together with the row, so that a restored ledger derives the same.
 * 2. A reservation is open until it has an end; its stops hold their windows while they are PLANNED or ACTIVE.
 */
import { Calendar } from './calendar.js';
import { Deadlines } from './deadlines.js';
import { Journal } from './journal.js';
import { RequestKeys } from './keys.js';
import { COMPANY_ROW } from './rows/company-row.js';
import { POINT_ROW } from './rows/point-row.js';
import { RESERVATION_ROW } from './rows/reservation-row.js';
import { ROUTE_ROW } from './rows/route-row.js';
import type { Company, Point, Reservation, Route, Stop } from './state.js';
import { Table } from './table.js';

export class Memory {
  readonly journal = new Journal();
  readonly companies = new Table<Company>(COMPANY_ROW, this.journal);
  readonly points = new Table<Point>(POINT_ROW, this.journal);
  readonly routes = new Table<Route>(ROUTE_ROW, this.journal);
  readonly keys = new RequestKeys(this.journal);
  readonly #reservations = new Table<Reservation>(RESERVATION_ROW, this.journal);

  readonly calendar = new Calendar();
  /** Of the open reservations, by reservation id. */
  readonly deadlines = new Deadlines(({ id, dueMs }) => {
    const reservation = this.#reservations.get(id);
    return reservation !== undefined && deadlineMs(reservation) === dueMs;
  });
  readonly #openByHolder = new Map<string, Set<string>>();
  #openCount = 0;

  /** The ledger version that the mesh runs. */
  ledgerVersion: number;

  constructor(ledgerVersion: number) {
    this.ledgerVersion = ledgerVersion;
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id);
  }

  /** Of a holder, in no particular order. */
  *openReservations(holder: string): Iterable<Reservation> {
    for (const id of this.#openByHolder.get(holder) ?? []) yield this.#reservations.get(id)!;
  }

  /** How many reservations are open, and how many are remembered in all. */
  reservationCounts(): { readonly open: number; readonly all: number } {
    return { open: this.#openCount, all: this.#reservations.size };
  }

  /** Writes a new reservation or a changed one. Throws when one of its windows is not free. */
  putReservation(next: Reservation): void {
    const before = this.#reservations.put(next);
    if (before !== undefined) this.#unlink(before);
    this.#link(next);
  }

  /** Takes a row from the store. Throws when its key or text is none of ours, or contradicts the others. */
  load(key: string, text: string): void {
    switch (key.slice(0, 2)) {
      case this.companies.prefix:
        this.companies.load(key, text);
        return;
      case this.points.prefix:
        this.points.load(key, text);
        return;
      case this.routes.prefix:
        this.routes.load(key, text);
        return;
      case this.keys.table.prefix:
        this.keys.load(key, text);
        return;
      case this.#reservations.prefix:
        this.#link(this.#reservations.load(key, text));
        return;
      default:
        throw new Error('a row of no known table');
    }
  }

  /** Every row as it is now, sorted by key. Later changes do not show. */
  rows(): Iterable<{ readonly key: string; readonly row: string }> {
    const tables = [this.companies, this.points, this.routes, this.keys.table, this.#reservations];
    tables.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
    return chain(tables.map((table) => table.texts()));
  }

  #link(reservation: Reservation): void {
    const dueMs = deadlineMs(reservation);
    if (dueMs === null) return;
    const { id, holder } = reservation;
    for (const { pointId, startMs, endMs } of reservation.stops.filter(isOpen)) {
      this.calendar.book(pointId, { startMs, endMs, reservationId: id });
    }
    this.deadlines.add(id, dueMs);
    const ids = this.#openByHolder.get(holder);
    if (ids === undefined) this.#openByHolder.set(holder, new Set([id]));
    else ids.add(id);
    this.#openCount += 1;
  }

  #unlink(reservation: Reservation): void {
    if (reservation.end !== null) return;
    const { id, holder } = reservation;
    for (const { pointId, startMs } of reservation.stops.filter(isOpen)) {
      this.calendar.free(pointId, startMs, id);
    }
    const ids = this.#openByHolder.get(holder)!;
    ids.delete(id);
    if (ids.size === 0) this.#openByHolder.delete(holder);
    this.#openCount -= 1;
  }
}

/** Whether a stop is still to come or under way: it holds its window. */
export function isOpen(stop: Stop): boolean {
  return stop.state === 'PLANNED' || stop.state === 'ACTIVE';
}

/**
 * When time ends a reservation: a hold when it runs out, a confirmed one with its last open window. Null when it
 * has ended.
 */
function deadlineMs({ state, holdUntilMs, stops, end }: Reservation): number | null {
  if (end !== null) return null;
  if (state === 'HELD') return holdUntilMs;
  let lastMs = 0;
  for (const stop of stops) if (isOpen(stop) && stop.endMs > lastMs) lastMs = stop.endMs;
  return lastMs;
}

function* chain<T>(parts: readonly Iterable<T>[]): Iterable<T> {
  for (const part of parts) yield* part;
}
