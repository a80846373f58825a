/** `v:<reservation id>`: a reservation with its stops. */
import type { End, Reservation, ReservationState, Stop, StopState } from '../state.js';
import { fieldsOf, flagOf, integerOf, listOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

const STATES: readonly ReservationState[] = ['HELD', 'CONFIRMED', 'FULFILLED', 'EXPIRED', 'CANCELED'];
const STOP_STATES: readonly StopState[] = [
  'PLANNED',
  'ACTIVE',
  'FULFILLED',
  'NO_SHOW',
  'DISPLACED',
  'RELEASED',
  'EXPIRED',
];
const ENDERS: readonly End['who'][] = ['holder', 'time', 'operator', 'company'];

export const RESERVATION_ROW: RowFormat<Reservation> = {
  prefix: 'v:',
  id: (reservation) => reservation.id,
  write: (reservation) =>
    JSON.stringify({
      v: ROW_VERSION,
      id: reservation.id,
      holder: reservation.holder,
      state: reservation.state,
      documented: reservation.documented,
      stops: reservation.stops.map(({ pointId, startMs, endMs, state }) => ({
        pointId,
        startMs,
        endMs,
        state,
      })),
      madeAtMs: reservation.madeAtMs,
      madeIndex: reservation.madeIndex,
      holdUntilMs: reservation.holdUntilMs,
      end: reservation.end && {
        who: reservation.end.who,
        reason: reservation.end.reason,
        atMs: reservation.end.atMs,
      },
    }),
  read: (fields) => ({
    id: textOf(fields.id),
    holder: textOf(fields.holder),
    state: oneOf(fields.state, STATES),
    documented: flagOf(fields.documented),
    stops: listOf(fields.stops, readStop),
    madeAtMs: integerOf(fields.madeAtMs),
    madeIndex: integerOf(fields.madeIndex),
    holdUntilMs: integerOf(fields.holdUntilMs),
    end: fields.end === null ? null : readEnd(fields.end),
  }),
};

function readStop(value: unknown): Stop {
  const { pointId, startMs, endMs, state } = fieldsOf(value);
  return {
    pointId: textOf(pointId),
    startMs: integerOf(startMs),
    endMs: integerOf(endMs),
    state: oneOf(state, STOP_STATES),
  };
}

function readEnd(value: unknown): End {
  const { who, reason, atMs } = fieldsOf(value);
  return { who: oneOf(who, ENDERS), reason: textOf(reason), atMs: integerOf(atMs) };
}
