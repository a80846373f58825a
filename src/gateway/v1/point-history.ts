/**
 * What happened at a point, from the audit trail: status and usage.
 */
import { z } from 'zod';
import { type PointHistoryItem, pointHistoryOf } from '../../doors/point-history.js';
import { timeText } from '../../doors/times.js';
import { headerOf } from '../caller.js';
import { notFound } from '../fault.js';
import { markRead } from '../marks.js';
import { undecided } from '../reads.js';
import { HAPPENING, happeningOf, STOP_EXAMPLE } from './event-shape.js';
import { MOMENT_OUT, PAGE, POINT_ID, VEHICLE } from './fields.js';
import { output } from './named.js';
import { afterOf, pageToken } from './page-token.js';
import { type Route, route } from './route.js';

const POINT_HISTORY = output(
  'PointHistory',
  {
    items: [
      {
        index: 81,
        at: '2026-12-01T11:58:03.120Z',
        operation: 'reserve',
        door: 'rest',
        originCompany: 'empresa_b',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        events: [STOP_EXAMPLE],
      },
    ],
    completeFrom: 1,
    nextPageToken: null,
  },
  z.object({
    items: z.array(
      z.object({
        index: z.int().describe('Of the entry.'),
        at: MOMENT_OUT.describe('Its ledger time.'),
        operation: z
          .string()
          .describe('What was asked, or time: it may have been about more than this point.'),
        door: z.string().nullable().describe("Null, as the next two, unless the point is this company's."),
        originCompany: z.string().nullable().describe('Whose node took the request; null for time.'),
        traceId: z.string().nullable(),
        events: z.array(HAPPENING).describe('What it did at this point: its status, and stops there.'),
      }),
    ),
    completeFrom: z.int().describe('From this index on nothing is missing at this node.'),
    nextPageToken: z.string().nullable(),
  }),
);

const getPointHistory = route(
  {
    method: 'GET',
    path: '/v1/points/{id}/history',
    operationId: 'getPointHistory',
    tag: 'points',
    summary: 'Status and usage of a point, entry by entry',
    description:
      'Also of a point that was deleted. The company of the point sees all of it, others not who used it, but for a holder itself.',
    does: 'read',
    params: z.strictObject({ id: POINT_ID }),
    query: z.strictObject({ vehicle: VEHICLE.optional(), ...PAGE }),
    answers: { 200: { description: 'In the order of the log.', schema: POINT_HISTORY } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const { mesh, settings } = call.context;
    const { vehicle, pageSize, pageToken: token } = call.query;
    const pointId = call.params.id;
    const named = vehicle !== undefined || headerOf(call.request, 'malha-vehicle') !== undefined;
    const holder = named ? call.holder(vehicle) : '';
    const list = ['point-history', pointId];
    const consistency = call.consistency();
    const history = await undecided(
      pointHistoryOf(mesh, {
        ...{ pointId, viewer: { company: settings.company, holder } },
        ...{ afterIndex: Number(afterOf(list, token, '0')), limit: pageSize },
        options: { consistency, timeoutMs: settings.requestTimeoutMs },
      }),
    );
    if (history === null) throw notFound('point');
    markRead(call.reply, { ...history, stale: consistency === 'stale' });
    return {
      items: history.items.map(itemOf),
      completeFrom: history.completeFrom,
      nextPageToken: pageToken(list, history.after === null ? null : String(history.after)),
    };
  },
);

function itemOf(item: PointHistoryItem): z.output<typeof POINT_HISTORY>['items'][number] {
  const { index, atMs, kind, request, events } = item;
  const { door = null, originCompany = '', traceId = null } = request ?? {};
  return {
    ...{ index, at: timeText(atMs), operation: kind, door },
    ...{ originCompany: originCompany === '' ? null : originCompany, traceId },
    events: events.map(happeningOf),
  };
}

export const POINT_HISTORY_ROUTES: readonly Route[] = [getPointHistory];
