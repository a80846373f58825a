/**
 * `GET /v1/logs`: what all nodes say of themselves, at any of them, as server-sent events; and how much this one says.
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../../observe/log-level.js';
import type { MeshFollowing, MeshLogFollower, MeshLogItem } from '../../observe/mesh-logs.js';
import { Failure } from '../../replica/failure.js';
import { headerOf } from '../caller.js';
import type { Call } from './call.js';
import { NEW_ID } from './fields.js';
import { parsePosition, positionText } from './log-position.js';
import { input, output } from './named.js';
import { type Route, route } from './route.js';
import { type BlockSource, block, markStream, openStream, streamBlocks } from './sse.js';

/** Kept lines of each node that are looked through first, where the request does not say. */
const TAIL = 200;
const TAIL_MAX = 5_000;
const COMPANIES_MAX = 64;
const POSITION_LENGTH_MAX = 8_192;

const LEVEL = z.enum(LOG_LEVELS);

const QUERY = z.strictObject({
  level: LEVEL.optional().describe('Lines of this level and above; all that are said, unless it is given.'),
  company: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(NEW_ID).min(1).max(COMPANIES_MAX),
    )
    .optional()
    .describe('Of the nodes of these companies, with commas.'),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')
    .optional()
    .describe('Only lines of this trace id, which every answer has in Malha-Trace-Id.'),
  tail: z
    .string()
    .regex(/^\d{1,4}$/, `must be a whole number from 0 to ${TAIL_MAX}`)
    .transform(Number)
    .refine((lines) => lines <= TAIL_MAX, `must be a whole number from 0 to ${TAIL_MAX}`)
    .optional()
    .describe(`How many kept lines of each node are looked through first: ${TAIL} unless it says otherwise.`),
  follow: z
    .enum(['true', 'false'])
    .optional()
    .describe('`false` ends the stream once every node has told what it said up to now.'),
  lastEventId: z
    .string()
    .max(POSITION_LENGTH_MAX)
    .optional()
    .describe('Where to go on: behind this event. The header Last-Event-ID comes first.'),
});

type Asked = Call<object, z.output<typeof QUERY>, unknown>;

const COMPANY = z.string().describe('Whose node it is.');

const LOG_EVENT = output(
  'LogEvent',
  {
    company: 'empresa_a',
    number: 81,
    line: { level: 'info', node: 'empresa_a', trace: '4bf92f3577b34da6a3ce929d0e0e4736', msg: 'decided' },
  },
  z.union([
    z.object({
      company: COMPANY,
      number: z.int().describe('Of the line, from 1 in each start of the node.'),
      line: z.record(z.string(), z.unknown()).describe('As it stands in the log of the node.'),
    }),
    z.object({
      company: COMPANY,
      lines: z
        .int()
        .nullable()
        .describe('How many are left out; null where the node has started anew, and its lines begin anew.'),
    }),
    z.object({
      company: COMPANY,
      reached: z.boolean(),
      problem: z.string().describe("Why the node cannot be reached; '' where it can."),
    }),
  ]),
);

const followLogs = route(
  {
    method: 'GET',
    path: '/v1/logs',
    operationId: 'followLogs',
    tag: 'mesh',
    summary: 'What all nodes say, as they say it',
    description:
      'Server-sent events: `line`, in order for each node; `gap`, where lines of a node are left out because it keeps ' +
      'them no more; `node`, when one cannot be reached, and when it can be again. Nodes keep their last 5,000 lines. ' +
      'Who comes back with the id of the last event goes on there.',
    does: 'local',
    query: QUERY,
    answers: {
      200: {
        description: 'Lines, with `follow=false` up to now.',
        schema: LOG_EVENT,
        mediaType: 'text/event-stream',
      },
    },
    problems: ['RESOURCE_EXHAUSTED'],
  },
  async (call) => {
    const { request, reply, context } = call;
    const logs = context.logs.mesh;
    const follower = logs.follow(followingOf(call));
    if (follower === undefined)
      throw new Failure('RESOURCE_EXHAUSTED', 'too many readers follow the logs already');
    markStream(reply);
    // There is no body to wait for, and no line.
    if (request.method === 'HEAD') {
      logs.leave(follower);
      return reply.send();
    }
    void streamBlocks(openStream(reply), blockSource(follower))
      .catch((error: unknown) => {
        context.logger.error({ err: error, trace: request.traceId }, 'a stream of lines broke off');
      })
      .finally(() => logs.leave(follower));
    return reply;
  },
);

function followingOf({ request, query }: Asked): MeshFollowing {
  const header = headerOf(request, 'last-event-id') ?? '';
  const [text, parameter] =
    header === '' ? [query.lastEventId ?? '', 'lastEventId'] : [header, 'Last-Event-ID'];
  return {
    after: parsePosition(text, parameter),
    companies: query.company ?? [],
    least: query.level ?? 'debug',
    trace: query.trace ?? '',
    tail: query.tail ?? TAIL,
    onAndOn: query.follow !== 'false',
  };
}

function blockSource(follower: MeshLogFollower): BlockSource {
  return {
    get place() {
      return positionText(follower.place);
    },
    stop: () => follower.stop(),
    stopped: follower.stopped,
    async *[Symbol.asyncIterator]() {
      for await (const item of follower) yield block(positionText(follower.place), item.kind, dataOf(item));
    },
  };
}

function dataOf(item: MeshLogItem): string {
  const company = JSON.stringify(item.company);
  switch (item.kind) {
    case 'line':
      // As it is: it is JSON already, and there may be many.
      return `{"company":${company},"number":${item.position.number},"line":${item.text}}`;
    case 'gap':
      return `{"company":${company},"lines":${item.lines}}`;
    case 'node': {
      const { problem } = item;
      return `{"company":${company},"reached":${problem === ''},"problem":${JSON.stringify(problem)}}`;
    }
  }
}

const SAID = output('LogLevel', { level: 'info' }, z.object({ level: LEVEL }));

const WANTED = input('LogLevelChange', { level: 'debug' }, z.strictObject({ level: LEVEL }));

const getLogLevel = route(
  {
    method: 'GET',
    path: '/v1/log-level',
    operationId: 'getLogLevel',
    tag: 'node',
    summary: 'How much this node says',
    does: 'local',
    answers: { 200: { description: 'Lines of this level and above.', schema: SAID } },
    problems: [],
  },
  async ({ context }) => ({ level: context.logs.level.level() }),
);

const setLogLevel = route(
  {
    method: 'PUT',
    path: '/v1/log-level',
    operationId: 'setLogLevel',
    tag: 'node',
    summary: 'Let this node say more, or less, from now on',
    description: 'Until it ends: then its setting counts again.',
    does: 'local',
    body: WANTED,
    answers: { 200: { description: 'So it is.', schema: SAID } },
    problems: [],
  },
  async ({ context, body }) => {
    context.logs.level.setLevel(body.level);
    return { level: context.logs.level.level() };
  },
);

export const LOG_ROUTES: readonly Route[] = [followLogs, getLogLevel, setLogLevel];
