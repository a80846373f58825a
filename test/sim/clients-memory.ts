/** What a client knows: what it was answered and what it read. It may be wrong by now, as a driver's notes may be. */
import type { Answer, NumberedStop } from '../../src/ledger/result.js';
import type { Notice, Reservation } from '../../src/ledger/state.js';
import type { ReservationState } from '../../src/ledger/states.js';
import type { Chance } from './chance.js';
import { EPOCH_MS } from './node-clock.js';
import type { Wish } from './requests.js';

/** A reservation as the client knows it. */
export interface KnownTrip {
  readonly id: string;
  readonly state: ReservationState;
  readonly stops: readonly NumberedStop[];
  /** Index of the answer or the view that told of it. */
  readonly asOfIndex: number;
}

const TRIPS_MAX = 12;
const WAITS_MAX = 4;

export class ClientMemory {
  /** Ledger time as last heard. */
  ledgerMs = EPOCH_MS;
  /** Points that this client may hold now, by a documented door. */
  held: readonly string[] = [];
  waitIds: readonly string[] = [];
  noticeIds: readonly string[] = [];
  private readonly trips = new Map<string, KnownTrip>();

  constructor(private readonly points: number) {}

  /** Those that have not ended, as far as is known. */
  get open(): readonly KnownTrip[] {
    return [...this.trips.values()];
  }

  /** From one to three points of all that there are. */
  somePoints(chance: Chance): readonly string[] {
    const points = Array.from({ length: this.points }, (_, k) => `P${k}`);
    return chance.some(points, chance.between(1, Math.min(3, points.length)));
  }

  /** A wish was answered. */
  heard({ operation, door }: Wish, { index, atMs, result }: Answer): void {
    this.ledgerMs = Math.max(this.ledgerMs, atMs);
    const planned = (stops: readonly Omit<NumberedStop, 'stop' | 'state'>[]) =>
      stops.map((window, stop): NumberedStop => ({ ...window, stop, state: 'PLANNED' }));
    switch (result.kind) {
      case 'reserved':
      case 'trip-declared': {
        const isHeld = 'holdMs' in operation && operation.holdMs > 0;
        const { reservationId: id, stops } = result;
        if (door === 'legacy-rest') this.held = stops.map(({ pointId }) => pointId);
        this.keep({ id, state: isHeld ? 'HELD' : 'CONFIRMED', stops: planned(stops), asOfIndex: index });
        return;
      }
      case 'updated': {
        const { reservationId: id, state, stops } = result;
        if (state === 'HELD' || state === 'CONFIRMED') this.keep({ id, state, stops, asOfIndex: index });
        else this.trips.delete(id);
        return;
      }
      case 'waiting':
        this.waitIds = [...this.waitIds, result.waitId].slice(-WAITS_MAX);
        return;
      case 'removed':
        this.waitIds = this.waitIds.filter((id) => id !== result.id);
        return;
      case 'released':
        this.held = this.held.filter((id) => !result.pointIds.includes(id));
        return;
      case 'acknowledged':
        this.noticeIds = [];
        return;
      case 'refused':
        if (result.reason === 'ALREADY_ENDED' && 'reservationId' in operation) {
          this.trips.delete(operation.reservationId);
        }
        if (result.reason === 'UNKNOWN_WAIT') this.waitIds = [];
        if (result.reason === 'NOTHING_RELEASED') this.held = [];
        return;
      default:
        return;
    }
  }

  /** The client read which of its reservations are open. */
  saw(reservations: readonly Reservation[], atMs: number): void {
    this.ledgerMs = Math.max(this.ledgerMs, atMs);
    this.trips.clear();
    for (const { id, state, stops, changedIndex } of reservations) {
      const numbered = stops.map(({ pointId, startMs, endMs, state: now }, stop): NumberedStop => {
        return { pointId, startMs, endMs, stop, state: now };
      });
      this.keep({ id, state, stops: numbered, asOfIndex: changedIndex });
    }
  }

  toldNotices(notices: readonly Notice[], atMs: number): void {
    this.ledgerMs = Math.max(this.ledgerMs, atMs);
    this.noticeIds = notices.map(({ index, number }) => `n${index}.${number}`);
  }

  private keep(trip: KnownTrip): void {
    this.trips.delete(trip.id);
    this.trips.set(trip.id, trip);
    if (this.trips.size > TRIPS_MAX) this.trips.delete(this.trips.keys().next().value!);
  }
}
