/**
 * How the ledger writes what it keeps: a thing that says no more than version 1 could is written as version 1 did, so
 * that its row has the text, and the digest, that it had before.
 */
import type { Point, Reservation, Stop } from '../../../src/ledger/state.js';

/** A row as an object, with the version of its text. */
export type Written = { readonly v: number } & Readonly<Record<string, unknown>>;

export type FirstStop = Omit<Stop, keyof typeof LATER_OF_STOP>;

/** A reservation as version 1 wrote it. */
export interface FirstReservation extends Omit<Reservation, 'stops' | keyof typeof LATER_OF_RESERVATION> {
  readonly stops: readonly FirstStop[];
}

export const LATER_OF_POINT = {
  statusUntilMs: 0,
  checkAtMs: 0,
  checkFromMs: 0,
  checkToMs: 0,
  leaving: false,
} as const;

export const LATER_OF_STOP = {
  terms: null,
  startedAtMs: 0,
  endedAtMs: 0,
  overstaying: false,
  reason: '',
  owedCentavos: 0,
} as const;

export const LATER_OF_RESERVATION = {
  changedIndex: 0,
  afterNoShow: 'keep',
  holdWarned: false,
  waitId: '',
} as const;

const STOP_FIELDS = [
  ...(['pointId', 'startMs', 'endMs', 'state', 'terms'] as const),
  ...(['startedAtMs', 'endedAtMs', 'overstaying', 'reason', 'owedCentavos'] as const),
];

const TERMS_FIELDS = [
  ...(['company', 'earlyMs', 'lateMs', 'bufferMs', 'cancelBeforeMs'] as const),
  ...(['reservationFeeCentavos', 'lateCancelFeeCentavos', 'noShowFeeCentavos'] as const),
];

export function writtenPoint(point: Point): Written {
  const isFirst = Object.entries(LATER_OF_POINT).every(
    ([name, value]) => point[name as keyof Point] === value,
  );
  return isFirst ? { v: 1, ...without(point, LATER_OF_POINT) } : { v: 2, ...point };
}

export function writtenReservation(reservation: Reservation): Written {
  if (reservation.changedIndex > 0) return { v: 2, ...reservation, stops: reservation.stops.map(listed) };
  const stops = reservation.stops.map((stop) => without(stop, LATER_OF_STOP));
  return { v: 1, ...without(reservation, LATER_OF_RESERVATION), stops };
}

/** The point that a row of either version speaks of. */
export function readPoint(row: object): Point {
  return { ...LATER_OF_POINT, ...(row as Point) };
}

/** The reservation that a row of either version speaks of. */
export function readReservation(row: object): Reservation {
  const { stops, ...rest } = row as Omit<Reservation, 'stops'> & { readonly stops: readonly object[] };
  return { ...LATER_OF_RESERVATION, ...rest, stops: stops.map(readStop) };
}

function readStop(stop: object): Stop {
  if (!Array.isArray(stop)) return { ...LATER_OF_STOP, ...(stop as FirstStop) };
  const fields = Object.fromEntries(STOP_FIELDS.map((name, place) => [name, stop[place]]));
  const { terms } = fields;
  const told = terms && Object.fromEntries(TERMS_FIELDS.map((name, place) => [name, terms[place]]));
  return { ...fields, terms: told } as Stop;
}

/** Version 2 leaves out the names of a stop's fields. */
function listed(stop: Stop): readonly unknown[] {
  const { terms } = stop;
  const told = terms && TERMS_FIELDS.map((name) => terms[name]);
  return STOP_FIELDS.map((name) => (name === 'terms' ? told : stop[name]));
}

function without(value: object, fields: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !(name in fields)));
}
