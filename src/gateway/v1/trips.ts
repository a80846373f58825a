/**
 * First-point priority: a trip declares the stops it wants, and older trips go before younger ones for a while.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import { TICKET_STOPS_MAX } from '../../ledger/limits.js';
import { MOMENT_OUT, VEHICLE } from './fields.js';
import { input, output } from './named.js';
import { AFTER_NO_SHOW, MADE_RESERVATION, madeOf } from './reservation-shape.js';
import { HOLD } from './reservations.js';
import { type Route, route } from './route.js';
import { WANTED_POINT, wantedPointOf } from './wanted-shape.js';

const WANTED_TRIP = input(
  'TripWanted',
  {
    vehicleId: 'my-car',
    stops: [
      { pointId: '2', start: '2026-12-01T12:00:00-03:00', end: '2026-12-01T12:40:00-03:00' },
      { pointId: '9', start: '2026-12-01T15:00:00-03:00', end: '2026-12-01T15:30:00-03:00' },
    ],
  },
  z.strictObject({
    vehicleId: VEHICLE.optional(),
    stops: z.array(WANTED_POINT).min(1).max(TICKET_STOPS_MAX).describe('The first one is reserved.'),
    hold: HOLD.optional(),
    afterNoShow: AFTER_NO_SHOW.default('keep'),
  }),
);

const TRIP = output(
  'Trip',
  {
    ticket: 81,
    ticketUntil: '2026-12-01T12:00:03.120Z',
    reservation: {
      id: 'r81',
      state: 'CONFIRMED',
      holdUntil: null,
      vehicleId: 'my-car',
      stops: [
        {
          number: 0,
          pointId: '2',
          start: '2026-12-01T15:00:00.000Z',
          end: '2026-12-01T15:40:00.000Z',
          state: 'PLANNED',
        },
      ],
    },
  },
  z.object({
    ticket: z.int().describe('A lower one is older and goes before it.'),
    ticketUntil: MOMENT_OUT.describe('Until then nobody younger gets what was declared.'),
    reservation: MADE_RESERVATION,
  }),
);

const declareTrip = route(
  {
    method: 'POST',
    path: '/v1/trips',
    operationId: 'declareTrip',
    tag: 'trips',
    summary: 'Reserves the first stop of a trip, and claims the others for two minutes',
    description:
      'The others are added with `replan`. Nothing waits: who comes later is refused, and tries again.',
    does: 'write',
    body: WANTED_TRIP,
    answers: { 201: { description: 'The ticket, and the reservation of the first stop.', schema: TRIP } },
    problems: ['STOPS_UNAVAILABLE', 'TICKET_LIVE', 'TOO_MANY_BOOKINGS', 'TOO_MANY_HOLDS'],
  },
  async (call) => {
    const { vehicleId, stops, hold, afterNoShow } = call.body;
    const holdMs = (hold?.ttlSeconds ?? 0) * 1_000;
    const wanted = stops.map(wantedPointOf);
    const operation = { kind: 'declare-trip', stops: wanted, holdMs, afterNoShow } as const;
    const { atMs, result } = await call.write(operation, ['trip-declared'], vehicleId);
    call.made(`/v1/reservations/${result.reservationId}`);
    const reservation = madeOf({ ...result, vehicleId: call.holder(vehicleId), atMs, holdMs });
    return { ticket: result.ticket, ticketUntil: timeText(result.ticketUntilMs), reservation };
  },
);

export const TRIP_ROUTES: readonly Route[] = [declareTrip];
