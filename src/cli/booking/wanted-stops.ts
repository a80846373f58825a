/**
 * The stops of `malha reserve`, as they are typed: `WHERE@START/END`.
 *
 * WHERE is a point's id, or `CITY:CONNECTOR:KW` for any point of that kind there; END may be a duration.
 */
import { type Moment, momentText, parseDuration, parseMoment, resolveMoment } from './moments.js';

type Where =
  | { readonly pointId: string }
  | { readonly site: string; readonly connector: string; readonly minKw: number };

export interface TypedStop {
  readonly text: string;
  readonly where: Where;
  readonly start: Moment;
  readonly end: Moment | { readonly lastsMs: number };
}

/** What is wrong with a stop goes to `faults`; then it is undefined. */
export function parseStop(text: string, faults: string[]): TypedStop | undefined {
  const at = text.lastIndexOf('@');
  const [startText = '', endText = '', ...more] = text.slice(at + 1).split('/');
  const where = at < 1 ? undefined : parseWhere(text.slice(0, at));
  const start = parseMoment(startText);
  const end = parseEnd(endText);
  if (where !== undefined && start !== undefined && end !== undefined && more.length === 0) {
    return { text, where, start, end };
  }
  faults.push(
    `stop ${JSON.stringify(text)}: must be POINT@START/END or CITY:CONNECTOR:KW@START/END, such as ` +
      '9@2026-12-01T12:00-03:00/40m or "Feira de Santana:ccs2:50@+2h/30m"',
  );
  return undefined;
}

function parseWhere(text: string): Where | undefined {
  const [site = '', connector = '', kw = '', ...more] = text.split(':').map((part) => part.trim());
  if (!text.includes(':')) return { pointId: site };
  const isSite = site !== '' && connector !== '' && /^\d{1,7}(\.\d{1,3})?$/.test(kw) && more.length === 0;
  return isSite ? { site, connector, minKw: Number(kw) } : undefined;
}

function parseEnd(text: string): TypedStop['end'] | undefined {
  const lastsMs = parseDuration(text);
  return lastsMs === undefined ? parseMoment(text) : { lastsMs };
}

/** Whether the ledger time of the node must be known to tell when the stop is. */
export function isRelative({ start, end }: TypedStop): boolean {
  return 'inMs' in start || 'inMs' in end;
}

/** A stop as `POST /v1/reservations` takes it. */
export type WantedStop = Where & { readonly start: string; readonly end: string };

/** The stop where the node's ledger time is `nowMs`. */
export function wantedStop({ where, start, end }: TypedStop, nowMs: number): WantedStop {
  const startMs = resolveMoment(start, nowMs);
  const endMs = 'lastsMs' in end ? startMs + end.lastsMs : resolveMoment(end, nowMs);
  return { ...where, start: momentText(startMs), end: momentText(endMs) };
}

/** The stop as it is typed, in times that mean the same whenever it is. */
export function stopText(stop: WantedStop): string {
  const where = 'pointId' in stop ? stop.pointId : `${stop.site}:${stop.connector}:${stop.minKw}`;
  return `${where}@${stop.start}/${stop.end}`;
}
