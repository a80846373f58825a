/** `v:<reservation id>`: a reservation with its stops. In version 2 once an entry of version 2 made or changed it. */
import type { End, Reservation, Stop } from '../state.js';
import { RESERVATION_STATES, STOP_STATES } from '../states.js';
import { type Fields, fieldsOf, flagOf, integerOf, listOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, ROW_VERSION_2, type RowFormat } from './format.js';
import { readTerms, writableTerms } from './stop-terms.js';

/** Who can have ended a reservation. */
export const ENDERS: readonly End['who'][] = ['holder', 'time', 'operator', 'company'];

/** What a stop says beyond the first version, when it was made by it. */
export const FIRST_STOP_FIELDS = {
  terms: null,
  startedAtMs: 0,
  endedAtMs: 0,
  overstaying: false,
  reason: '',
  owedCentavos: 0,
} as const;

/** What a reservation says beyond the first version, when it was made by it. */
export const FIRST_RESERVATION_FIELDS = {
  changedIndex: 0,
  afterNoShow: 'keep',
  holdWarned: false,
  waitId: '',
} as const;

export const RESERVATION_ROW: RowFormat<Reservation> = {
  prefix: 'v:',
  id: (reservation) => reservation.id,
  write: (reservation) => {
    const first = reservation.changedIndex === 0;
    return JSON.stringify({
      v: first ? ROW_VERSION : ROW_VERSION_2,
      id: reservation.id,
      holder: reservation.holder,
      state: reservation.state,
      documented: reservation.documented,
      stops: reservation.stops.map(first ? firstStop : laterStop),
      madeAtMs: reservation.madeAtMs,
      madeIndex: reservation.madeIndex,
      holdUntilMs: reservation.holdUntilMs,
      end: reservation.end && {
        who: reservation.end.who,
        reason: reservation.end.reason,
        atMs: reservation.end.atMs,
      },
      ...(first
        ? {}
        : {
            changedIndex: reservation.changedIndex,
            afterNoShow: reservation.afterNoShow,
            holdWarned: reservation.holdWarned,
            waitId: reservation.waitId,
          }),
    });
  },
  read: (fields) => {
    const first = fields.v === ROW_VERSION;
    return {
      id: textOf(fields.id),
      holder: textOf(fields.holder),
      state: oneOf(fields.state, RESERVATION_STATES),
      documented: flagOf(fields.documented),
      stops: listOf(fields.stops, (stop) => readStop(fieldsOf(stop), first)),
      madeAtMs: integerOf(fields.madeAtMs),
      madeIndex: integerOf(fields.madeIndex),
      holdUntilMs: integerOf(fields.holdUntilMs),
      end: fields.end === null ? null : readEnd(fields.end),
      ...(first
        ? FIRST_RESERVATION_FIELDS
        : {
            changedIndex: integerOf(fields.changedIndex),
            afterNoShow: oneOf(fields.afterNoShow, ['keep', 'free']),
            holdWarned: flagOf(fields.holdWarned),
            waitId: textOf(fields.waitId),
          }),
    };
  },
};

function firstStop({ pointId, startMs, endMs, state }: Stop): object {
  return { pointId, startMs, endMs, state };
}

function laterStop(stop: Stop): object {
  return {
    ...firstStop(stop),
    terms: stop.terms && writableTerms(stop.terms),
    startedAtMs: stop.startedAtMs,
    endedAtMs: stop.endedAtMs,
    overstaying: stop.overstaying,
    reason: stop.reason,
    owedCentavos: stop.owedCentavos,
  };
}

function readStop(fields: Fields, first: boolean): Stop {
  return {
    pointId: textOf(fields.pointId),
    startMs: integerOf(fields.startMs),
    endMs: integerOf(fields.endMs),
    state: oneOf(fields.state, STOP_STATES),
    ...(first
      ? FIRST_STOP_FIELDS
      : {
          terms: fields.terms === null ? null : readTerms(fields.terms),
          startedAtMs: integerOf(fields.startedAtMs),
          endedAtMs: integerOf(fields.endedAtMs),
          overstaying: flagOf(fields.overstaying),
          reason: textOf(fields.reason),
          owedCentavos: integerOf(fields.owedCentavos),
        }),
  };
}

function readEnd(value: unknown): End {
  const { who, reason, atMs } = fieldsOf(value);
  return { who: oneOf(who, ENDERS), reason: textOf(reason), atMs: integerOf(atMs) };
}
