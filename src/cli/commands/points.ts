/**
 * `malha points`: the points that match, or with `--calendar` when one of them is taken and when it is free.
 */
import { calendarLines } from '../booking/calendar-text.js';
import { consistencyOf } from '../booking/consistency.js';
import { callNode } from '../booking/node-client.js';
import { CALENDAR, POINT_PAGE, type Point } from '../booking/shapes.js';
import { parseSpan, type Span, spanQuery } from '../booking/span.js';
import { type Told, telling } from '../booking/tell.js';
import { nodeUrls } from '../node-urls.js';
import { type Paint, paintWith, table } from '../terminal.js';
import { type Flags, sayFaults, wantsColour } from '../world.js';

const PAGE_SIZE = '200';

export async function pointsCommand(flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  const span = parseSpan(flags, faults);
  const { calendar } = flags;
  const kw = flags['min-kw'];
  if (kw !== undefined && !/^\d{1,7}(\.\d{1,3})?$/.test(kw)) {
    faults.push(`--min-kw (flag): must be kilowatts, got ${JSON.stringify(kw)}`);
  }
  if (calendar === undefined && (flags.from ?? flags.to) !== undefined) {
    faults.push('--from and --to (flags): belong to --calendar POINT');
  }
  if (faults.length > 0) return sayFaults(faults);
  const paint = paintWith(wantsColour(process.stdout));
  return telling(flags, () =>
    calendar === undefined ? list(nodes, flags, paint) : showCalendar(nodes, calendar, span, flags, paint),
  );
}

async function list(nodes: readonly string[], flags: Flags, paint: Paint): Promise<Told> {
  const items: Point[] = [];
  for (let pageToken: string | undefined; ; ) {
    const query = {
      ...{ place: flags.city, connector: flags.connector, minKw: flags['min-kw'], company: flags.company },
      ...{ pageSize: PAGE_SIZE, pageToken, consistency: consistencyOf(flags) },
    };
    const { body } = await callNode(nodes, { method: 'GET', path: '/v1/points', query }, POINT_PAGE);
    items.push(...body.items);
    if (body.nextPageToken === null) return { json: { items }, lines: pointLines(items, paint) };
    pageToken = body.nextPageToken;
  }
}

async function showCalendar(
  nodes: readonly string[],
  pointId: string,
  span: Span,
  flags: Flags,
  paint: Paint,
): Promise<Told> {
  const query = { ...(await spanQuery(nodes, span)), consistency: consistencyOf(flags) };
  const path = `/v1/points/${encodeURIComponent(pointId)}/calendar`;
  const { body } = await callNode(nodes, { method: 'GET', path, query }, CALENDAR);
  return { json: body, lines: calendarLines(body, paint) };
}

function pointLines(points: readonly Point[], paint: Paint): readonly string[] {
  if (points.length === 0) return ['no point matches'];
  const rows = points.map(({ id, place, company, connector, powerKw, status, free }) => [
    ...[id, place, company, connector, String(powerKw)],
    status === 'available' ? status : paint('yellow', status),
    free ? paint('green', 'yes') : paint('red', 'no'),
  ]);
  return table(['point', 'city', 'company', 'connector', 'kW', 'status', 'free now'], rows, [4]);
}
