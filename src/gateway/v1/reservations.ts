/**
 * Reservations: made, found and listed.
 */
import { z } from 'zod';
import type { Viewer } from '../../doors/event-view.js';
import { reservationFor } from '../../doors/reservation-view.js';
import { HOLD_MS_MAX, HOLD_MS_MIN, STOPS_MAX } from '../../ledger/limits.js';
import type { Reservation } from '../../ledger/state.js';
import { notFound } from '../fault.js';
import type { Call } from './call.js';
import { given, ID, PAGE, RESERVATION_ID, VEHICLE } from './fields.js';
import { input } from './named.js';
import { afterOf, type ListKey, pageToken } from './page-token.js';
import {
  AFTER_NO_SHOW,
  MADE_RESERVATION,
  madeOf,
  RESERVATION,
  RESERVATION_LIST,
  RESERVATION_STATES,
  reservationOf,
} from './reservation-shape.js';
import { type Route, route } from './route.js';
import { WANTED_STOP, wantedOf } from './wanted-shape.js';

/** How long a hold lasts unless it is confirmed. */
export const TTL_SECONDS = z
  .int()
  .min(HOLD_MS_MIN / 1_000)
  .max(HOLD_MS_MAX / 1_000);

export const HOLD = z
  .strictObject({ ttlSeconds: TTL_SECONDS })
  .describe('Without it the reservation is confirmed at once.');

const WANTED = input(
  'ReservationWanted',
  {
    vehicleId: 'my-car',
    stops: [
      { pointId: '1', start: '2026-12-01T12:00:00-03:00', end: '2026-12-01T12:40:00-03:00' },
      {
        site: 'Valente',
        connector: 'ccs2',
        minKw: 50,
        start: '2026-12-01T15:00:00-03:00',
        end: '2026-12-01T15:30:00-03:00',
      },
    ],
    hold: { ttlSeconds: 600 },
  },
  z.strictObject({
    vehicleId: VEHICLE.optional(),
    stops: z.array(WANTED_STOP).min(1).max(STOPS_MAX),
    hold: HOLD.optional(),
    afterNoShow: AFTER_NO_SHOW.optional(),
  }),
);

const QUERY = z.strictObject({
  vehicle: VEHICLE.optional().describe('Of this holder.'),
  point: ID.optional().describe('With a stop at this point.'),
  company: ID.optional().describe("With a stop at one of this company's points."),
  state: z
    .enum(['open', 'any', ...RESERVATION_STATES])
    .default('open')
    .describe('Open (held or confirmed) unless it says otherwise.'),
  ...PAGE,
});

const SEEN_WORDS =
  'Its holder sees it in full, and so does the company of this node the stops at its own points.';

type Asked = z.output<typeof QUERY>;

const makeReservation = route(
  {
    method: 'POST',
    path: '/v1/reservations',
    operationId: 'makeReservation',
    tag: 'reservations',
    summary: 'Reserves every stop of a trip, or none',
    description:
      'Stops may be at points of several companies. The answer says what was decided; the reservation as it is ' +
      'now is at `Location`.',
    does: 'write',
    body: WANTED,
    answers: { 201: { description: 'Every stop is reserved.', schema: MADE_RESERVATION } },
    problems: ['STOPS_UNAVAILABLE', 'TOO_MANY_BOOKINGS', 'TOO_MANY_HOLDS'],
  },
  async (call) => {
    const { vehicleId, stops, hold, afterNoShow } = call.body;
    const holdMs = (hold?.ttlSeconds ?? 0) * 1_000;
    const operation = {
      kind: 'reserve',
      stops: stops.map(wantedOf),
      holdMs,
      ...given({ afterNoShow }),
    } as const;
    const { atMs, result } = await call.write(operation, ['reserved'], vehicleId);
    call.made(`/v1/reservations/${result.reservationId}`);
    return madeOf({ ...result, vehicleId: call.holder(vehicleId), atMs, holdMs });
  },
);

const getReservation = route(
  {
    method: 'GET',
    path: '/v1/reservations/{id}',
    operationId: 'getReservation',
    tag: 'reservations',
    summary: 'One reservation, ended ones too until they leave memory',
    description: SEEN_WORDS,
    does: 'read',
    params: z.strictObject({ id: RESERVATION_ID }),
    query: z.strictObject({ vehicle: VEHICLE.optional() }),
    answers: { 200: { description: 'The reservation. `If-Match` takes its `ETag`.', schema: RESERVATION } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const viewer = viewerOf(call, call.query.vehicle);
    const reservation = await call.read({ kind: 'reservation', reservationId: call.params.id });
    if (reservation === null) throw notFound('reservation');
    return reservationOf(reservationFor(reservation, viewer));
  },
);

const listReservations = route(
  {
    method: 'GET',
    path: '/v1/reservations',
    operationId: 'listReservations',
    tag: 'reservations',
    summary: 'The reservations that match: the open ones, unless the query says otherwise',
    description: `What is left out matches all. A page may be short, or empty, and still have a next one. ${SEEN_WORDS}`,
    does: 'read',
    query: QUERY,
    answers: { 200: { description: 'A page of reservations.', schema: RESERVATION_LIST } },
    problems: [],
  },
  async (call) => {
    const { vehicle, state } = call.query;
    const viewer = viewerOf(call, vehicle);
    const page =
      vehicle !== undefined && state === 'open' ? await openOf(call, vehicle) : await matching(call);
    return {
      items: page.items.map((each) => reservationOf(reservationFor(each, viewer))),
      nextPageToken: page.token,
    };
  },
);

/** Who reads: the holder that is named, and the company of this node. Throws a Fault. */
function viewerOf(call: Call<object, object, unknown>, vehicle: string | undefined): Viewer {
  return { company: call.context.settings.company, holder: call.holder(vehicle) };
}

interface Page {
  readonly items: readonly Reservation[];
  readonly token: string | null;
}

/** In the order in which they were made. */
async function matching(call: Call<object, Asked, unknown>): Promise<Page> {
  const { vehicle: holder, point: pointId, company, state, pageSize, pageToken: token } = call.query;
  const list: ListKey = ['reservations', holder, pointId, company, state];
  const exact = state === 'open' || state === 'any' ? undefined : state;
  const page = await call.read({
    kind: 'reservation-page',
    match: given({ holder, company, pointId, state: exact }),
    after: Number(afterOf(list, token, '0')),
    limit: pageSize,
  });
  const items = state === 'open' ? page.items.filter(({ end }) => end === null) : page.items;
  return { items, token: pageToken(list, page.after === null ? null : String(page.after)) };
}

/** Of one holder they are few and at hand, whatever else it ever had; in the order of their ids. */
async function openOf(call: Call<object, Asked, unknown>, holder: string): Promise<Page> {
  const { point, company, pageSize, pageToken: token } = call.query;
  const list: ListKey = ['open', holder, point, company];
  const after = afterOf(list, token, '');
  const open = await call.read({ kind: 'open-reservations', holder });
  const left = open.filter((each) => each.id > after && isAt(each, point) && isOf(each, company));
  const items = left.slice(0, pageSize);
  return { items, token: pageToken(list, left.length > pageSize ? items.at(-1)!.id : null) };
}

function isAt({ stops }: Reservation, point: string | undefined): boolean {
  return point === undefined || stops.some(({ pointId }) => pointId === point);
}

function isOf({ stops }: Reservation, company: string | undefined): boolean {
  return company === undefined || stops.some(({ terms }) => terms?.company === company);
}

export const RESERVATION_ROUTES: readonly Route[] = [makeReservation, getReservation, listReservations];
