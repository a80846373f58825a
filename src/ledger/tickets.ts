/**
 * First-point priority (rule 9): who declared which windows, and whose ticket is older.
 *
 * Nothing waits here. A ticket only refuses others, for a bounded time, and the oldest is refused by none: there is
 * always a holder that can go on, so nothing deadlocks; a new ticket is the youngest, so nobody starves.
 */
import type { Journal } from './journal.js';
import { TICKET_ROW } from './rows/ticket-row.js';
import type { Ticket, TicketStop } from './state.js';
import { Table, type Watcher } from './table.js';

interface Claim extends TicketStop {
  readonly ticket: number;
  readonly untilMs: number;
}

export class Tickets {
  readonly table: Table<Ticket>;
  readonly #claims = new Map<string, Claim[]>();

  constructor(journal: Journal, watch: Watcher<Ticket>) {
    this.table = new Table(TICKET_ROW, journal, (before, after, loading) => {
      if (before !== undefined) this.#drop(before);
      if (after !== undefined) this.#claim(after);
      watch(before, after, loading);
    });
  }

  /** The holder's ticket, live at `atMs`: one that is over is nothing, also while it waits for its end. */
  live(holder: string, atMs: number): Ticket | undefined {
    const ticket = this.table.get(holder);
    return ticket !== undefined && ticket.untilMs > atMs ? ticket : undefined;
  }

  /** Whether a live ticket older than `ticket` wants the point at some time of the window. O(claims at the point). */
  isClaimed(pointId: string, startMs: number, endMs: number, ticket: number, atMs: number): boolean {
    const claims = this.#claims.get(pointId) ?? [];
    return claims.some(
      (claim) =>
        claim.ticket < ticket && claim.untilMs > atMs && claim.startMs < endMs && startMs < claim.endMs,
    );
  }

  /** Windows that tickets claim at the point. */
  claimsAt(pointId: string): number {
    return this.#claims.get(pointId)?.length ?? 0;
  }

  #claim({ ticket, untilMs, stops }: Ticket): void {
    for (const stop of stops) {
      const claim = { ...stop, ticket, untilMs };
      const claims = this.#claims.get(stop.pointId);
      if (claims === undefined) this.#claims.set(stop.pointId, [claim]);
      else claims.push(claim);
    }
  }

  #drop({ ticket, stops }: Ticket): void {
    for (const { pointId } of stops) {
      const left = (this.#claims.get(pointId) ?? []).filter((claim) => claim.ticket !== ticket);
      if (left.length === 0) this.#claims.delete(pointId);
      else this.#claims.set(pointId, left);
    }
  }
}
