/**
 * All that the ledger holds in memory: its rows, and what is derived from them.
 *
 * 1. Calendars, lines, deadlines and lists follow from the rows alone. They change only together with their row, told
 *    by its table, so that a restored ledger derives the same.
 * 2. Events follow from rows too (happenings.ts): an operation writes rows, and nothing else.
 * 3. What always follows from a row in other rows follows here: a reservation that ends ends its ticket, a window that
 *    becomes free while somebody waits for it is marked, and a leaving point goes with its last stop.
 */
import { Agenda } from './agenda.js';
import type { Calendar } from './calendar.js';
import { Deadlines } from './deadlines.js';
import type { LedgerEvent } from './event.js';
import {
  companyHappenings,
  noticeHappenings,
  pointHappenings,
  policyHappenings,
  reservationHappenings,
  routeHappenings,
  scheduleHappenings,
  ticketHappenings,
  waitHappenings,
} from './happenings.js';
import { Journal } from './journal.js';
import { RequestKeys } from './keys.js';
import { deadlineMs, freeAgainMs, isOpen } from './lifecycle.js';
import { Notices } from './notices.js';
import { Sites } from './place.js';
import { PointCounts } from './point-counts.js';
import { CurrentTerms, policyOf } from './policy.js';
import { Reservations } from './reservations.js';
import { AUDIT_ROW } from './rows/audit-row.js';
import { COMPANY_ROW } from './rows/company-row.js';
import { FREED_ROW } from './rows/freed-row.js';
import { noticeId } from './rows/notice-row.js';
import { POINT_ROW } from './rows/point-row.js';
import { POLICY_ROW } from './rows/policy-row.js';
import { ROUTE_ROW } from './rows/route-row.js';
import { RowAtHand } from './rows/row-at-hand.js';
import { SCHEDULE_ROW } from './rows/schedule-row.js';
import type { Point, Reservation, StoredRow, Ticket, Wait } from './state.js';
import { Table, type Watcher } from './table.js';
import { Tickets } from './tickets.js';
import { Waits } from './waits.js';

export class Memory {
  readonly journal = new Journal();
  readonly keys = new RequestKeys(this.journal);
  /** Points and routes of each company that has any. */
  readonly #possessions = new Map<string, number>();
  readonly audit = new Table(AUDIT_ROW, this.journal);
  readonly sites = new Sites();
  readonly pointCounts = new PointCounts();

