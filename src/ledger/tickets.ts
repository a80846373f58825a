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
import type { Window } from './terms.js';

/** What one ticket claims at one point. */
interface Claim {
  readonly untilMs: number;
  readonly windows: readonly Window[];
}

/** Who claims a point, by ticket. */
interface Claims {
  readonly byTicket: Map<number, Claim>;
  windows: number;
}

export class Tickets {
  readonly table: Table<Ticket>;
  readonly #claims = new Map<string, Claims>();

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
    const claims = this.#claims.get(pointId);
    if (claims === undefined) return false;
    for (const [other, { untilMs, windows }] of claims.byTicket) {
      if (other >= ticket || untilMs <= atMs) continue;
      if (windows.some((window) => window.startMs < endMs && startMs < window.endMs)) return true;
    }
    return false;
  }

  /** Windows that tickets claim at the point. */
  claimsAt(pointId: string): number {
    return this.#claims.get(pointId)?.windows ?? 0;
  }

  /** O(stops). */
  #claim({ ticket, untilMs, stops }: Ticket): void {
    for (const [pointId, windows] of byPoint(stops)) {
      let claims = this.#claims.get(pointId);
      if (claims === undefined) {
        claims = { byTicket: new Map(), windows: 0 };
        this.#claims.set(pointId, claims);
      }
      claims.byTicket.set(ticket, { untilMs, windows });
      claims.windows += windows.length;
    }
  }

  /** O(stops), however many others claim these points: a thousand tickets may end at one entry. */
  #drop({ ticket, stops }: Ticket): void {
    for (const [pointId, windows] of byPoint(stops)) {
      const claims = this.#claims.get(pointId)!;
      claims.byTicket.delete(ticket);
      claims.windows -= windows.length;
      if (claims.windows === 0) this.#claims.delete(pointId);
    }
  }
}

function byPoint(stops: readonly TicketStop[]): ReadonlyMap<string, readonly Window[]> {
  const points = new Map<string, Window[]>();
  for (const stop of stops) {
    const windows = points.get(stop.pointId);
    if (windows === undefined) points.set(stop.pointId, [stop]);
    else windows.push(stop);
  }
  return points;
}
