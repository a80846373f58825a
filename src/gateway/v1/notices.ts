/**
 * What a holder is to be told, until it says that it heard.
 */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import { ACKNOWLEDGED_PER_COMMAND_MAX } from '../../ledger/limits.js';
import type { Notice } from '../../ledger/state.js';
import { ID, listOf, MOMENT_OUT, VEHICLE } from './fields.js';
import { input, output } from './named.js';
import { NOTICE_KINDS } from './notice-kinds.js';
import { type Route, route } from './route.js';

const EXAMPLE = {
  id: 'n97.0',
  kind: 'stop-displaced',
  reservationId: 'r81',
  stop: 0,
  waitId: null,
  reason: 'faulted',
  at: '2026-12-01T14:20:00.000Z',
} as const;

const NOTICE = output(
  'Notice',
  EXAMPLE,
  z.object({
    id: z.string(),
    kind: z.enum(NOTICE_KINDS),
    reservationId: z.string().nullable(),
    stop: z.int().nullable().describe('Null where it is about the whole.'),
    waitId: z.string().nullable(),
    reason: z.string(),
    at: MOMENT_OUT,
  }),
);

const NOTICE_LIST = output('NoticeList', { items: [EXAMPLE], nextPageToken: null }, listOf(NOTICE));

const HEARD = input(
  'Heard',
  { vehicleId: 'my-car', noticeIds: ['n97.0'] },
  z.strictObject({
    vehicleId: VEHICLE.optional(),
    noticeIds: z.array(ID).min(1).max(ACKNOWLEDGED_PER_COMMAND_MAX),
  }),
);

const ACKNOWLEDGED = output(
  'Acknowledged',
  { closed: 1 },
  z.object({ closed: z.int().describe('How many of them were open, and the holder’s.') }),
);

const listNotices = route(
  {
    method: 'GET',
    path: '/v1/notices',
    operationId: 'listNotices',
    tag: 'notices',
    summary: 'What a holder has not acknowledged yet, oldest first',
    does: 'read',
    query: z.strictObject({ vehicle: VEHICLE.optional() }),
    answers: { 200: { description: 'Always one page: at most 64 are open.', schema: NOTICE_LIST } },
    problems: [],
  },
  async (call) => {
    const notices = await call.read({ kind: 'notices', holder: call.holder(call.query.vehicle) });
    return { items: notices.map(noticeOf), nextPageToken: null };
  },
);

const acknowledge = route(
  {
    method: 'POST',
    path: '/v1/notices/acknowledge',
    operationId: 'acknowledgeNotices',
    tag: 'notices',
    summary: 'Closes notices',
    description: 'Those of others and those that are closed count as nothing.',
    does: 'write',
    body: HEARD,
    answers: { 200: { description: 'They are closed.', schema: ACKNOWLEDGED } },
    problems: [],
  },
  async (call) => {
    const { vehicleId, noticeIds } = call.body;
    const { result } = await call.write({ kind: 'acknowledge', noticeIds }, ['acknowledged'], vehicleId);
    return { closed: result.closed };
  },
);

function noticeOf({
  index,
  number,
  notice,
  reservationId,
  stop,
  waitId,
  reason,
  atMs,
}: Notice): z.output<typeof NOTICE> {
  return {
    id: `n${index}.${number}`,
    kind: notice,
    reservationId: reservationId === '' ? null : reservationId,
    stop: stop < 0 ? null : stop,
    waitId: waitId === '' ? null : waitId,
    reason,
    at: timeText(atMs),
  };
}

export const NOTICE_ROUTES: readonly Route[] = [listNotices, acknowledge];
