/**
 * What happened to a reservation, from the audit trail: also to one that left memory.
 */
import { z } from 'zod';
import { type HistoryItem, historyOf } from '../../doors/history.js';
import { timeText } from '../../doors/times.js';
import { notFound } from '../fault.js';
import { markRead } from '../marks.js';
import { undecided } from '../reads.js';
import { HAPPENING, happeningOf } from './event-shape.js';
import { MOMENT_OUT, PAGE, RESERVATION_ID, VEHICLE } from './fields.js';
import { output } from './named.js';
import { afterOf, pageToken } from './page-token.js';
import { type Route, route } from './route.js';

const FOREIGN_STOP = z
  .object({
    kind: z.literal('foreign-stop'),
    reservationId: z.string(),
    number: z.int(),
    from: z.string().nullable(),
    to: z.string(),
  })
  .describe('A stop at a point of another company: only that there is one, and what became of it.');

const HISTORY = output(
  'History',
  {
    items: [
      {
        index: 81,
        at: '2026-12-01T11:58:03.120Z',
        operation: 'reserve',
        result: 'reserved',
        door: 'rest',
        vehicleId: 'my-car',
        originCompany: 'empresa_a',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        events: [
          {
            kind: 'reservation',
            reservationId: 'r81',
            vehicleId: 'my-car',
            from: null,
            to: 'CONFIRMED',
            who: '',
            reason: '',
          },
        ],
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
        operation: z.string().describe('What was asked, or time: it may have been about something else.'),
        result: z.string(),
        door: z.string(),
        vehicleId: z
          .string()
          .nullable()
          .describe('Who asked; null for time, and where it is not to be known.'),
        originCompany: z.string().nullable().describe('Whose node took the request; null for time.'),
        traceId: z.string(),
        events: z.array(z.union([HAPPENING, FOREIGN_STOP])).describe('What it did to this reservation.'),
      }),
    ),
    completeFrom: z.int().describe('From this index on nothing is missing at this node.'),
    nextPageToken: z.string().nullable(),
  }),
);

const getHistory = route(
  {
    method: 'GET',
    path: '/v1/reservations/{id}/history',
    operationId: 'getReservationHistory',
    tag: 'reservations',
    summary: 'What happened to a reservation, entry by entry',
    description: 'Its holder sees all of it; the company of this node sees stops at its own points in full.',
    does: 'read',
    params: z.strictObject({ id: RESERVATION_ID }),
    query: z.strictObject({
      as: z.enum(['holder', 'company']).default('holder').describe('Who asks: the holder, or this company.'),
      vehicle: VEHICLE.optional(),
      ...PAGE,
    }),
    answers: { 200: { description: 'In the order of the log.', schema: HISTORY } },
    problems: ['NOT_FOUND'],
  },
  async (call) => {
    const { mesh, settings } = call.context;
    const { as, vehicle, pageSize, pageToken: token } = call.query;
    const viewer =
      as === 'company'
        ? ({ kind: 'company', company: settings.company } as const)
        : ({ kind: 'holder', holder: call.holder(vehicle) } as const);
    const reservationId = call.params.id;
    const list = ['history', reservationId];
    const consistency = call.consistency();
    const history = await undecided(
      historyOf(mesh, {
        reservationId,
        viewer,
        afterIndex: Number(afterOf(list, token, '0')),
        limit: pageSize,
        options: { consistency, timeoutMs: settings.requestTimeoutMs },
      }),
    );
    if (history === null) throw notFound('reservation');
    markRead(call.reply, { ...history, stale: consistency === 'stale' });
    return {
      items: history.items.map(itemOf),
      completeFrom: history.completeFrom,
      nextPageToken: pageToken(list, history.after === null ? null : String(history.after)),
    };
  },
);

function itemOf(item: HistoryItem): z.output<typeof HISTORY>['items'][number] {
  const { index, atMs, kind, result, door, who, originCompany, traceId, events } = item;
  return {
    index,
    at: timeText(atMs),
    operation: kind,
    result: result.kind,
    door,
    vehicleId: who === '' ? null : who,
    originCompany: originCompany === '' ? null : originCompany,
    traceId,
    events: events.map(eventOf),
  };
}

function eventOf(
  event: HistoryItem['events'][number],
): z.output<typeof HAPPENING> | z.output<typeof FOREIGN_STOP> {
  if (event.kind === 'stop' && !('pointId' in event)) {
    const { reservationId, stop: number, from, to } = event;
    return { kind: 'foreign-stop', reservationId, number, from: from === '' ? null : from, to };
  }
  return happeningOf(event);
}

export const HISTORY_ROUTES: readonly Route[] = [getHistory];
