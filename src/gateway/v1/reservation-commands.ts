/**
 * What a holder does with a reservation it has. Each is one command of the ledger: it takes effect whole, or is refused
 * and nothing changed.
 */
import { z } from 'zod';
import type { OutcomeCode } from '../../doors/outcomes.js';
import type { ChangedStop, Operation } from '../../ledger/command.js';
import {
  REASON_LENGTH_MAX,
  SHIFT_MS_MAX,
  SHIFT_MS_MIN,
  STOPS_EVER_MAX,
  STOPS_MAX,
} from '../../ledger/limits.js';
import { RESERVATION_ID, STOP_NUMBER, textUpTo } from './fields.js';
import { input } from './named.js';
import { DECIDED_RESERVATION, decidedOf } from './reservation-shape.js';
import { TTL_SECONDS } from './reservations.js';
import { type Route, type RouteShape, route } from './route.js';
import { WANTED_STOP, wantedOf } from './wanted-shape.js';

const MINUTE_MS = 60_000;

/** Why something was done, in words for people; never personal data. */
export const REASON = textUpTo(REASON_LENGTH_MAX);

interface CommandShape {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly problems: readonly OutcomeCode[];
}

/** What commands on a reservation have in common. */
export function commandOnReservation(shape: CommandShape) {
  return {
    method: 'POST',
    tag: 'reservations',
    does: 'write',
    conditional: true,
    answers: { 200: { description: 'The reservation as it left it.', schema: DECIDED_RESERVATION } },
    ...shape,
    problems: ['UNKNOWN_RESERVATION', 'ALREADY_ENDED', 'CHANGED_SINCE', ...shape.problems],
  } as const satisfies RouteShape;
}

const BY_ID = z.strictObject({ id: RESERVATION_ID });

const EXTENSION = input('Extension', { ttlSeconds: 600 }, z.strictObject({ ttlSeconds: TTL_SECONDS }));

const CANCELLATION = input(
  'Cancellation',
  { stops: [1], reason: 'the trip is shorter' },
  z.strictObject({
    stops: z
      .array(STOP_NUMBER)
      .min(1)
      .max(STOPS_EVER_MAX)
      .optional()
      .describe('By number; all that have not begun, where it is left out.'),
    as: z.enum(['holder', 'operator']).default('holder').describe('An operator gives a reason.'),
    reason: REASON.default(''),
  }),
);

const NEW_PLAN = input(
  'NewPlan',
  {
    stops: [
      { keep: 0 },
      { pointId: '9', start: '2026-12-01T15:00:00-03:00', end: '2026-12-01T15:30:00-03:00' },
    ],
  },
  z.strictObject({
    stops: z
      .array(z.union([z.strictObject({ keep: STOP_NUMBER }), WANTED_STOP]))
      .min(1)
      .max(STOPS_MAX)
      .describe('What is neither kept nor new is released, once the new stops are had.'),
  }),
);

const DELAY = input(
  'Delay',
  { stop: 0, byMinutes: 15 },
  z.strictObject({
    stop: STOP_NUMBER,
    byMinutes: z
      .int()
      .min(SHIFT_MS_MIN / MINUTE_MS)
      .max(SHIFT_MS_MAX / MINUTE_MS),
  }),
);

const confirm = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/confirm',
      operationId: 'confirmReservation',
      summary: 'Confirms a hold',
      problems: ['ALREADY_CONFIRMED'],
    }),
    params: BY_ID,
  },
  async (call) => {
    const on = { reservationId: call.params.id, ifIndex: call.ifIndex() };
    return decidedOf((await call.write({ kind: 'confirm', ...on }, ['updated'])).result);
  },
);

const extend = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/extend',
      operationId: 'extendHold',
      summary: 'Lets a hold end so long from now',
      description: 'Never earlier than it was to end, and at most 24 hours after it was made.',
      problems: ['ALREADY_CONFIRMED', 'HOLD_TOO_LONG'],
    }),
    params: BY_ID,
    body: EXTENSION,
  },
  async (call) => {
    const on = { reservationId: call.params.id, ifIndex: call.ifIndex() };
    const holdMs = call.body.ttlSeconds * 1_000;
    return decidedOf((await call.write({ kind: 'extend-hold', holdMs, ...on }, ['updated'])).result);
  },
);

const cancel = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/cancel',
      operationId: 'cancelReservation',
      summary: 'Gives stops back, or all that have not begun',
      description: 'It is never too late for it; later than a stop’s `cancelBefore` it costs the fee.',
      problems: ['UNKNOWN_STOP', 'WRONG_STOP_STATE'],
    }),
    params: BY_ID,
    body: CANCELLATION.optional(),
  },
  async (call) => {
    const { stops = [], as = 'holder', reason = '' } = call.body ?? {};
    const on = { reservationId: call.params.id, ifIndex: call.ifIndex() };
    const operation = { kind: 'cancel', stops, as, reason, ...on } as const;
    return decidedOf((await call.write(operation, ['updated'])).result);
  },
);

const replan = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/replan',
      operationId: 'replanReservation',
      summary: 'Changes a trip in one decision',
      description:
        'The old stops stay unless the new ones are had. In conflicts, `stop` is the position here.',
      problems: ['STOPS_UNAVAILABLE', 'TOO_MANY_STOPS', 'WRONG_STOP_STATE', 'UNKNOWN_STOP'],
    }),
    params: BY_ID,
    body: NEW_PLAN,
  },
  async (call) => {
    const stops = call.body.stops.map(
      (stop): ChangedStop => ('keep' in stop ? { keep: stop.keep } : wantedOf(stop)),
    );
    const on = { reservationId: call.params.id, ifIndex: call.ifIndex() };
    return decidedOf((await call.write({ kind: 'change', stops, ...on }, ['updated'])).result);
  },
);

const shift = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/shift',
      operationId: 'shiftReservation',
      summary: 'Moves a stop and all later ones, for a vehicle that is late',
      description: 'All or none; conflicts name each stop, by its number, that something is in the way of.',
      problems: ['NOT_CONFIRMED', 'UNKNOWN_STOP', 'WRONG_STOP_STATE', 'STOPS_UNAVAILABLE'],
    }),
    params: BY_ID,
    body: DELAY,
  },
  async (call) => {
    const { stop, byMinutes } = call.body;
    const on = { reservationId: call.params.id, ifIndex: call.ifIndex() };
    const operation: Operation = { kind: 'shift', stop, byMs: byMinutes * MINUTE_MS, ...on };
    return decidedOf((await call.write(operation, ['updated'])).result);
  },
);

export const RESERVATION_COMMAND_ROUTES: readonly Route[] = [confirm, extend, cancel, replan, shift];
