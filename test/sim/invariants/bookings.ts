/**
 * Who has booked what, worked out from answers and entries alone, without the ledger's own calendar.
 *
 * 1. No two open bookings of a point overlap.
 * 2. Who is turned away because a point is taken is turned away by a booking.
 * 3. Time ends exactly what is due; a release ends exactly what it says.
 */
import type { LedgerEntry, WantedStop } from '../../../src/ledger/command.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Answer, BookedStop } from '../../../src/ledger/result.js';
import type { Coverage } from '../coverage.js';
import { demand } from './violation.js';

interface Reservation {
  readonly id: string;
  readonly holder: string;
  readonly documented: boolean;
  /** When it expires unless its windows end it; null when it is confirmed. */
  readonly holdUntilMs: number | null;
  /** Its open stops. */
  stops: BookedStop[];
}

export class Bookings {
  private readonly open = new Map<string, Reservation>();
  private readonly byPoint = new Map<string, Set<Reservation>>();

  constructor(private readonly coverage: Coverage) {}

  /** A command took effect with this answer. */
  decided({ index, command }: LedgerEntry, { atMs, result }: Answer): void {
    const { operation, holder, door } = command;
    if (operation.kind === 'reserve') {
      if (result.kind === 'reserved') {
        const { holdMs, stops } = operation;
        demand(
          stops.length === result.stops.length &&
            stops.every((stop, i) => isWanted(stop, result.stops[i]!, atMs)),
          'all stops or none',
          () => `entry ${index} wants ${JSON.stringify(stops)}, gets ${JSON.stringify(result.stops)}`,
        );
        this.book({
          id: result.reservationId,
          holder,
          documented: door === 'legacy-rest' || door === 'legacy-mqtt',
          holdUntilMs: holdMs === 0 ? null : atMs + holdMs,
          stops: [...result.stops],
        });
      } else if (result.kind === 'refused') {
        this.coverage.count('reservation refused');
        for (const { stop, reason } of result.conflicts) {
          if (reason === 'POINT_TAKEN') this.isTaken(index, operation.stops[stop]!, atMs);
        }
      }
    } else if (operation.kind === 'release' && result.kind === 'released') {
      for (const pointId of result.pointIds) this.release(index, holder, pointId, atMs);
    } else if (operation.kind === 'expire' && result.kind === 'expired') {
      this.expire(index, atMs, result.ended);
    }
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
        const stops = reservation.stops.filter(({ state }) => state === 'PLANNED' || state === 'ACTIVE');
        demand(
          wanted !== undefined &&
            wanted.holder === holder &&
            wanted.stops.length === stops.length &&
            wanted.stops.every((stop, i) => isSameStop(stop, stops[i]!)),
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

  private book(reservation: Reservation): void {
    for (const stop of reservation.stops) {
      const other = this.overlapping(stop.pointId, stop.startMs, stop.endMs);
      demand(
        other === undefined,
        'no two bookings overlap',
        () => `${reservation.id} and ${other?.id} on ${stop.pointId} from ${stop.startMs}`,
      );
    }
    this.open.set(reservation.id, reservation);
    for (const { pointId } of reservation.stops) {
      const set = this.byPoint.get(pointId);
      if (set === undefined) this.byPoint.set(pointId, new Set([reservation]));
      else set.add(reservation);
    }
  }

  private isTaken(index: number, { pointId, startMs, durationMs }: WantedStop, atMs: number): void {
    const fromMs = startMs === 'now' ? atMs : startMs;
    demand(
      this.overlapping(pointId, fromMs, fromMs + durationMs) !== undefined,
      'taken means booked',
      () => `entry ${index}: nobody has ${pointId} from ${fromMs} for ${durationMs} ms`,
    );
  }

  private release(index: number, holder: string, pointId: string, atMs: number): void {
    const held = this.overlapping(pointId, atMs, atMs + 1);
    demand(
      held !== undefined && held.holder === holder && held.documented,
      'only the holder releases',
      () => `entry ${index}: ${holder} releases ${pointId}, held by ${held?.holder}`,
    );
    this.coverage.count('stop released');
    held.stops = held.stops.filter((stop) => !(stop.pointId === pointId && contains(stop, atMs)));
    this.tidy(held, pointId);
  }

  private expire(index: number, atMs: number, ended: number): void {
    const due = [...this.open.values()].filter((reservation) => deadlineOf(reservation) <= atMs);
    demand(due.length === ended, 'time ends what is due', () => `entry ${index}: ${ended} of ${due.length}`);
    for (const reservation of due) {
      const points = reservation.stops.map(({ pointId }) => pointId);
      reservation.stops = [];
      for (const pointId of points) this.tidy(reservation, pointId);
    }
    this.coverage.count('reservation expired', ended);
  }

  private tidy(reservation: Reservation, pointId: string): void {
    if (!reservation.stops.some((stop) => stop.pointId === pointId)) {
      this.byPoint.get(pointId)!.delete(reservation);
    }
    if (reservation.stops.length === 0) this.open.delete(reservation.id);
  }

  private overlapping(pointId: string, fromMs: number, toMs: number): Reservation | undefined {
    for (const reservation of this.byPoint.get(pointId) ?? []) {
      for (const stop of reservation.stops) {
        if (stop.pointId === pointId && stop.startMs < toMs && fromMs < stop.endMs) return reservation;
      }
    }
    return undefined;
  }
}

function isSameStop(one: BookedStop, other: BookedStop): boolean {
  return one.pointId === other.pointId && one.startMs === other.startMs && one.endMs === other.endMs;
}

function contains({ startMs, endMs }: BookedStop, atMs: number): boolean {
  return startMs <= atMs && atMs < endMs;
}

function isWanted(wanted: WantedStop, booked: BookedStop, atMs: number): boolean {
  const startMs = wanted.startMs === 'now' ? atMs : wanted.startMs;
  return (
    booked.pointId === wanted.pointId &&
    booked.startMs === startMs &&
    booked.endMs === startMs + wanted.durationMs
  );
}

function deadlineOf({ holdUntilMs, stops }: Reservation): number {
  return holdUntilMs ?? Math.max(...stops.map(({ endMs }) => endMs));
}
