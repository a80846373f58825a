/**
 * What the model remembers: everything that ever was, in plain maps. The two indexes (open reservations by point and
 * by holder) only keep long runs affordable.
 */
import type { Company, Route } from '../../../src/ledger/state.js';
import { KeptAnswers } from './kept-answers.js';
import type { FirstPoint, FirstReservation } from './rows.js';
import { isOpenStop } from './stops.js';

export class LedgerState {
  /** Ledger time of the last entry. */
  nowMs = 0;
  ledgerVersion = 1;
  readonly companies = new Map<string, Company>();
  readonly points = new Map<string, FirstPoint>();
  readonly routes = new Map<string, Route>();
  readonly keys = new KeptAnswers();
  /** All that were ever made, by id. */
  readonly reservations = new Map<string, FirstReservation>();
  readonly #openByPoint = new Map<string, Set<string>>();
  readonly #openByHolder = new Map<string, Set<string>>();

  /** Makes a reservation or changes one. */
  put(reservation: FirstReservation): void {
    const { id, holder, stops } = reservation;
    const before = this.reservations.get(id);
    if (before !== undefined) {
      drop(this.#openByHolder, before.holder, id);
      for (const { pointId } of before.stops) drop(this.#openByPoint, pointId, id);
    }
    this.reservations.set(id, reservation);
    if (reservation.end !== null) return;
    add(this.#openByHolder, holder, id);
    for (const { pointId, state } of stops) if (isOpenStop(state)) add(this.#openByPoint, pointId, id);
  }

  /** Those that have not ended and still hold a window of the point. */
  openOn(pointId: string): readonly FirstReservation[] {
    return this.#named(this.#openByPoint.get(pointId));
  }

  openOf(holder: string): readonly FirstReservation[] {
    return this.#named(this.#openByHolder.get(holder));
  }

  /** All that have not ended. */
  open(): readonly FirstReservation[] {
    return [...this.#openByHolder.values()].flatMap((ids) => this.#named(ids));
  }

  /** A state of its own that equals this one. */
  clone(): LedgerState {
    const copy = new LedgerState();
    copy.nowMs = this.nowMs;
    copy.ledgerVersion = this.ledgerVersion;
    for (const [id, company] of this.companies) copy.companies.set(id, company);
    for (const [id, point] of this.points) copy.points.set(id, point);
    for (const [id, route] of this.routes) copy.routes.set(id, route);
    for (const reservation of this.reservations.values()) copy.put(reservation);
    copy.keys.copyFrom(this.keys);
    return copy;
  }

  #named(ids: ReadonlySet<string> | undefined): readonly FirstReservation[] {
    return [...(ids ?? [])].map((id) => this.reservations.get(id)!);
  }
}

function add(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  if (ids === undefined) index.set(name, new Set([id]));
  else ids.add(id);
}

function drop(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  if (ids?.delete(id) && ids.size === 0) index.delete(name);
}
