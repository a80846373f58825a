/**
 * Reservations as v1 shows them: whole, as the ledger has them now; and as an operation left them, which is what its
 * answer says, so that a repeat of the request key says the same.
 */
import { z } from 'zod';
import type { SeenReservation, SeenStop } from '../../doors/reservation-view.js';
import { timeText } from '../../doors/times.js';
import type { AfterNoShow } from '../../ledger/command.js';
import type { BookedStop, Result } from '../../ledger/result.js';
import type { StopTerms } from '../../ledger/state.js';
import type { ReservationState, StopState } from '../../ledger/states.js';
import { listOf, MOMENT_OR_NULL, MOMENT_OUT, MONEY, momentOrNull, money } from './fields.js';
import { output } from './named.js';

/** How a reservation may stand. */
export const RESERVATION_STATES = [
  'HELD',
  'CONFIRMED',
  'FULFILLED',
  'EXPIRED',
  'CANCELED',
] as const satisfies readonly ReservationState[];

/** How a stop may stand. */
export const STOP_STATES = [
  'PLANNED',
  'ACTIVE',
  'FULFILLED',
  'NO_SHOW',
  'DISPLACED',
  'RELEASED',
  'EXPIRED',
] as const satisfies readonly StopState[];

const ENDED_BY = ['holder', 'time', 'operator', 'company'] as const;

/** What becomes of the later stops when the vehicle does not come to one. */
export const AFTER_NO_SHOW = z.enum(['keep', 'free'] as const satisfies readonly AfterNoShow[]);

const MADE_STOP = {
  number: 0,
  pointId: '1',
  start: '2026-12-01T15:00:00.000Z',
  end: '2026-12-01T15:40:00.000Z',
  state: 'PLANNED',
} as const;

const MADE = { id: 'r81', state: 'CONFIRMED', holdUntil: null, stops: [MADE_STOP] } as const;

const DECIDED_STOP = z.object({
  number: z.int().describe('From 0, for life.'),
  pointId: z.string(),
  start: MOMENT_OUT,
  end: MOMENT_OUT.describe('The first instant that is free again.'),
  state: z.enum(STOP_STATES),
});

const DECIDED = {
  id: z.string(),
  state: z.enum(RESERVATION_STATES),
  holdUntil: MOMENT_OR_NULL.describe('When a hold expires unless it is confirmed.'),
  stops: z.array(DECIDED_STOP),
};

export const DECIDED_RESERVATION = output(
  'DecidedReservation',
  { ...MADE, stops: [MADE_STOP] },
  z.object(DECIDED),
);

export const MADE_RESERVATION = output(
  'MadeReservation',
  { ...MADE, vehicleId: 'my-car', stops: [MADE_STOP] },
  z.object({ ...DECIDED, vehicleId: z.string() }),
);

const TERMS = z.object({
  earlySeconds: z.number(),
  lateSeconds: z.number(),
  bufferSeconds: z.number(),
  cancelBefore: MOMENT_OUT.describe('A later cancellation costs its fee.'),
  reservationFee: MONEY,
  lateCancelFee: MONEY,
  noShowFee: MONEY,
});

const EXAMPLE = {
  ...MADE,
  vehicleId: 'my-car',
  stops: [
    {
      ...MADE_STOP,
      company: 'empresa_a',
      startedAt: null,
      endedAt: null,
      overstaying: false,
      reason: '',
      terms: {
        earlySeconds: 900,
        lateSeconds: 900,
        bufferSeconds: 0,
        cancelBefore: '2026-12-01T14:00:00.000Z',
        reservationFee: money(250),
        lateCancelFee: money(500),
        noShowFee: money(1_000),
      },
      owed: money(0),
    },
  ],
  end: null,
  madeAt: '2026-12-01T11:58:03.120Z',
  changedIndex: 81,
  afterNoShow: 'keep' as const,
  waitId: null,
};

