/** `v:<reservation id>`: a reservation with its stops. In version 2 once an entry of version 2 made or changed it. */
import type { End, Reservation, Stop } from '../state.js';
import { RESERVATION_STATES, STOP_STATES } from '../states.js';
import { fieldsOf, flagOf, integerOf, listOf, oneOf, textOf, tupleOf } from './checks.js';
import { ROW_VERSION, ROW_VERSION_2, type RowFormat } from './format.js';
import { readTerms, termsText } from './stop-terms.js';
import { listText, quoted } from './text.js';

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
  // Each reservation is written a few times: put together by hand, that takes a quarter of what JSON.stringify takes.
  write: (reservation) => {
    const { id, holder, state, documented, stops, madeAtMs, madeIndex, holdUntilMs, end } = reservation;
    const { changedIndex, afterNoShow, holdWarned, waitId } = reservation;
    const first = changedIndex === 0;
    const later = first
      ? ''
      : `,"changedIndex":${changedIndex},"afterNoShow":"${afterNoShow}","holdWarned":${holdWarned},"waitId":${quoted(waitId)}`;
    return (
      `{"v":${first ? ROW_VERSION : ROW_VERSION_2},"id":${quoted(id)},"holder":${quoted(holder)},"state":"${state}"` +
      `,"documented":${documented},"stops":${listText(stops, first ? firstStopText : laterStopText)}` +
      `,"madeAtMs":${madeAtMs},"madeIndex":${madeIndex},"holdUntilMs":${holdUntilMs},"end":${endText(end)}${later}}`
    );
  },
  read: (fields) => {
    const first = fields.v === ROW_VERSION;
    return {
      id: textOf(fields.id),
      holder: textOf(fields.holder),
      state: oneOf(fields.state, RESERVATION_STATES),
      documented: flagOf(fields.documented),
      stops: listOf(fields.stops, first ? readFirstStop : readLaterStop),
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

function firstStopText({ pointId, startMs, endMs, state }: Stop): string {
  return `{"pointId":${quoted(pointId)},"startMs":${startMs},"endMs":${endMs},"state":"${state}"}`;
}

/** A list, in the order in which `Stop` has its fields: their names would be most of a row. */
function laterStopText(stop: Stop): string {
  const { pointId, startMs, endMs, state, terms, startedAtMs, endedAtMs, overstaying, reason } = stop;
  return (
    `[${quoted(pointId)},${startMs},${endMs},"${state}",${terms === null ? 'null' : termsText(terms)}` +
    `,${startedAtMs},${endedAtMs},${overstaying},${quoted(reason)},${stop.owedCentavos}]`
  );
}

function endText(end: End | null): string {
  return end === null ? 'null' : `{"who":"${end.who}","reason":${quoted(end.reason)},"atMs":${end.atMs}}`;
}

function readFirstStop(value: unknown): Stop {
  const { pointId, startMs, endMs, state } = fieldsOf(value);
  return {
    pointId: textOf(pointId),
    startMs: integerOf(startMs),
    endMs: integerOf(endMs),
    state: oneOf(state, STOP_STATES),
    ...FIRST_STOP_FIELDS,
  };
}

function readLaterStop(value: unknown): Stop {
  const [pointId, startMs, endMs, state, terms, startedAtMs, endedAtMs, overstaying, reason, owedCentavos] =
    tupleOf(value, 10);
  return {
    pointId: textOf(pointId),
    startMs: integerOf(startMs),
    endMs: integerOf(endMs),
    state: oneOf(state, STOP_STATES),
    terms: terms === null ? null : readTerms(terms),
    startedAtMs: integerOf(startedAtMs),
    endedAtMs: integerOf(endedAtMs),
    overstaying: flagOf(overstaying),
    reason: textOf(reason),
    owedCentavos: integerOf(owedCentavos),
  };
}

function readEnd(value: unknown): End {
  const { who, reason, atMs } = fieldsOf(value);
  return { who: oneOf(who, ENDERS), reason: textOf(reason), atMs: integerOf(atMs) };
}
