/**
 * `GET /v1/reservations/{id}` and the open reservations of a vehicle.
 */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { BadRequest } from '../../doors/bad-request.js';
import { parseHolder } from '../../doors/identifiers.js';
import type { GatewayContext } from '../context.js';
import { answerFault } from '../faults.js';
import { readV1 } from '../reads.js';
import { v1List, v1Reservation } from './shapes.js';

const OF_VEHICLE = z.object({ vehicle: z.string() });

export const v1ReservationRoutes: FastifyPluginAsync<GatewayContext> = async (app, context) => {
  app.get('/v1/reservations', async (request, reply) => {
    const parameters = OF_VEHICLE.safeParse(request.query);
    if (!parameters.success) {
      throw new BadRequest('informe vehicle uma vez', 'name the vehicle: ?vehicle=<id>, once');
    }
    const holder = parseHolder(parameters.data.vehicle);
    const open = await readV1(context, request, reply, { kind: 'open-reservations', holder });
    return v1List(open.map(v1Reservation));
  });

  app.get<{ Params: { id: string } }>('/v1/reservations/:id', async (request, reply) => {
    const reservationId = request.params.id;
    const reservation = await readV1(context, request, reply, { kind: 'reservation', reservationId });
    if (reservation === null) {
      return answerFault(request, reply, 'NOT_FOUND', { english: 'There is no such reservation.' });
    }
    return v1Reservation(reservation);
  });
};
