/**
 * `GET /v1/events`: what happens in the ledger, as it happens, as server-sent events. A client that comes back with the
 * id of its last one misses nothing and hears nothing twice, or is told by `reset` to read anew.
 */
import { z } from 'zod';
import { EVENT_KINDS } from '../../doors/event-filter.js';
import { type EventPosition, parsePosition } from '../../doors/event-position.js';
import { Failure } from '../../replica/failure.js';
import { headerOf } from '../caller.js';
import { invalidInput } from '../fault.js';
import type { Call } from './call.js';
import { EVENT } from './event-shape.js';
import { streamEvents } from './event-stream.js';
import { ID, VEHICLE } from './fields.js';
import { type Route, route } from './route.js';
import { markStream, openStream } from './sse.js';

const POSITION = z
  .string()
  .regex(/^\d{1,16}(?:\.\d{1,9})?$/, 'must be the id of an event, or an index: 120.3 or 120');

const QUERY = z.strictObject({
  vehicle: VEHICLE.optional().describe('Of this holder, and with its name.'),
  reservation: ID.optional().describe('About this reservation.'),
  point: ID.optional().describe('At this point.'),
  company: ID.optional().describe("At this company's points, or about what is its own."),
  kind: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(z.enum(EVENT_KINDS)).min(1).max(EVENT_KINDS.length),
    )
    .optional()
    .describe('Of these kinds, with commas.'),
  lastEventId: POSITION.optional().describe(
    'Where to go on: behind this event, or behind all of this index. The header Last-Event-ID comes first.',
  ),
});

type Asked = Call<object, z.output<typeof QUERY>, unknown>;

const followEvents = route(
  {
    method: 'GET',
    path: '/v1/events',
    operationId: 'followEvents',
    tag: 'mesh',
    summary: 'What happens in the ledger, as it happens',
    description:
      'Server-sent events. The `id` of an event is `index.k`: the k-th event, from 0, of the entry at that index; `event` ' +
      'is its kind, `data` one Event as JSON. Without an id the stream begins now. An index alone stands behind all of its ' +
      'events: read with `Malha-Index`, then follow from it. `event: reset` says that events are left out: read anew, ' +
      'then go on. Holders are told of what happens at the points of this node, and of the vehicle that is named.',
    does: 'local',
    query: QUERY,
    answers: { 200: { description: 'Events without end.', schema: EVENT, mediaType: 'text/event-stream' } },
    problems: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'],
  },
  async (call) => {
    const { request, reply } = call;
    markStream(reply);
    const follower = await follow(call);
    // There is no body to wait for, and no event.
    if (request.method === 'HEAD') {
      call.context.events.leave(follower);
      return reply.send();
    }
    void streamEvents(openStream(reply), follower)
      .catch((error: unknown) => {
        // The client comes back by itself; that the trail could not be read now is no bug.
        const level = error instanceof Failure ? 'debug' : 'error';
        call.context.logger[level]({ err: error, trace: request.traceId }, 'a stream of events broke off');
      })
      .finally(() => call.context.events.leave(follower));
    return reply;
  },
);

function follow(call: Asked) {
  const { vehicle, reservation, point, company, kind } = call.query;
  const named = vehicle !== undefined || headerOf(call.request, 'malha-vehicle') !== undefined;
  const viewer = { company: call.context.settings.company, holder: named ? call.holder(vehicle) : '' };
  const filter = { holder: vehicle, reservationId: reservation, pointId: point, company, kinds: kind };
  return call.context.events.follow({ after: afterOf(call), filter, viewer });
}

/** An empty header is what a client sends that heard of no event yet. */
function afterOf({ request, query }: Asked): EventPosition | null {
  const header = headerOf(request, 'last-event-id') ?? '';
  if (header !== '' && !POSITION.safeParse(header).success) {
    throw invalidInput([{ parameter: 'Last-Event-ID', detail: 'must be the id of an event, or an index' }]);
  }
  const text = header === '' ? query.lastEventId : header;
  return text === undefined ? null : parsePosition(text);
}

export const EVENT_ROUTES: readonly Route[] = [followEvents];
