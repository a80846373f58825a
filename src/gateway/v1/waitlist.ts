/**
 * The waiting list: wishes that are offered, as holds, what becomes free.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import type { WantedStop } from '../../ledger/command.js';
import { WAIT_STOPS_MAX } from '../../ledger/limits.js';
import type { Wait } from '../../ledger/state.js';
import { notFound } from '../fault.js';
import { ID, listOf, MOMENT_OUT, VEHICLE } from './fields.js';
import { input, output } from './named.js';
import { REMOVED } from './removed.js';
import { AFTER_NO_SHOW } from './reservation-shape.js';
import { type Route, route } from './route.js';
import { WANTED_STOP, wantedOf } from './wanted-shape.js';

const BY_ID = z.strictObject({ id: ID.describe('Of a wish.') });

const OF_VEHICLE = z.strictObject({ vehicle: VEHICLE.optional() });

const WISH = input(
  'Wish',
  {
    vehicleId: 'my-car',
    stops: [{ pointId: '9', start: '2026-12-01T12:00:00-03:00', end: '2026-12-01T12:40:00-03:00' }],
  },
  z.strictObject({
    vehicleId: VEHICLE.optional(),
    stops: z.array(WANTED_STOP).min(1).max(WAIT_STOPS_MAX).describe('Offered as a whole, or not at all.'),
    afterNoShow: AFTER_NO_SHOW.default('keep'),
  }),
);

const WAITING = output(
  'Waiting',
  { id: 'w82', endsAt: '2026-12-01T15:00:00.000Z' },
  z.object({
    id: z.string(),
    endsAt: MOMENT_OUT.describe('When its first window begins there is nothing to wait for any more.'),
  }),
);

const SHOWN_STOP = z.object({
  pointId: z.string().nullable().describe('Null where any point of the site would do.'),
  site: z.object({ place: z.string(), connector: z.string(), minKw: z.number() }).nullable(),
  start: MOMENT_OUT,
  end: MOMENT_OUT,
});

const WAIT_EXAMPLE = {
  id: 'w82',
  vehicleId: 'my-car',
  stops: [{ pointId: '9', site: null, start: '2026-12-01T15:00:00.000Z', end: '2026-12-01T15:40:00.000Z' }],
  afterNoShow: 'keep' as const,
  turn: 82,
  offer: null,
  missedOffers: 0,
  endsAt: '2026-12-01T15:00:00.000Z',
};

const WAIT = output(
  'Wait',
  WAIT_EXAMPLE,
  z.object({
    id: z.string(),
    vehicleId: z.string(),
    stops: z.array(SHOWN_STOP),
    afterNoShow: AFTER_NO_SHOW,
    turn: z.int().describe('The place in the line: a lower one comes first.'),
    offer: z.string().nullable().describe('The hold that is offered now; confirm it to take it.'),
    missedOffers: z.int().describe('The third one ends the wish.'),
    endsAt: MOMENT_OUT,
  }),
);

const WAIT_LIST = output('WaitList', { items: [WAIT_EXAMPLE], nextPageToken: null }, listOf(WAIT));

const join = route(
  {
    method: 'POST',
    path: '/v1/waitlist',
    operationId: 'joinWaitlist',
    tag: 'waiting list',
    summary: 'Waits until all of these stops are free at once',
    description: 'Then they are offered as a hold, for ten minutes, and a notice says so.',
    does: 'write',
    body: WISH,
    answers: { 201: { description: 'The wish is on the list.', schema: WAITING } },
    problems: ['STOPS_UNAVAILABLE', 'TOO_MANY_WAITS', 'WAITLIST_FULL'],
  },
  async (call) => {
    const { vehicleId, stops, afterNoShow } = call.body;
    const operation = { kind: 'join-waitlist', stops: stops.map(wantedOf), afterNoShow } as const;
    const { result } = await call.write(operation, ['waiting'], vehicleId);
    call.made(`/v1/waitlist/${result.waitId}`);
    return { id: result.waitId, endsAt: timeText(result.endsAtMs) };
  },
);

const list = route(
  {
    method: 'GET',
    path: '/v1/waitlist',
    operationId: 'listWaits',
    tag: 'waiting list',
    summary: 'What a holder waits for, oldest turn first',
    does: 'read',
    query: OF_VEHICLE,
    answers: { 200: { description: 'Always one page: a holder has a few wishes.', schema: WAIT_LIST } },
    problems: [],
  },
  async (call) => {
    const waits = await call.read({ kind: 'waits', holder: call.holder(call.query.vehicle) });
    return { items: waits.map(waitOf), nextPageToken: null };
  },
);

const get = route(
  {
    method: 'GET',
    path: '/v1/waitlist/{id}',
    operationId: 'getWait',
    tag: 'waiting list',
    summary: 'One wish, while it waits',
    description: 'For its holder: to others there is no such wish.',
    does: 'read',
    params: BY_ID,
    query: OF_VEHICLE,
    answers: { 200: { description: 'The wish.', schema: WAIT } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const holder = call.holder(call.query.vehicle);
    const wait = await call.read({ kind: 'wait', waitId: call.params.id });
    // Ids can be guessed.
    if (wait === null || wait.holder !== holder) throw notFound('wish');
    return waitOf(wait);
  },
);

const leave = route(
  {
    method: 'DELETE',
    path: '/v1/waitlist/{id}',
    operationId: 'leaveWaitlist',
    tag: 'waiting list',
    summary: 'Waits no longer; an open offer is cancelled with the wish',
    does: 'write',
    params: BY_ID,
    answers: { 200: { description: 'The wish is gone.', schema: REMOVED } },
    problems: ['UNKNOWN_WAIT'],
  },
  async (call) => {
    const { result } = await call.write({ kind: 'leave-waitlist', waitId: call.params.id }, ['removed']);
    return { id: result.id };
  },
);

function waitOf(wait: Wait): z.output<typeof WAIT> {
  const { id, holder, stops, afterNoShow, turn, offer, missedOffers, endsAtMs } = wait;
  return {
    id,
    vehicleId: holder,
    stops: stops.map(stopOf),
    afterNoShow,
    turn,
    offer: offer === '' ? null : offer,
    missedOffers,
    endsAt: timeText(endsAtMs),
  };
}

function stopOf({ pointId, site, startMs, durationMs }: WantedStop): z.output<typeof SHOWN_STOP> {
  // No wish begins 'now': the ledger refuses it.
  const fromMs = Number(startMs);
  return {
    pointId: pointId === '' ? null : pointId,
    site:
      site === undefined
        ? null
        : { place: site.place, connector: site.connector, minKw: site.minPowerWatts / 1000 },
    start: timeText(fromMs),
    end: timeText(fromMs + durationMs),
  };
}

export const WAITLIST_ROUTES: readonly Route[] = [join, list, get, leave];
