/**
 * `malha routes [ID]`: the routes; one with its points; or with `--calendar` when they are free, at a glance.
 */
import { glanceLines } from '../booking/calendar-text.js';
import { consistencyOf } from '../booking/consistency.js';
import { shortTime } from '../booking/moments.js';
import { callNode } from '../booking/node-client.js';
import { ROUTE, ROUTE_CALENDAR, ROUTE_LIST, type Route } from '../booking/shapes.js';
import { parseSpan, type Span, spanQuery } from '../booking/span.js';
import { type Told, telling } from '../booking/tell.js';
import { nodeUrls } from '../node-urls.js';
import { type Paint, paintWith, table } from '../terminal.js';
import { type Flags, sayFaults, wantsColour } from '../world.js';

export async function routesCommand(id: string | undefined, flags: Flags): Promise<number> {
  const faults: string[] = [];
  const nodes = nodeUrls(flags, faults);
  const span = parseSpan(flags, faults);
  const wantsCalendar = flags.calendar !== undefined;
  if (wantsCalendar && id === undefined)
    faults.push('--calendar (flag): name a route: malha routes ID --calendar');
  if (!wantsCalendar && (flags.from ?? flags.to) !== undefined) {
    faults.push('--from and --to (flags): belong to --calendar');
  }
  if (faults.length > 0) return sayFaults(faults);
  const paint = paintWith(wantsColour(process.stdout));
  return telling(flags, async () => {
    if (id === undefined) return list(nodes, flags);
    return wantsCalendar ? showCalendar(nodes, id, span, flags, paint) : show(nodes, id, flags, paint);
  });
}

async function list(nodes: readonly string[], flags: Flags): Promise<Told> {
  const query = { consistency: consistencyOf(flags) };
  const { body } = await callNode(nodes, { method: 'GET', path: '/v1/routes', query }, ROUTE_LIST);
  const rows = body.items.map(({ id, name, company, points, legsKm }) => [
    ...[id, name, company, kmText(sum(legsKm))],
    points.map((point) => point.id).join(' '),
  ]);
  const lines =
    rows.length === 0
      ? ['there is no route']
      : table(['route', 'name', 'company', 'km', 'points'], rows, [3]);
  return { json: body, lines };
}

async function show(nodes: readonly string[], id: string, flags: Flags, paint: Paint): Promise<Told> {
  const route = await ask(nodes, id, flags);
  const rows = route.points.map((point, place) => [
    kmText(sum(route.legsKm.slice(0, place))),
    ...[point.id, point.place, point.company, point.connector, String(point.powerKw), point.status],
    point.free ? paint('green', 'yes') : paint('red', 'no'),
  ]);
  const header = ['km', 'point', 'city', 'company', 'connector', 'kW', 'status', 'free now'];
  return { json: route, lines: [`${route.name}, of ${route.company}`, '', ...table(header, rows, [0, 5])] };
}

async function showCalendar(
  nodes: readonly string[],
  id: string,
  span: Span,
  flags: Flags,
  paint: Paint,
): Promise<Told> {
  const route = await ask(nodes, id, flags);
  const query = { ...(await spanQuery(nodes, span)), consistency: consistencyOf(flags) };
  const path = `/v1/routes/${encodeURIComponent(id)}/calendar`;
  const { body } = await callNode(nodes, { method: 'GET', path, query }, ROUTE_CALENDAR);
  const title = `${route.name}, ${shortTime(body.from)} to ${shortTime(body.to)}`;
  return { json: body, lines: [title, '', ...glanceLines(body.points, route.points, paint)] };
}

async function ask(nodes: readonly string[], id: string, flags: Flags): Promise<Route> {
  const query = { consistency: consistencyOf(flags) };
  const path = `/v1/routes/${encodeURIComponent(id)}`;
  return (await callNode(nodes, { method: 'GET', path, query }, ROUTE)).body;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function kmText(km: number): string {
  return km.toFixed(1).replace(/\.0$/, '');
}
