/** The states of reservations and stops. docs/reservations.md says how each is reached and left. */

export const RESERVATION_STATES = ['HELD', 'CONFIRMED', 'FULFILLED', 'EXPIRED', 'CANCELED'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export const STOP_STATES = [
  'PLANNED',
  'ACTIVE',
  'FULFILLED',
  'NO_SHOW',
  'DISPLACED',
  'RELEASED',
  'EXPIRED',
] as const;
export type StopState = (typeof STOP_STATES)[number];
