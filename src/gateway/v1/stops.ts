/**
 * What happens at a stop: a vehicle begins, ends, or is sent away by the company of the point.
 */
import { z } from 'zod';
import { STOPS_EVER_MAX } from '../../ledger/limits.js';
import { inText, RESERVATION_ID } from './fields.js';
import { input } from './named.js';
import { commandOnReservation, REASON } from './reservation-commands.js';
import { decidedOf } from './reservation-shape.js';
import { type Route, route } from './route.js';

const OF_STOP = z.strictObject({
  id: RESERVATION_ID,
  number: inText(
    z
      .int()
      .min(0)
      .max(STOPS_EVER_MAX - 1),
  ).describe('Of the stop, from 0.'),
});

const REPORTER = input(
  'StopReport',
  { as: 'company' },
  z.strictObject({
    as: z
      .enum(['holder', 'company'])
      .default('holder')
      .describe('Who says it: the holder, or the company of this node for its own point.'),
  }),
);

const DISPLACEMENT = input(
  'Displacement',
  { reason: 'the cable is damaged' },
  z.strictObject({ reason: REASON.min(1) }),
);

const start = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/stops/{number}/start',
      operationId: 'startStop',
      summary: 'The vehicle begins to charge',
      problems: ['UNKNOWN_STOP', 'NOT_CONFIRMED', 'WRONG_STOP_STATE', 'TOO_EARLY', 'POINT_BUSY'],
    }),
    params: OF_STOP,
    body: REPORTER.optional(),
  },
  async (call) => {
    const { id: reservationId, number: stop } = call.params;
    const as = call.body?.as ?? 'holder';
    const operation = { kind: 'start-stop', reservationId, stop, as, ifIndex: call.ifIndex() } as const;
    return decidedOf((await call.write(operation, ['updated'])).result);
  },
);

const finish = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/stops/{number}/finish',
      operationId: 'finishStop',
      summary: 'The vehicle leaves',
      description: 'The rest of the window is free.',
      problems: ['UNKNOWN_STOP', 'WRONG_STOP_STATE'],
    }),
    params: OF_STOP,
    body: REPORTER.optional(),
  },
  async (call) => {
    const { id: reservationId, number: stop } = call.params;
    const as = call.body?.as ?? 'holder';
    const operation = { kind: 'finish-stop', reservationId, stop, as, ifIndex: call.ifIndex() } as const;
    return decidedOf((await call.write(operation, ['updated'])).result);
  },
);

const displace = route(
  {
    ...commandOnReservation({
      path: '/v1/reservations/{id}/stops/{number}/displace',
      operationId: 'displaceStop',
      summary: 'The company of this node takes a stop at its point from its holder',
      description: 'The holder is told, and may substitute it.',
      problems: ['UNKNOWN_STOP', 'WRONG_STOP_STATE'],
    }),
    params: OF_STOP,
    body: DISPLACEMENT,
  },
  async (call) => {
    const { id: reservationId, number: stop } = call.params;
    const { reason } = call.body;
    const operation = {
      kind: 'displace-stop',
      reservationId,
      stop,
      reason,
      ifIndex: call.ifIndex(),
    } as const;
    return decidedOf((await call.write(operation, ['updated'])).result);
  },
);

export const STOP_ROUTES: readonly Route[] = [start, finish, displace];
