/**
 * Points: what there is, and what the company of this node says of its own.
 */
import { z } from 'zod';
import { windowMsOf } from '../context.js';
import { notFound } from '../fault.js';
import { given, ID, inText, KILOWATTS, NAME, NEW_ID, PAGE, POINT_ID, scaled } from './fields.js';
import { input, output } from './named.js';
import { afterOf, pageToken } from './page-token.js';
import { POINT_CHANGE, pointChangeOf } from './point-change.js';
import { POINT, POINT_LIST, pointOf } from './point-shape.js';
import { type Route, route } from './route.js';

const BY_ID = z.strictObject({ id: POINT_ID });

const FACTS = {
  place: NAME,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  connector: NAME,
  powerKw: KILOWATTS,
};

const EXAMPLE = {
  place: 'Feira de Santana',
  latitude: -12.2664,
  longitude: -38.9663,
  connector: 'ccs2',
  powerKw: 120,
};

const POINT_FACTS = input('PointFacts', EXAMPLE, z.strictObject(FACTS));

const REGISTERED_POINT = output(
  'RegisteredPoint',
  { id: '1', ...EXAMPLE },
  z.object({ id: z.string(), ...FACTS }),
);

const listPoints = route(
  {
    method: 'GET',
    path: '/v1/points',
    operationId: 'listPoints',
    tag: 'points',
    summary: 'The points that match, in the order of their ids',
    description: 'What is left out matches all. A page may be short, or empty, and still have a next one.',
    does: 'read',
    query: z.strictObject({
      place: NAME.optional().describe('Blanks around it and the case of A to Z do not count.'),
      company: ID.optional().describe('Id of the owner.'),
      connector: NAME.optional(),
      minKw: inText(KILOWATTS).optional().describe('With at least so much power.'),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of points.', schema: POINT_LIST } },
    problems: [],
  },
  async (call) => {
    const { place, company, connector, minKw, pageSize, pageToken: token } = call.query;
    const list = ['points', place, company, connector, minKw];
    const minPowerWatts = minKw === undefined ? undefined : scaled(minKw, 1_000);
    const page = await call.read({
      kind: 'point-page',
      match: given({ place, company, connector, minPowerWatts }),
      windowMs: windowMsOf(call.context.settings),
      after: afterOf(list, token, ''),
      limit: pageSize,
    });
    return { items: page.items.map(pointOf), nextPageToken: pageToken(list, page.after) };
  },
);

const getPoint = route(
  {
    method: 'GET',
    path: '/v1/points/{id}',
    operationId: 'getPoint',
    tag: 'points',
    summary: 'One point',
    does: 'read',
    params: BY_ID,
    answers: { 200: { description: 'The point.', schema: POINT } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const windowMs = windowMsOf(call.context.settings);
    const point = await call.read({ kind: 'point', pointId: call.params.id, windowMs });
    if (point === null) throw notFound('point');
    return pointOf(point);
  },
);

const putPoint = route(
  {
    method: 'PUT',
    path: '/v1/points/{id}',
    operationId: 'putPoint',
    tag: 'points',
    summary: 'Registers a point of the company of this node, or says anew what it is',
    does: 'write',
    params: z.strictObject({ id: NEW_ID }),
    body: POINT_FACTS,
    answers: { 200: { description: 'What is registered now.', schema: REGISTERED_POINT } },
    problems: ['NOT_OWNER', 'UNKNOWN_COMPANY', 'HAS_BOOKINGS'],
  },
  async (call) => {
    const { place, latitude, longitude, connector, powerKw } = call.body;
    const latitudeMicrodegrees = scaled(latitude, 1_000_000);
    const longitudeMicrodegrees = scaled(longitude, 1_000_000);
    const powerWatts = scaled(powerKw, 1_000);
    const pointId = call.params.id;
    await call.write(
      {
        kind: 'register-point',
        pointId,
        place,
        latitudeMicrodegrees,
        longitudeMicrodegrees,
        connector,
        powerWatts,
      },
      ['registered'],
    );
    return {
      id: pointId,
      place,
      latitude: latitudeMicrodegrees / 1e6,
      longitude: longitudeMicrodegrees / 1e6,
      connector,
      powerKw: powerWatts / 1000,
    };
  },
);

const deletePoint = route(
  {
    method: 'DELETE',
    path: '/v1/points/{id}',
    operationId: 'deletePoint',
    tag: 'points',
    summary: 'Takes a point of the company of this node away',
    description:
      'Where stops are booked it is refused, unless `displace=true`: then nothing new is booked there, what is ' +
      'planned is displaced, and the point is gone with its last stop.',
    does: 'write',
    params: BY_ID,
    query: z.strictObject({ displace: inText(z.boolean()).optional() }),
    answers: { 200: { description: 'It is gone, or leaving.', schema: POINT_CHANGE } },
    problems: ['UNKNOWN_POINT', 'NOT_OWNER', 'UNKNOWN_COMPANY', 'HAS_BOOKINGS'],
  },
  async (call) => {
    const operation = {
      kind: 'delete-point',
      pointId: call.params.id,
      displace: call.query.displace ?? false,
    } as const;
    const { result } = await call.write(operation, ['removed', 'point-updated']);
    return pointChangeOf(result);
  },
);

export const POINT_ROUTES: readonly Route[] = [listPoints, getPoint, putPoint, deletePoint];
