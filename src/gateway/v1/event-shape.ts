/** Events as v1 shows them: English keys, RFC 3339 times, null for what is not known or does not apply. */
import { z } from 'zod';
import { timeText } from '../../doors/times.js';
import type { LedgerEvent } from '../../ledger/event.js';
import { MOMENT_OR_NULL, MOMENT_OUT, momentOrNull } from './fields.js';
import { output } from './named.js';
import { NOTICE_KINDS } from './notice-kinds.js';
import { POINT_STATUSES } from './point-shape.js';
import { RESERVATION_STATES as STATES, STOP_STATES } from './reservation-shape.js';

const VEHICLE_ID = z
  .string()
  .nullable()
  .describe('The holder; null where whoever reads may not know it: at points of other companies.');

const OF_RESERVATION = { reservationId: z.string(), vehicleId: VEHICLE_ID };

const KINDS = [
  z.object({
    kind: z.literal('reservation'),
    ...OF_RESERVATION,
    from: z.enum(STATES).nullable().describe('Null for one that was just made.'),
    to: z.enum(STATES),
    who: z.string().describe("Of an end: who ended it, else ''."),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('stop'),
    ...OF_RESERVATION,
    number: z.int().describe('Of the stop in its reservation, from 0.'),
    pointId: z.string(),
    company: z.string().nullable(),
    start: MOMENT_OUT,
    end: MOMENT_OUT,
    from: z.enum(STOP_STATES).nullable().describe('Null for one that was just made.'),
    to: z.enum(STOP_STATES),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('point'),
    pointId: z.string(),
    company: z.string(),
    status: z.enum([...POINT_STATUSES, 'deleted']),
    statusUntil: MOMENT_OR_NULL,
  }),
  z.object({
    kind: z.literal('company'),
    company: z.string(),
    what: z.enum(['company', 'policy', 'route', 'schedule']),
    id: z.string(),
    to: z.enum(['written', 'deleted']),
  }),
  z.object({
    kind: z.literal('ticket'),
    ...OF_RESERVATION,
    ticket: z.int(),
    to: z.enum(['live', 'ended']),
  }),
  z.object({
    kind: z.literal('wait'),
    waitId: z.string(),
    vehicleId: VEHICLE_ID,
    to: z.enum(['waiting', 'offered', 'ended']),
    reservationId: z.string().nullable().describe('The offered hold.'),
  }),
  z.object({
    kind: z.literal('notice'),
    noticeId: z.string(),
    vehicleId: VEHICLE_ID,
    notice: z.enum(NOTICE_KINDS),
    reservationId: z.string().nullable(),
    to: z.enum(['open', 'closed']),
  }),
  z.object({ kind: z.literal('pruned'), reservationId: z.string() }),
] as const;

/** What happened, whenever it did. */
export const HAPPENING = z.discriminatedUnion('kind', KINDS);

/** A stop that was just made, as one reads it. */
export const STOP_EXAMPLE = {
  kind: 'stop',
  reservationId: 'r81',
  vehicleId: 'my-car',
  number: 0,
  pointId: '1',
  company: 'empresa_a',
  start: '2026-12-01T15:00:00.000Z',
  end: '2026-12-01T15:40:00.000Z',
  from: null,
  to: 'PLANNED',
  reason: '',
} as const;

const EXAMPLE = { id: '81.1', at: '2026-12-01T11:58:03.120Z', ...STOP_EXAMPLE } as const;

const [FIRST, ...OTHERS] = KINDS.map((kind) => z.object({ id: z.string(), at: MOMENT_OUT, ...kind.shape }));

/** One event of the stream: what happened, under its id, at the ledger time of its entry. */
export const EVENT = output('Event', EXAMPLE, z.union([FIRST!, ...OTHERS]));

/** What happened, as JSON. */
export function happeningOf(event: LedgerEvent): z.output<typeof HAPPENING> {
  switch (event.kind) {
    case 'reservation': {
      const { kind, reservationId, from, to, who, reason } = event;
      return { kind, reservationId, vehicleId: known(event.holder), from: known(from), to, who, reason };
    }
    case 'stop': {
      const { kind, reservationId, pointId, company, from, to, reason } = event;
      const window = { start: timeText(event.startMs), end: timeText(event.endMs) };
      return {
        ...{ kind, reservationId, vehicleId: known(event.holder), number: event.stop },
        ...{ pointId, company: known(company), ...window, from: known(from), to, reason },
      };
    }
    case 'point': {
      const { kind, pointId, company, status, untilMs } = event;
      return { kind, pointId, company, status, statusUntil: momentOrNull(untilMs) };
    }
    case 'company': {
      const { kind, company, what, id, to } = event;
      return { kind, company, what, id, to };
    }
    case 'ticket': {
      const { kind, reservationId, holder, ticket, to } = event;
      return { kind, reservationId, vehicleId: known(holder), ticket, to };
    }
    case 'wait': {
      const { kind, waitId, holder, to, reservationId } = event;
      return { kind, waitId, vehicleId: known(holder), to, reservationId: known(reservationId) };
    }
    case 'notice': {
      const { kind, noticeId, holder, notice, reservationId, to } = event;
      return { kind, noticeId, vehicleId: known(holder), notice, reservationId: known(reservationId), to };
    }
    case 'pruned':
      return { kind: event.kind, reservationId: event.reservationId };
  }
}

/** '' stands for none in the ledger, null in JSON. */
function known<T extends string>(text: T): Exclude<T, ''> | null {
  return text === '' ? null : (text as Exclude<T, ''>);
}
