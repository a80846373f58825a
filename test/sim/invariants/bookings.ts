/**
 * Who has booked what: each change of a reservation as the first ledger that came so far shows it, and a calendar of our own.
 *
 * 1. No two open stops of a point overlap, the buffers after them included.
 * 2. All stops or none. Who is turned away because a point is taken is turned away by a booking.
 * 3. Time ends what is due: behind an `expire` that could do all, nothing is open whose deadline is over.
 */
import type { LedgerEntry, WantedStop } from '../../../src/ledger/command.js';
import type { LedgerEvent } from '../../../src/ledger/event.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Answer, BookedStop } from '../../../src/ledger/result.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import { dueMs, heldWindow, isOpenStop, overlap } from '../../checker/model/stops.js';
import { isSame } from './same.js';
import { demand } from './violation.js';

/** What one `expire` deals with at most, so that some may be left; in stops it is never so many here. */
const ENDS_PER_EXPIRE_MAX = 1_000;

export class Bookings {
  private readonly open = new Map<string, Reservation>();
  private readonly byPoint = new Map<string, Set<string>>();

  /** A command took effect with this answer; `ledger` has applied it and nothing after it. */
  decided(
    { index, command: { operation } }: LedgerEntry,
    { atMs, result }: Answer,
    events: readonly LedgerEvent[],
    ledger: Ledger,
  ): void {
    if (operation.kind === 'reserve' && result.kind === 'refused') {
      for (const { stop, reason } of result.conflicts) {
        const wanted = operation.stops[stop];
        if (reason === 'POINT_TAKEN') this.isTaken(index, wanted!, atMs, ledger);
      }
    }
    if (result.kind === 'refused') return;
    const changed = new Set(
      events.flatMap((event) => ('reservationId' in event ? [event.reservationId] : [])),
    );
    if (result.kind === 'updated') changed.add(result.reservationId);
    this.follow(changed, ledger);
    const wanted = operation.kind === 'reserve' ? operation.stops : null;
    if (wanted !== null && result.kind === 'reserved') {
      demand(
        wanted.length === result.stops.length &&
          wanted.every((stop, i) => isWanted(stop, result.stops[i]!, atMs)) &&
          this.open.has(result.reservationId),
        'all stops or none',
        () => `entry ${index} wants ${JSON.stringify(wanted)}, gets ${JSON.stringify(result.stops)}`,
      );
    }
    if (result.kind === 'expired' && result.ended < ENDS_PER_EXPIRE_MAX)
      this.nothingIsDue(index, atMs, ledger);
  }

  /** Compares with a ledger that has applied all that was decided. */
  sweep(name: string, ledger: Ledger): void {
    const holders = new Set<string>();
    for (const { holder } of this.open.values()) holders.add(holder);
    let found = 0;
    for (const holder of holders) {
      for (const reservation of ledger.query({ kind: 'open-reservations', holder }, 0)) {
        found += 1;
        const wanted = this.open.get(reservation.id);
        demand(
          isSame(wanted, reservation),
          'the ledger holds what it granted',
          () => `${name} holds ${JSON.stringify(reservation)}; granted: ${JSON.stringify(wanted)}`,
        );
      }
    }
    const { openReservations } = ledger.query({ kind: 'totals' }, 0);
    demand(
      openReservations === this.open.size && found === this.open.size,
      'the ledger holds what it granted',
      () => `${name} holds ${openReservations}, tells of ${found}; granted: ${this.open.size}`,
    );
  }

  private follow(ids: ReadonlySet<string>, ledger: Ledger): void {
    const after = new Map<string, Reservation>();
    for (const reservationId of ids) {
      const before = this.open.get(reservationId);
      for (const { pointId } of before?.stops ?? []) this.byPoint.get(pointId)?.delete(reservationId);
      this.open.delete(reservationId);
      const now = ledger.query({ kind: 'reservation', reservationId }, 0);
      if (now !== null && now.end === null) after.set(reservationId, now);
    }
    // What one of them gave up, another may have.
    for (const [id, reservation] of after) {
      for (const stop of reservation.stops) if (isOpenStop(stop.state)) this.book(id, stop);
      this.open.set(id, reservation);
    }
  }

  private book(id: string, stop: Stop): void {
    const other = this.overlapping(stop.pointId, heldWindow(stop));
    demand(
      other === undefined,
      'no two bookings overlap',
      () => `${id} and ${other} on ${stop.pointId} from ${stop.startMs}`,
    );
    const ids = this.byPoint.get(stop.pointId);
    if (ids === undefined) this.byPoint.set(stop.pointId, new Set([id]));
    else ids.add(id);
  }

  private isTaken(
    index: number,
    { pointId, startMs, durationMs }: WantedStop,
    atMs: number,
    ledger: Ledger,
  ): void {
    const point = ledger.query({ kind: 'point', pointId, windowMs: 1 }, atMs);
    const company = point?.point.company ?? '';
    const bufferMs =
      ledger.ledgerVersion === 1
        ? 0
        : (ledger.query({ kind: 'policy', company }, atMs)?.policy.bufferMs ?? 0);
    const fromMs = startMs === 'now' ? atMs : startMs;
    demand(
      this.overlapping(pointId, { startMs: fromMs, endMs: fromMs + durationMs + bufferMs }) !== undefined,
      'taken means booked',
      () => `entry ${index}: nobody has ${pointId} from ${fromMs} for ${durationMs} ms`,
    );
  }

  private nothingIsDue(index: number, atMs: number, ledger: Ledger): void {
    // A displaced stop whose window ends stays DISPLACED: no event tells that nothing will replace it any more.
    const due = [...this.open.values()].filter((reservation) => dueMs(reservation) <= atMs);
    this.follow(new Set(due.map(({ id }) => id)), ledger);
    for (const reservation of this.open.values()) {
      demand(
        dueMs(reservation) > atMs,
        'time ends what is due',
        () => `behind entry ${index}, at ${atMs}, ${JSON.stringify(reservation)} is open`,
      );
    }
  }

  private overlapping(
    pointId: string,
    window: { readonly startMs: number; readonly endMs: number },
  ): string | undefined {
    for (const id of this.byPoint.get(pointId) ?? []) {
      for (const stop of this.open.get(id)?.stops ?? []) {
        const isHere = stop.pointId === pointId && isOpenStop(stop.state);
        if (isHere && overlap(heldWindow(stop), window)) return id;
      }
    }
    return undefined;
  }
}

function isWanted(wanted: WantedStop, booked: BookedStop, atMs: number): boolean {
  const startMs = wanted.startMs === 'now' ? atMs : wanted.startMs;
  return (
    (wanted.site !== undefined || booked.pointId === wanted.pointId) &&
    booked.startMs === startMs &&
    booked.endMs === startMs + wanted.durationMs
  );
}