  readonly companies = new Table(COMPANY_ROW, this.journal, this.#telling(companyHappenings));
  readonly policies = new Table(
    POLICY_ROW,
    this.journal,
    this.#telling(policyHappenings, (before, after) => this.terms.forget((after ?? before)!.company)),
  );
  readonly terms = new CurrentTerms((company) => policyOf(this, company));
  readonly routes = new Table(
    ROUTE_ROW,
    this.journal,
    this.#telling(routeHappenings, (before, after) => {
      if (before !== undefined) this.#possess(before.company, -1);
      if (after !== undefined) this.#possess(after.company, 1);
    }),
  );
  readonly schedules = new Table(SCHEDULE_ROW, this.journal, (before, after, loading) => {
    const schedule = (after ?? before)!;
    if (loading) return;
    // A point's schedule goes before the point does.
    const { company } = this.points.get(schedule.pointId)!;
    this.#events.push(scheduleHappenings(company, schedule, after));
  });
  readonly points = new Table(
    POINT_ROW,
    this.journal,
    this.#telling(pointHappenings, (before, after, loading) => {
      this.pointCounts.follow(before?.status, after?.status);
      if (before !== undefined) {
        this.sites.remove(before);
        this.#possess(before.company, -1);
      }
      if (after === undefined) return;
      this.sites.add(after);
      this.#possess(after.company, 1);
      this.deadlines.follow('p:', after.id, checkMs(before), checkMs(after), loading);
    }),
  );
  readonly freed = new Table(FREED_ROW, this.journal, (before, after, loading) => {
    if (after === undefined || after.sinceMs === before?.sinceMs) return;
    this.deadlines.follow('f:', after.pointId, before?.sinceMs, after.sinceMs, loading);
    this.freedInOrder.add(after.pointId, after.sinceMs);
  });
  /** The points with freed windows, in the order in which the waiting list is asked. */
  readonly freedInOrder = new Deadlines((id, dueMs) => this.freed.get(id)?.sinceMs === dueMs);
  readonly notices = new Notices(
    this.journal,
    this.#telling(noticeHappenings, (before, after, loading) => {
      const id = noticeId((after ?? before)!);
      this.deadlines.follow('n:', id, before?.diesAtMs, after?.diesAtMs, loading);
    }),
  );
  readonly waits = new Waits(
    this.journal,
    this.#telling(waitHappenings, (before, after, loading) => {
      const { id } = (after ?? before)!;
      this.deadlines.follow('w:', id, waitEndMs(before), waitEndMs(after), loading);
    }),
  );
  readonly tickets = new Tickets(
    this.journal,
    this.#telling(ticketHappenings, (before, after, loading) => {
      const { holder } = (after ?? before)!;
      this.deadlines.follow('t:', holder, before?.untilMs, after?.untilMs, loading);
      if (before !== undefined && !loading) this.#ticketEnded(before);
    }),
  );
  readonly reservations = new Reservations(
    this.journal,
    this.#telling(reservationHappenings, (before, after, loading) => {
      const { id } = (after ?? before)!;
      this.deadlines.follow('v:', id, before && deadlineMs(before), after && deadlineMs(after), loading);
      if (after !== undefined && !loading) this.#reservationChanged(before, after);
    }),
  );
  readonly calendar: Calendar = this.reservations.calendar;

  /** What time does next, by the keys of rows: `expire` deals with it in the order (due, key). */
  readonly deadlines = new Agenda({
    'f:': (id) => this.freed.get(id)?.sinceMs,
    'n:': (id) => this.notices.table.get(id)?.diesAtMs,
    'p:': (id) => checkMs(this.points.get(id)),
    't:': (id) => this.tickets.table.get(id)?.untilMs,
    'v:': (id) => {
      const reservation = this.reservation(id);
      return reservation && deadlineMs(reservation);
    },
    'w:': (id) => waitEndMs(this.waits.table.get(id)),
  });

  /** By prefix. */
  readonly #tables: ReadonlyMap<string, AnyTable> = byPrefix([
    this.audit,
    this.companies,
    this.freed,
    this.schedules,
    this.keys,
    this.notices.table,
    this.points,
    this.routes,
    this.tickets.table,
    this.reservations.table,
    this.waits.table,
    this.policies,
  ]);

  /** Ledger time of the entry at hand. */
  nowMs = 0;
  /** The ledger version that the mesh runs. */
  ledgerVersion: number;

  #events: LedgerEvent[] = [];
  #atHand: RowAtHand | null = null;

  constructor(ledgerVersion: number) {
    this.ledgerVersion = ledgerVersion;
  }

  reservation(id: string): Reservation | undefined {
    return this.reservations.table.get(id);
  }

  /** Writes a new reservation or a changed one. Throws when one of its windows is not free. */
  putReservation(next: Reservation): void {
    this.reservations.table.put(next);
  }

  /** Whether the company has points or routes. O(1). */
  hasPossessions(company: string): boolean {
    return this.#possessions.has(company);
  }

  /** Deletes a point that nothing is booked at, with all that is about it alone. */
  removePoint(pointId: string): void {
    if (this.calendar.hasBookings(pointId)) throw new Error(`assertion: point ${pointId} has bookings`);
    if (this.freed.has(pointId)) this.freed.delete(pointId);
    if (this.schedules.has(pointId)) this.schedules.delete(pointId);
    this.points.delete(pointId);
  }

  /** Somebody may wait for this window, which is free from now on. O(1). */
  markFreed(pointId: string, startMs: number, endMs: number): void {
    const point = this.points.get(pointId);
    if (point === undefined || point.leaving || endMs <= this.nowMs || !this.waits.isWantedAt(point)) return;
    const before = this.freed.get(pointId);
    this.freed.put({
      pointId,
      startMs: Math.min(startMs, before?.startMs ?? startMs),
      endMs: Math.max(endMs, before?.endMs ?? endMs),
      sinceMs: before?.sinceMs ?? this.nowMs,
    });
  }

  /** What happened since the last call, in order. */
  takeEvents(): readonly LedgerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Takes a row from the store. Throws when its key or text is none of ours, or contradicts the others. */
  load(row: StoredRow): void {
    const table = this.#tables.get(row.key.slice(0, 2));
    if (table === undefined) throw new Error('a row of no known table');
    this.#atHand ??= new RowAtHand();
    this.#atHand.take(row);
    table.load(this.#atHand);
  }

  /** From now on all rows of a state are taken, and nobody asks for anything before `loaded`. */
  loadAtOnce(): void {
    this.reservations.loadAtOnce();
  }

  /** All rows were taken: what was kept for the sake of that goes. Throws when they contradict each other. */
  loaded(): void {
    this.#atHand = null;
    this.reservations.loaded();
  }

  /** Every row as it is now, sorted by key. Later changes do not show. */
  rows(): Iterable<{ readonly key: string; readonly row: string }> {
    const prefixes = [...this.#tables.keys()].sort();
    return chain(prefixes.map((prefix) => this.#tables.get(prefix)!.texts()));
  }

  #telling<T>(
    happenings: (before: T | undefined, after: T | undefined) => readonly LedgerEvent[],
    follow: Watcher<T> = () => {},
  ): Watcher<T> {
    return (before, after, loading) => {
      if (!loading) this.#events.push(...happenings(before, after));
      follow(before, after, loading);
    };
  }

  #reservationChanged(before: Reservation | undefined, after: Reservation): void {
    before?.stops.forEach((stop, number) => {
      if (!isOpen(stop)) return;
      const now = after.stops[number]!;
      const stays = isOpen(now) && now.pointId === stop.pointId && now.startMs === stop.startMs;
      if (!stays || now.endMs < stop.endMs) this.markFreed(stop.pointId, stop.startMs, freeAgainMs(stop));
      this.#letLeave(stop.pointId);
    });
    if (after.end === null) return;
    const ticket = this.tickets.table.get(after.holder);
    if (ticket?.reservationId === after.id) this.tickets.table.delete(after.holder);
  }

  /** A leaving point goes with its last stop. */
  #letLeave(pointId: string): void {
    const isLeaving = this.points.get(pointId)?.leaving ?? false;
    if (isLeaving && !this.calendar.hasBookings(pointId)) this.removePoint(pointId);
  }

  #possess(company: string, by: 1 | -1): void {
    const count = (this.#possessions.get(company) ?? 0) + by;
    if (count === 0) this.#possessions.delete(company);
    else this.#possessions.set(company, count);
  }

  /** Who was passed over because of it may have its turn now. */
  #ticketEnded(ticket: Ticket): void {
    for (const { pointId, startMs, endMs } of ticket.stops) this.markFreed(pointId, startMs, endMs);
  }
}

/** When time looks at the point; undefined for never. */
function checkMs(point: Point | undefined): number | undefined {
  return point === undefined || point.checkAtMs === 0 ? undefined : point.checkAtMs;
}

/** When time ends the wish; undefined for never: while its offer is open it waits for what becomes of that. */
function waitEndMs(wait: Wait | undefined): number | undefined {
  return wait?.offer === '' ? wait.endsAtMs : undefined;
}

/** What all tables have, whatever their rows. */
interface AnyTable {
  readonly prefix: string;
  load(row: RowAtHand): unknown;
  texts(): Iterable<{ readonly key: string; readonly row: string }>;
}

function byPrefix(tables: readonly AnyTable[]): ReadonlyMap<string, AnyTable> {
  return new Map(tables.map((table) => [table.prefix, table]));
}

function* chain<T>(parts: readonly Iterable<T>[]): Iterable<T> {
  for (const part of parts) yield* part;
}
