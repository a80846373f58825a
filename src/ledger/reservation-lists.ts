/**
 * The reservations as lists, to be read in pages in the order in which they were made: all, a holder's, a company's, a
 * point's. Ended ones stay in them until they are pruned.
 *
 * A reservation is in the list of each company and each point that its stops name now, whatever became of the stops; one
 * that a substitute took elsewhere is no more in the list of where it was.
 */
import { BigMap } from './big-map.js';
import { OrderedIds } from './ordered-ids.js';
import { ordinalOf } from './reservation-id.js';
import type { Reservation, Stop } from './state.js';

type Lists = BigMap<OrderedIds>;

const NONE: readonly string[] = [];

export class ReservationLists {
  readonly all = new OrderedIds();
  readonly #byHolder: Lists = new BigMap();
  /** One that version 1 made is in none. */
  readonly #byCompany: Lists = new BigMap();
  readonly #byPoint: Lists = new BigMap();

  /** By ordinals; undefined when there are none. */
  of(what: 'holder' | 'company' | 'point', id: string): OrderedIds | undefined {
    switch (what) {
      case 'holder':
        return this.#byHolder.get(id);
      case 'company':
        return this.#byCompany.get(id);
      case 'point':
        return this.#byPoint.get(id);
    }
  }

  /** All reservations of a holder of whom there are none yet. */
  addHolder(holder: string, ids: OrderedIds): void {
    this.#byHolder.set(holder, ids);
  }

  /** All reservations at a point where there are none yet. */
  addPoint(pointId: string, ids: OrderedIds): void {
    this.#byPoint.set(pointId, ids);
  }

  /** A reservation came, whose holder and points are told by `addHolder` and `addPoint`. */
  addToOthers(reservation: Reservation): void {
    const ordinal = ordinalOf(reservation.id);
    this.all.add(ordinal);
    move(this.#byCompany, NONE, companiesOf(reservation), ordinal);
  }

  /** A reservation came, changed or went. */
  follow(before: Reservation | undefined, after: Reservation | undefined): void {
    const { id, holder } = (after ?? before)!;
    const ordinal = ordinalOf(id);
    if (before === undefined) {
      this.all.add(ordinal);
      add(this.#byHolder, holder, ordinal);
    }
    if (after === undefined) {
      this.all.remove(ordinal);
      remove(this.#byHolder, holder, ordinal);
    }
    move(this.#byCompany, companiesOf(before), companiesOf(after), ordinal);
    move(this.#byPoint, pointsOf(before), pointsOf(after), ordinal);
  }
}

/** Whose points its stops are at, as they were committed; each once. */
export function companiesOf(reservation: Reservation | undefined): readonly string[] {
  return namesOf(reservation, ({ terms }) => terms?.company);
}

/** The points of its stops; each once. */
export function pointsOf(reservation: Reservation | undefined): readonly string[] {
  return namesOf(reservation, ({ pointId }) => pointId);
}

/** A reservation has few stops: a list is quicker than a set. */
function namesOf(
  reservation: Reservation | undefined,
  nameOf: (stop: Stop) => string | undefined,
): readonly string[] {
  const names: string[] = [];
  if (reservation === undefined) return names;
  for (const stop of reservation.stops) {
    const name = nameOf(stop);
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return names;
}

function move(lists: Lists, had: readonly string[], has: readonly string[], ordinal: number): void {
  for (const name of has) if (!had.includes(name)) add(lists, name, ordinal);
  for (const name of had) if (!has.includes(name)) remove(lists, name, ordinal);
}

function add(lists: Lists, name: string, ordinal: number): void {
  let list = lists.get(name);
  if (list === undefined) {
    list = new OrderedIds();
    lists.set(name, list);
  }
  list.add(ordinal);
}

function remove(lists: Lists, name: string, ordinal: number): void {
  const list = lists.get(name)!;
  list.remove(ordinal);
  if (list.length === 0) lists.delete(name);
}
