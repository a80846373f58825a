/**
 * What follows from the reservations of a whole state: the calendars, the lists and what each holder has open. Built when
 * all rows are there, point by point and holder by holder, for a node that starts and has nothing else to do; who takes a
 * state in while it runs lets it follow row by row (reservations.ts). Both lead to the same.
 */
import type { Calendar } from './calendar.js';
import { Gathered, Names } from './gathered.js';
import { freeAgainMs, heldFromMs, isOpen } from './lifecycle.js';
import { OrderedIds } from './ordered-ids.js';
import { ordinalOf } from './reservation-id.js';
import type { ReservationLists } from './reservation-lists.js';
import type { Reservation } from './state.js';

export class ReservationsAtOnce {
  readonly #points = new Names();
  readonly #holders = new Names();
  /** Start, end and ordinal of what is booked at a point. */
  readonly #bookings = new Gathered(3);
  /** The ordinal of each stop at a point. */
  readonly #ofPoint = new Gathered(1);
  /** Of each reservation of a holder twice its ordinal, and one more while it is open. */
  readonly #ofHolder = new Gathered(1);

  /** The name of a holder that came already, as it was given first. */
  holderOf(name: string): string | undefined {
    return this.#holders.known(name);
  }

  /** Returns the number of its holder: they count from 0 as they come. */
  add({ id, holder, stops, end }: Reservation): number {
    const ordinal = ordinalOf(id);
    for (const stop of stops) {
      const point = this.#points.numberOf(stop.pointId);
      this.#ofPoint.add(point, ordinal);
      if (end !== null || !isOpen(stop)) continue;
      this.#bookings.add(point, heldFromMs(stop), freeAgainMs(stop), ordinal);
    }
    const number = this.#holders.numberOf(holder);
    this.#ofHolder.add(number, 2 * ordinal + (end === null ? 1 : 0));
    return number;
  }

  /** Hands over what follows from all of them; `hold`: by a holder's number what is open. Throws when two windows of a point overlap. */
  build(calendar: Calendar, lists: ReservationLists, hold: (number: number, open: OrderedIds) => void): void {
    let point = 0;
    for (const records of this.#bookings.byOwner(this.#points.size)) {
      if (records.length > 0) calendar.bookAll(this.#points.at(point), records);
      point += 1;
    }
    point = 0;
    for (const ordinals of this.#ofPoint.byOwner(this.#points.size)) {
      lists.addPoint(this.#points.at(point), OrderedIds.of(eachOnce(ordinals.sort())));
      point += 1;
    }
    let holder = 0;
    for (const records of this.#ofHolder.byOwner(this.#holders.size)) {
      const all: number[] = [];
      const open: number[] = [];
      for (const record of records.sort()) {
        const ordinal = Math.floor(record / 2);
        all.push(ordinal);
        if (record % 2 === 1) open.push(ordinal);
      }
      lists.addHolder(this.#holders.at(holder), OrderedIds.of(all));
      if (open.length > 0) hold(holder, OrderedIds.of(open));
      holder += 1;
    }
  }
}

/** Of numbers in order. */
function eachOnce(numbers: Float64Array): readonly number[] {
  const once: number[] = [];
  for (const number of numbers) if (once.length === 0 || once[once.length - 1] !== number) once.push(number);
  return once;
}