export const RESERVATION = output(
  'Reservation',
  EXAMPLE,
  z.object({
    ...DECIDED,
    vehicleId: z
      .string()
      .nullable()
      .describe('The holder; null for who is neither it nor a company that serves it.'),
    stops: z.array(
      DECIDED_STOP.extend({
        company: z.string().nullable().describe('Whose point it is; null where nobody noted it then.'),
        startedAt: MOMENT_OR_NULL,
        endedAt: MOMENT_OR_NULL,
        overstaying: z.boolean().describe('The vehicle stands there beyond its window.'),
        reason: z.string().describe("Why it was displaced or released; '' where the state says all."),
        terms: TERMS.nullable().describe('What was agreed when it was committed.'),
        owed: MONEY.nullable().describe('Null at points of other companies, for all but the holder.'),
      }),
    ),
    end: z
      .object({ who: z.enum(ENDED_BY), reason: z.string(), at: MOMENT_OUT })
      .nullable()
      .describe('Null while it is open.'),
    madeAt: MOMENT_OUT,
    changedIndex: z.int().describe('Index of the entry that changed it last; 0 under ledger version 1.'),
    afterNoShow: AFTER_NO_SHOW,
    waitId: z.string().nullable().describe('The wish on the waiting list that it answers.'),
  }),
);

export const RESERVATION_LIST = output(
  'ReservationList',
  { items: [EXAMPLE], nextPageToken: null },
  listOf(RESERVATION),
);

/** A reservation as the ledger has it, as far as whoever reads may know it. */
export function reservationOf(reservation: SeenReservation): z.output<typeof RESERVATION> {
  const { id, holder, state, holdUntilMs, stops, end, madeAtMs, changedIndex, afterNoShow, waitId } =
    reservation;
  return {
    id,
    vehicleId: holder === '' ? null : holder,
    state,
    holdUntil: state === 'HELD' ? momentOrNull(holdUntilMs) : null,
    stops: stops.map(stopOf),
    end: end === null ? null : { who: end.who, reason: end.reason, at: timeText(end.atMs) },
    madeAt: timeText(madeAtMs),
    changedIndex,
    afterNoShow,
    waitId: waitId === '' ? null : waitId,
  };
}

/** A reservation as an operation left it. */
export function decidedOf(
  result: Extract<Result, { kind: 'updated' }>,
): z.output<typeof DECIDED_RESERVATION> {
  const { reservationId, state, holdUntilMs, stops } = result;
  return {
    id: reservationId,
    state,
    holdUntil: momentOrNull(holdUntilMs),
    stops: stops.map(({ stop, pointId, startMs, endMs, state: stopState }) => ({
      number: stop,
      pointId,
      start: timeText(startMs),
      end: timeText(endMs),
      state: stopState,
    })),
  };
}

/** How a reservation begins: `atMs` is the ledger time of its entry, `holdMs` 0 where it is confirmed at once. */
export function madeOf(made: {
  readonly reservationId: string;
  readonly vehicleId: string;
  readonly stops: readonly BookedStop[];
  readonly atMs: number;
  readonly holdMs: number;
}): z.output<typeof MADE_RESERVATION> {
  const { reservationId, vehicleId, stops, atMs, holdMs } = made;
  // A hold ends with its first window at the latest.
  const holdUntilMs = Math.min(atMs + holdMs, ...stops.map(({ endMs }) => endMs));
  return {
    id: reservationId,
    vehicleId,
    state: holdMs === 0 ? 'CONFIRMED' : 'HELD',
    holdUntil: holdMs === 0 ? null : timeText(holdUntilMs),
    stops: stops.map(({ pointId, startMs, endMs }, number) => ({
      number,
      pointId,
      start: timeText(startMs),
      end: timeText(endMs),
      state: 'PLANNED',
    })),
  };
}

function stopOf(stop: SeenStop, number: number): z.output<typeof RESERVATION>['stops'][number] {
  const { pointId, startMs, endMs, state, terms, startedAtMs, endedAtMs, overstaying, reason, owedCentavos } =
    stop;
  return {
    number,
    pointId,
    company: terms === null || terms.company === '' ? null : terms.company,
    start: timeText(startMs),
    end: timeText(endMs),
    state,
    startedAt: momentOrNull(startedAtMs),
    endedAt: momentOrNull(endedAtMs),
    overstaying,
    reason,
    terms: terms === null ? null : termsOf(terms, startMs),
    owed: owedCentavos === null ? null : money(owedCentavos),
  };
}

function termsOf(terms: StopTerms, startMs: number): z.output<typeof TERMS> {
  return {
    earlySeconds: terms.earlyMs / 1000,
    lateSeconds: terms.lateMs / 1000,
    bufferSeconds: terms.bufferMs / 1000,
    cancelBefore: timeText(startMs - terms.cancelBeforeMs),
    reservationFee: money(terms.reservationFeeCentavos),
    lateCancelFee: money(terms.lateCancelFeeCentavos),
    noShowFee: money(terms.noShowFeeCentavos),
  };
}
