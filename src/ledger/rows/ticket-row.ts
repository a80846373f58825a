/** `t:<holder>`: a holder's live ticket. */
import type { Ticket } from '../state.js';
import { fieldsOf, integerOf, listOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const TICKET_ROW: RowFormat<Ticket> = {
  prefix: 't:',
  id: (ticket) => ticket.holder,
  write: ({ holder, ticket, reservationId, untilMs, stops }) =>
    JSON.stringify({
      v: ROW_VERSION,
      holder,
      ticket,
      reservationId,
      untilMs,
      stops: stops.map(({ pointId, startMs, endMs }) => ({ pointId, startMs, endMs })),
    }),
  read: (fields) => ({
    holder: textOf(fields.holder),
    ticket: integerOf(fields.ticket),
    reservationId: textOf(fields.reservationId),
    untilMs: integerOf(fields.untilMs),
    stops: listOf(fields.stops, (value) => {
      const { pointId, startMs, endMs } = fieldsOf(value);
      return { pointId: textOf(pointId), startMs: integerOf(startMs), endMs: integerOf(endMs) };
    }),
  }),
};
