/**
 * What version 1 of the ledger keeps of points and reservations: the fields that it writes, and no more. What a later
 * version says beyond them has one value as long as the mesh runs version 1; views show it.
 */
import type { Point, Reservation, Stop } from '../../../src/ledger/state.js';

export type FirstPoint = Omit<Point, keyof typeof LATER_OF_POINT>;

export type FirstStop = Omit<Stop, keyof typeof LATER_OF_STOP>;

export interface FirstReservation extends Omit<Reservation, 'stops' | keyof typeof LATER_OF_RESERVATION> {
  readonly stops: readonly FirstStop[];
}

const LATER_OF_POINT = {
  statusUntilMs: 0,
  checkAtMs: 0,
  checkFromMs: 0,
  checkToMs: 0,
  leaving: false,
} as const;

const LATER_OF_STOP = {
  terms: null,
  startedAtMs: 0,
  endedAtMs: 0,
  overstaying: false,
  reason: '',
  owedCentavos: 0,
} as const;

const LATER_OF_RESERVATION = {
  changedIndex: 0,
  afterNoShow: 'keep',
  holdWarned: false,
  waitId: '',
} as const;

/** The point as a view shows it. */
export function shownPoint(point: FirstPoint): Point {
  return { ...point, ...LATER_OF_POINT };
}

/** The reservation as a view shows it. */
export function shownReservation(reservation: FirstReservation): Reservation {
  const stops = reservation.stops.map((stop): Stop => ({ ...stop, ...LATER_OF_STOP }));
  return { ...reservation, stops, ...LATER_OF_RESERVATION };
}
